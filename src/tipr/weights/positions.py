"""A table of learned positions resized from one grid of patches to another.

Shape legend: L patches of the old grid, C width.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from tipr.errors import ModelError


def resize_positions(
    table: Tensor,
    grid: tuple[int, int],
    *,
    old: tuple[int, int] | None = None,
    has_class: bool = True,
) -> Tensor:
    """(1 + L, C) with the class token first -> (1 + rows * columns, C).

    Bilinear with align_corners false, the class token untouched, as IRRA and SEN resize CLIP's
    14x14 table to 24x8. The same grid gives the same table, bit by bit. `old` is the grid the
    table was learned on, a square unless said; without `has_class` there is no first row.

    Raises:
        ModelError: the table is not that of the old grid.
    """
    first, places = table[: int(has_class)], table[int(has_class) :]
    side = round(len(places) ** 0.5)
    rows, columns = old or (side, side)
    if rows * columns != len(places):
        expected = f"a grid of {rows}x{columns}" if old else "a square grid"
        raise ModelError(
            f"a position table of {len(table)} rows is not {'1 + ' * has_class}{expected}"
        )
    if (rows, columns) == grid:
        return table
    map_1CHW = places.T.reshape(1, -1, rows, columns)
    resized = F.interpolate(map_1CHW, size=grid, mode="bilinear", align_corners=False)
    return torch.cat([first, resized.flatten(2)[0].T])
