"""A square table of learned positions resized to a rectangle.

Shape legend: L patches of the square, C width.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from tipr.errors import ModelError


def resize_positions(table: Tensor, grid: tuple[int, int]) -> Tensor:
    """(1 + L, C) with the class token first -> (1 + rows * columns, C).

    Bilinear with align_corners false, the class token untouched, as IRRA and SEN resize CLIP's
    14x14 table to 24x8.

    Raises:
        ModelError: the table is not that of a square grid.
    """
    side = round((len(table) - 1) ** 0.5)
    if side * side != len(table) - 1:
        raise ModelError(f"a position table of {len(table)} rows is not 1 + a square grid")
    first, square = table[:1], table[1:]
    square_1CHW = square.T.reshape(1, -1, side, side)
    resized = F.interpolate(square_1CHW, size=grid, mode="bilinear", align_corners=False)
    return torch.cat([first, resized.flatten(2)[0].T])
