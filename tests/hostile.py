"""Files that claim to be pictures and lists that claim to tell about them, made to do harm."""

import csv
import io
import struct
import zlib
from pathlib import Path

from hypothesis import strategies as st
from PIL import Image


def _picture(form: str) -> bytes:
    content = io.BytesIO()
    Image.radial_gradient("L").resize((10, 24)).convert("RGB").save(content, form)
    return content.getvalue()


SOUND = {form: _picture(form) for form in ("JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF")}


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A sound picture that was cut, overwritten or added to."""
    content = bytearray(draw(st.sampled_from(sorted(SOUND.values()))))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(content)))
        match draw(st.sampled_from(("cut", "overwrite", "insert"))):
            case "cut":
                del content[at:]
            case "overwrite":
                patch = draw(st.binary(min_size=1, max_size=8))
                content[at : at + len(patch)] = patch
            case _:
                content[at:at] = draw(st.binary(max_size=64))
    return bytes(content)


@st.composite
def bomb(draw: st.DrawFn) -> bytes:
    """A PNG whose header lies about its size, with the right checksum."""
    width, height = draw(st.integers(0, 2**31)), draw(st.integers(0, 2**31))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    pixels = zlib.compress(bytes(draw(st.integers(0, 100_000))))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


CONTENTS = st.one_of(
    damaged(), damaged(), bomb(), st.binary(max_size=200), st.sampled_from(sorted(SOUND.values()))
)
TEXTS = st.text(max_size=30) | st.sampled_from(
    ("../../etc/passwd", "a/../b.png", "C:\\x.png", "=1+1", "'; DROP TABLE items; --", "\x1b[31m")
)
TIMES = (
    TEXTS | st.datetimes().map(str) | st.sampled_from(("2026-02-30", "9999999999", "0000-00-00"))
)


@st.composite
def evil(draw: st.DrawFn, count: int = 20) -> tuple[dict[str, bytes], str]:
    """(files by name, a list in CSV with as many rows), `count` of each."""
    files = {
        f"{number:02}.{draw(st.sampled_from(('jpg', 'png', 'webp', 'tiff', 'bmp')))}": draw(
            CONTENTS
        )
        for number in range(count)
    }
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(("path", "camera", "time", draw(st.sampled_from(("coat", "path 2", "é")))))
    for name in files:
        path = name if draw(st.integers(0, 3)) else draw(TEXTS)
        writer.writerow((path, draw(TEXTS), draw(st.just("") | TIMES), draw(TEXTS)))
    return files, out.getvalue()


def write(folder: Path, files: dict[str, bytes], rows: str) -> Path:
    """Put them on the disk; returns the list."""
    for name, content in files.items():
        (folder / name).write_bytes(content)
    place = folder / "list.csv"
    place.write_text(rows, encoding="utf-8", errors="surrogatepass", newline="")
    return place
