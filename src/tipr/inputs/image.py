"""File or bytes -> a checked picture -> normalised pixels, and back for viewing.

Pillow is the reference path: published figures were measured with its antialiased bicubic.

Shape legend: N pictures, H height, W width, 3 channels in the order red, green, blue.
"""

import io
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tipr.errors import PictureError

MAX_PIXELS = 50_000_000
"""Larger pictures are refused by their header, before anything is decoded."""

FORMATS = ("JPEG", "PNG", "BMP", "WEBP", "GIF", "TIFF")
SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".gif", ".tif", ".tiff"})
"""File names (lower case) that are worth trying; what a file is, its content decides."""

_ORIENTATION = 0x0112  # the EXIF tag
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_TO_THE_SIDE = frozenset({5, 6, 7, 8})
_HEADER_LOCK = threading.Lock()


def read(source: Path | bytes, *, name: str = "") -> Image.Image:
    """One upright RGB picture, fully decoded.

    Turned as its EXIF orientation says; of an animation the first frame. What is transparent is
    laid on white (Pillow alone would show the colour hidden below). 16-bit grey keeps its upper
    8 bits (Pillow alone would clip at 255). Colour profiles are ignored, as in published work.

    Args:
        source: a file, or the bytes of one.
        name: what messages call it; the path, where it is empty.

    Raises:
        PictureError: missing, a folder, empty, not a picture, truncated, or above MAX_PIXELS;
            one line that names it.
    """
    label = name or (str(source) if isinstance(source, Path) else "picture")
    if isinstance(source, bytes):
        return _decoded(io.BytesIO(source), label)
    with _file(source, label) as file:
        return _decoded(file, label)


def size(path: Path) -> tuple[int, int]:
    """(width, height) of the upright picture in a file, by its header alone.

    Raises:
        PictureError: missing, a folder, or not a picture; one line that names it.
    """
    with _file(path, str(path)) as file, _opened(file, str(path)) as picture:
        try:
            turn = picture.getexif().get(_ORIENTATION, 1)
        except Exception as error:  # as in _decoded
            raise PictureError(f"{path}: broken or truncated: {_line(error)}") from None
        width, height = picture.size
        lies = turn in _TO_THE_SIDE and picture.format != "TIFF"  # Pillow turns those by itself
        return (height, width) if lies else (width, height)


def fit(picture: Image.Image, size: tuple[int, int]) -> NDArray[np.uint8]:
    """(H, W, 3) uint8: the RGB picture stretched to size = (height, width), antialiased bicubic."""
    if picture.mode != "RGB":
        raise ValueError(f"fit takes RGB pictures, found mode {picture.mode}")
    height, width = size
    return np.array(picture.resize((width, height), Image.Resampling.BICUBIC, reducing_gap=None))


def normalise(
    pixels_NHWC: NDArray[np.uint8], mean: Sequence[float], std: Sequence[float]
) -> NDArray[np.float32]:
    """(N, 3, H, W) float32, contiguous: (value / 255 - mean) / std of uint8 (N, H, W, 3)."""
    if pixels_NHWC.dtype != np.uint8 or pixels_NHWC.ndim != 4 or pixels_NHWC.shape[3] != 3:
        raise ValueError(
            f"expected uint8 (N, H, W, 3), found {pixels_NHWC.dtype} {pixels_NHWC.shape}"
        )
    count, height, width, _ = pixels_NHWC.shape
    planes_N3HW = np.empty((count, 3, height, width), np.float32)
    mean_311, std_311 = _per_channel(mean), _per_channel(std)
    # Picture by picture: one fits into a core's cache, a batch goes through memory at every step.
    for pixels_HW3, planes_3HW in zip(pixels_NHWC, planes_N3HW, strict=True):
        np.divide(pixels_HW3.transpose(2, 0, 1), np.float32(255), out=planes_3HW)
        planes_3HW -= mean_311
        planes_3HW /= std_311
    return planes_N3HW


def view(
    planes_N3HW: NDArray[np.float32], mean: Sequence[float], std: Sequence[float]
) -> NDArray[np.uint8]:
    """(N, H, W, 3) uint8 for looking at: the inverse of `normalise`, rounded and clipped."""
    values = (planes_N3HW * _per_channel(std) + _per_channel(mean)) * np.float32(255)
    values_NHWC = np.clip(np.rint(values), 0, 255).transpose(0, 2, 3, 1)
    return np.ascontiguousarray(values_NHWC, dtype=np.uint8)


def _per_channel(values: Sequence[float]) -> NDArray[np.float32]:
    return np.asarray(values, dtype=np.float32).reshape(3, 1, 1)


@contextmanager
def _file(path: Path, label: str) -> Iterator[BinaryIO]:
    try:
        with path.open("rb") as file:
            yield file
    except FileNotFoundError:
        raise PictureError(f"{label}: no such picture") from None
    except IsADirectoryError:
        raise PictureError(f"{label}: is a folder, not a picture") from None
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        raise PictureError(f"{label}: cannot be opened: {_line(error)}") from None


def _decoded(file: BinaryIO, label: str) -> Image.Image:
    if not file.read(1):
        raise PictureError(f"{label}: is empty (zero bytes)")
    file.seek(0)
    with _opened(file, label) as picture:
        width, height = picture.size
        if width * height > MAX_PIXELS:
            raise PictureError(
                f"{label}: {width} x {height} pixels are too many; "
                f"at most {MAX_PIXELS // 1_000_000} million are read, so make it smaller"
            )
        try:
            picture.load()
            turn = _UPRIGHT.get(picture.getexif().get(_ORIENTATION, 1))
            plain = _rgb(picture, label)
            upright = plain if turn is None else plain.transpose(turn)
            # Left on, a writer would turn the picture a second time and copy places and names.
            upright.info.clear()
            return upright
        except PictureError:
            raise
        # What a broken file makes a decoder raise cannot be listed: OSError, SyntaxError,
        # struct.error, IndexError and others have been seen.
        except Exception as error:
            raise PictureError(f"{label}: broken or truncated: {_line(error)}") from None


def _opened(file: BinaryIO, label: str) -> Image.Image:
    """The picture's header, read; Pillow's warning of a decompression bomb is an error here."""
    try:
        # The list of warning filters belongs to the whole process, hence the lock.
        with _HEADER_LOCK, warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return Image.open(file, formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureError(
            f"{label}: far too many pixels (a decompression bomb?); "
            f"at most {MAX_PIXELS // 1_000_000} million are read"
        ) from None
    except Image.UnidentifiedImageError:
        raise PictureError(
            f"{label}: not a picture of a known kind ({', '.join(FORMATS)})"
        ) from None
    except Exception as error:  # as in _decoded
        raise PictureError(f"{label}: broken or truncated: {_line(error)}") from None


def _rgb(picture: Image.Image, label: str) -> Image.Image:
    if picture.mode.startswith("I;16") or (picture.mode == "I" and picture.format == "PNG"):
        grey = np.asarray(picture).astype(np.uint32) >> 8
        return Image.fromarray(grey.astype(np.uint8)).convert("RGB")
    if picture.mode in ("I", "F"):
        raise PictureError(f"{label}: 32 bits a pixel have no defined white; save it with 8 or 16")
    if picture.has_transparency_data:
        layer = picture.convert("RGBA")
        white = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(white, layer).convert("RGB")
    return picture.convert("RGB")


def _line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
