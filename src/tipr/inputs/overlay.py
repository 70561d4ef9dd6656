"""Numbers of patches as colours over a picture.

Shape legend: R rows and C columns of patches, H x W pixels.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]

WARM, COLD = (228, 92, 16), (40, 104, 196)
"""What speaks for the picture, and what speaks against it."""


def shade(pixels_HWC: Pixels, shade_RC: NDArray[np.float32]) -> Pixels:
    """(H, W, 3) the picture in grey under its patches' colours; `shade_RC` from -1 to 1."""
    grey_HW1 = np.asarray(Image.fromarray(pixels_HWC).convert("L"), np.float32)[..., None]
    (height, width), (rows, columns) = pixels_HWC.shape[:2], shade_RC.shape
    row_H, column_W = np.arange(height) * rows // height, np.arange(width) * columns // width
    shade_HW1 = shade_RC[row_H[:, None], column_W[None, :], None]
    colour_HWC = np.where(shade_HW1 >= 0, WARM, COLD)
    weight_HW1 = 0.9 * np.abs(shade_HW1)
    # paled, so that the colours stand out and dark clothes do not swallow them
    ground_HW1 = 255 - (255 - grey_HW1) * 0.55
    mixed_HWC = ground_HW1 * (1 - weight_HW1) + colour_HWC * weight_HW1
    return np.clip(np.rint(mixed_HWC), 0, 255).astype(np.uint8)
