"""Videos that tests draw: somebody bright walks through the dark, and nobody else is there."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from PIL import Image, ImageDraw

SIZE = (64, 48)
"""(width, height) of a frame in pixels."""


def person(number: int) -> tuple[int, int, int, int]:
    """Where somebody stands in a frame: (left, top, right, bottom), bounds just outside."""
    left = 2 * (number % 12)
    return left, 8, left + 8, 40


def frame(number: int, *, empty: bool = False) -> Image.Image:
    """One frame; the person's colour follows from the number."""
    picture = Image.new("RGB", SIZE)
    if not empty:
        left, top, right, bottom = person(number)
        shirt = (255, 200 + number * 5 % 50, 160 + number * 11 % 90)
        ImageDraw.Draw(picture).rectangle((left, top, right - 1, bottom - 1), fill=shirt)
    return picture


def write(
    path: Path, times_ms: Sequence[int], *, empty: Sequence[int] = (), turned: float | None = None
) -> Path:
    """A video with a frame at each of these times; those whose number is in `empty` show nobody."""
    import av

    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        stream.bit_rate = 2_000_000
        stream.codec_context.time_base = Fraction(1, 1000)
        if turned is not None:
            stream.set_display_rotation(turned)
        for number, time_ms in enumerate(times_ms):
            picture = av.VideoFrame.from_image(frame(number, empty=number in empty))
            picture.pts, picture.time_base = time_ms, Fraction(1, 1000)
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return path
