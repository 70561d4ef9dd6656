"""Which picture size a converted model gets, and on which grid its positions were learned."""

from math import isqrt
from typing import NamedTuple

from tipr.config import ModelConfig, parse
from tipr.errors import ModelError

Size = tuple[int, int]

USUAL = (384, 128)
"""Height and width at which this field trains and compares CLIP (IRRA, SEN, RDE)."""


class Layout(NamedTuple):
    """The grid a position table was learned on, and the picture size to resize it for."""

    old_grid: Size
    image: Size


def usual(patch: int) -> Size:
    """The multiples of the patch nearest to 384x128: 378x126 for patches of 14."""
    height, width = (max(1, round(side / patch)) * patch for side in USUAL)
    return height, width


def layout(patches: int, patch: int, *, asked: Size | None, retrained: bool, where: str) -> Layout:
    """Decide both for a table of `patches` positions.

    `retrained`: the weights come from a person-retrieval checkpoint, whose table is kept as it
    is; CLIP's own square is resized to what was asked for, or to the usual rectangle.

    Raises:
        ConfigError: the size that was asked for is no whole number of patches.
        ModelError: the table fits no grid that can be told; the size must be said.
    """
    if asked:
        image = {"height": asked[0], "width": asked[1]}
        parse(ModelConfig, {"image": image, "vision": {"patch": patch}}, where=where)
    rectangle = _grid(usual(patch), patch)
    if _area(rectangle) == patches:
        return Layout(rectangle, asked or usual(patch))
    side = isqrt(patches)
    is_square = side * side == patches
    if asked and _area(_grid(asked, patch)) == patches and (retrained or not is_square):
        return Layout(_grid(asked, patch), asked)
    if is_square and (asked or not retrained):
        return Layout((side, side), asked or usual(patch))
    height, width = usual(patch)
    raise ModelError(
        f"{where}: its {patches} positions are not those of {height}x{width} in patches of "
        f"{patch} pixels; say with --image-size HEIGHTxWIDTH at which size it was trained"
    )


def _grid(image: Size, patch: int) -> Size:
    return image[0] // patch, image[1] // patch


def _area(grid: Size) -> int:
    return grid[0] * grid[1]
