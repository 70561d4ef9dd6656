"""A frame laid into a detector's input, and boxes brought back from there.

Shape legend: H and W the detector's input size, Q boxes.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tipr.gallery.boxes import Floats
from tipr.gallery.manifest import Manifest
from tipr.gallery.records import Box


class Placed(NamedTuple):
    """`pixels_HW3` is the input; its point (x, y) shows the frame's point
    ((x - `left`) / `across`, (y - `top`) / `down`)."""

    pixels_HW3: NDArray[np.uint8]
    left: int
    top: int
    across: float
    down: float


def place(picture: Image.Image, told: Manifest) -> Placed:
    """The RGB frame at the detector's size, stretched or padded as the manifest says."""
    width, height = told.width, told.height
    if told.fit != "stretch":
        share = min(width / picture.width, height / picture.height)
        width = max(1, int(picture.width * share))
        height = max(1, int(picture.height * share))
    small = picture.resize((width, height), Image.Resampling.BILINEAR)
    left = top = 0
    if told.fit != "stretch":
        if told.fit == "centre":
            left, top = (told.width - width) // 2, (told.height - height) // 2
        full = Image.new("RGB", (told.width, told.height), (told.pad,) * 3)
        full.paste(small, (left, top))
        small = full
    return Placed(np.asarray(small), left, top, width / picture.width, height / picture.height)


def in_frame(boxes_Q4: Floats, placed: Placed) -> Floats:
    """Boxes of the input in pixels of the frame."""
    corner = np.array([placed.left, placed.top] * 2, np.float32)
    share = np.array([placed.across, placed.down] * 2, np.float32)
    return (boxes_Q4 - corner) / share


def whole(box_4: Floats, size: tuple[int, int]) -> Box:
    """The smallest box of whole pixels around this one, cut at the edges of a frame of `size`."""
    limit = np.array(size * 2)
    around = np.concatenate([np.floor(box_4[:2]), np.ceil(box_4[2:])])
    left, top, right, bottom = np.clip(around, 0, limit).astype(int).tolist()
    return left, top, right, bottom
