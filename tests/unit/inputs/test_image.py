"""Pictures are drawn here, then spoiled in every way that cameras and people do."""

import io
import struct
import threading
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from tipr.errors import PictureError
from tipr.inputs import image

MEAN, STD = (0.48, 0.46, 0.41), (0.27, 0.26, 0.28)


def noise(height: int = 48, width: int = 24) -> Image.Image:
    values = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(values)


def encoded(picture: Image.Image, kind: str, **options) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds no pixels."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF"])
def test_a_picture_comes_back_pixel_for_pixel(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "picture.any"
    path.write_bytes(encoded(noise(), kind))
    for source in (path, path.read_bytes()):
        picture = image.read(source)
        assert picture.mode == "RGB"
        assert np.array_equal(picture, noise())


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied_once(orientation: int) -> None:
    upright = noise(6, 4)
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,  # the inverse of the turn by 270 degrees that 6 asks for
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(undo[orientation]) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = image.read(encoded(stored, "PNG", exif=exif))
    assert np.array_equal(picture, upright)
    assert np.array_equal(image.read(encoded(picture, "PNG")), upright)
    assert not picture.info


def test_transparency_is_laid_on_white() -> None:
    for mode in ("RGBA", "LA"):
        clear = Image.new(mode, (2, 2), (0,) * len(mode))
        assert image.read(encoded(clear, "PNG")).getpixel((0, 0)) == (255, 255, 255)
    half = Image.new("RGBA", (2, 2), (0, 0, 0, 128))
    assert image.read(encoded(half, "PNG")).getpixel((0, 0)) == (127, 127, 127)
    palette = Image.new("P", (2, 2), 0)
    palette.putpalette([10, 20, 30, 40, 50, 60])
    assert image.read(encoded(palette, "PNG")).getpixel((0, 0)) == (10, 20, 30)
    assert image.read(encoded(palette, "PNG", transparency=0)).getpixel((0, 0)) == (255,) * 3


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK"])
def test_other_colour_spaces_become_rgb(mode: str) -> None:
    kind = "TIFF" if mode == "CMYK" else "PNG"
    picture = image.read(encoded(noise().convert(mode), kind))
    assert np.array_equal(picture, noise().convert(mode).convert("RGB"))


def test_sixteen_bit_grey_keeps_its_upper_half_instead_of_clipping() -> None:
    values = np.array([[0, 255, 256, 40_000, 65_535]], dtype=np.uint16)
    for kind in ("PNG", "TIFF"):
        picture = image.read(encoded(Image.fromarray(values), kind))
        assert np.asarray(picture)[0, :, 0].tolist() == [0, 0, 1, 156, 255]


def test_thirty_two_bits_are_refused() -> None:
    with pytest.raises(PictureError, match="32 bits"):
        image.read(encoded(Image.new("F", (2, 2), 0.5), "TIFF"))


def test_of_an_animation_the_first_frame_is_read() -> None:
    red, blue = Image.new("RGB", (4, 4), "red"), Image.new("RGB", (4, 4), "blue")
    film = encoded(red, "GIF", save_all=True, append_images=[blue])
    assert image.read(film).getpixel((0, 0)) == (255, 0, 0)


@pytest.mark.parametrize("kind", image.FORMATS)
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9])
def test_a_truncated_picture_is_refused(kind: str, share: float, tmp_path: Path) -> None:
    whole = encoded(noise(), kind)
    path = tmp_path / "cut.jpg"
    path.write_bytes(whole[: int(len(whole) * share)])
    assert image.read(whole).size == (24, 48)
    # Pillow itself says more about some: that it shall not become an error here is our test's.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        with pytest.raises(PictureError) as caught:
            image.read(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_every_other_failure_is_one_line_that_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "text.jpg").write_text("not a picture")
    (tmp_path / "folder.jpg").mkdir()
    (tmp_path / "page.eps").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    for name, message in {
        "empty.jpg": "zero bytes",
        "text.jpg": "not a picture of a known kind",
        "folder.jpg": "is a folder",
        "page.eps": "not a picture of a known kind",
        "gone.jpg": "no such picture",
        "zero\0byte.jpg": "cannot be opened",
        f"{'long' * 100}.jpg": "cannot be opened",
    }.items():
        with pytest.raises(PictureError, match=message) as caught:
            image.read(tmp_path / name)
        assert name in str(caught.value)
        assert "\n" not in str(caught.value)


