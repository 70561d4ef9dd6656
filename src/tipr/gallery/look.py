"""What a picture looks like, in few bytes: to find it twice, and to show it small."""

import hashlib
import io

import numpy as np
from PIL import Image

_THUMBNAIL = (192, 384)  # width, height in pixels
_QUALITY = 85


def content_of(picture: Image.Image) -> bytes:
    """8 bytes that equal pictures share: of the sha256 of size and pixels of an RGB picture.

    The pixels are those of the picture itself, not the model's: another model changes nothing.
    """
    digest = hashlib.sha256(b"%dx%d" % picture.size)
    digest.update(picture.tobytes())
    return digest.digest()[:8]


def look_of(picture: Image.Image) -> int:
    """A perceptual hash of 64 bits, as SQLite holds them (signed); 0 where nothing is to be seen.

    Bit r * 8 + c tells whether of the picture in 9 x 8 grey fields the one in row r, column c is
    darker than its right neighbour ("dHash"). Pictures that look alike differ in few bits.
    """
    small = picture.resize((9, 8), Image.Resampling.BOX).convert("L")
    grey = np.asarray(small, np.int16)
    return int(np.packbits(grey[:, 1:] > grey[:, :-1], bitorder="little").view("<i8")[0])


def thumbnail_of(picture: Image.Image, *, scale: int = 1) -> bytes:
    """A small JPEG for people to look at; so many times larger for finer screens."""
    small = picture.copy()
    width, height = _THUMBNAIL
    small.thumbnail((scale * width, scale * height))
    file = io.BytesIO()
    small.save(file, "JPEG", quality=_QUALITY)
    return file.getvalue()