def test_a_name_may_stand_for_the_bytes() -> None:
    with pytest.raises(PictureError, match=r"^upload 7: is empty"):
        image.read(b"", name="upload 7")
    with pytest.raises(PictureError, match=r"^picture: is empty"):
        image.read(b"")


@pytest.mark.parametrize(
    ("width", "height"),
    [(50_001, 1000), (10_000, 10_000), (16_000, 10_000), (60_000, 60_000)],
    ids=["above our limit", "above Pillow's", "nearly twice Pillow's", "far above"],
)
def test_a_bomb_is_refused_by_its_header(width: int, height: int) -> None:
    with pytest.raises(PictureError, match=r"too many pixels|pixels are too many"):
        image.read(png_header(width, height))


def test_refusing_bombs_leaves_the_callers_warnings_alone() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before = list(warnings.filters)
        bomb, good = png_header(10_000, 10_000), encoded(noise(), "PNG")
        refused = []

        def work() -> None:
            for _ in range(20):
                image.read(good)
                try:
                    image.read(bomb)
                except PictureError:
                    refused.append(1)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(refused) == 80
        assert warnings.filters == before


def test_fit_is_pillows_antialiased_bicubic() -> None:
    picture = noise(200, 90)
    pixels = image.fit(picture, (48, 16))
    assert pixels.shape == (48, 16, 3)
    assert pixels.dtype == np.uint8
    assert np.array_equal(pixels, picture.resize((16, 48), Image.Resampling.BICUBIC))
    assert pixels.flags.writeable
    # Antialiased: a fine chequered board becomes even grey, where point sampling leaves stripes.
    board = (np.indices((256, 256)).sum(0) % 2 * 255).astype(np.uint8)
    grey = image.fit(Image.fromarray(board).convert("RGB"), (8, 8))
    assert np.ptp(grey) <= 2


def test_fit_takes_only_what_read_returns() -> None:
    with pytest.raises(ValueError, match="RGB"):
        image.fit(Image.new("L", (4, 4)), (2, 2))


@settings(max_examples=30, deadline=None, derandomize=True)
@given(arrays(np.uint8, st.tuples(*[st.integers(1, 4)] * 3, st.just(3))))
def test_normalising_equals_a_loop_and_can_be_undone(pixels: np.ndarray) -> None:
    planes = image.normalise(pixels, MEAN, STD)
    assert planes.dtype == np.float32
    assert planes.flags.c_contiguous
    count, height, width, _ = pixels.shape
    assert planes.shape == (count, 3, height, width)
    for n, y, x, c in np.ndindex(pixels.shape):
        expected = (float(pixels[n, y, x, c]) / 255 - MEAN[c]) / STD[c]
        assert planes[n, c, y, x] == pytest.approx(expected, abs=1e-5)
    assert np.array_equal(image.view(planes, MEAN, STD), pixels)


def test_viewing_clips_what_no_screen_can_show() -> None:
    planes = np.full((1, 3, 2, 2), 99, dtype=np.float32)
    assert (image.view(planes, MEAN, STD) == 255).all()
    assert (image.view(-planes, MEAN, STD) == 0).all()


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((2, 2, 3), np.uint8),
        np.zeros((1, 2, 2, 3), np.float32),
        np.zeros((1, 3, 2, 2), "u1"),
    ],
)
def test_normalise_refuses_other_shapes(wrong: np.ndarray) -> None:
    with pytest.raises(ValueError, match="expected uint8"):
        image.normalise(wrong, MEAN, STD)
