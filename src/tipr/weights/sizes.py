"""The sizes of a dual encoder of CLIP's kind, read off its tensors.

Shape legend: L patches, P patch side, C width, D embedding, V vocabulary, T length.
"""

from collections.abc import Mapping
from typing import NamedTuple

from torch import Tensor

from tipr.errors import ModelError

HEAD = 64
_WIDE_HEADS = {1280: 16}
"""open_clip's ViT-H/14 is the one whose heads are not 64 wide (its `head_width` is 80)."""

_SHAPES = {
    "vision.stem.linear.weight": "Cp",
    "vision.class_token": "C",
    "vision.positions": "LC",
    "vision.projection.weight": "DC",
    "text.embedding.weight": "VC",
    "text.positions": "TC",
    "text.projection.weight": "DC",
}


class Sizes(NamedTuple):
    """What the tensors say; heads and activation they do not."""

    patch: int
    patches: int
    embed: int
    vision_width: int
    vision_depth: int
    text_width: int
    text_depth: int
    vocabulary: int
    length: int


def sizes_of(tensors: Mapping[str, Tensor], *, where: str) -> Sizes:
    """The sizes behind tensors under our names.

    Raises:
        ModelError: one of the tensors that tell is missing, or of no such shape.
    """
    for name, axes in _SHAPES.items():
        if name not in tensors:
            raise ModelError(f"{where}: no whole dual encoder: {name} is missing")
        if tensors[name].ndim != len(axes) or not tensors[name].numel():
            shape = tuple(tensors[name].shape)
            raise ModelError(f"{where}: {name} has the shape {shape}, expected {axes}")
    width, pixels = tensors["vision.stem.linear.weight"].shape
    patch = round((pixels / 3) ** 0.5)
    if patch * patch * 3 != pixels:
        raise ModelError(f"{where}: {pixels} values a patch are no square of red, green and blue")
    if len(tensors["vision.positions"]) < 2:
        raise ModelError(f"{where}: its table of positions has no patches")
    return Sizes(
        patch=patch,
        patches=len(tensors["vision.positions"]) - 1,
        embed=len(tensors["vision.projection.weight"]),
        vision_width=width,
        vision_depth=_depth(tensors, "vision.blocks."),
        text_width=tensors["text.embedding.weight"].shape[1],
        text_depth=_depth(tensors, "text.blocks."),
        vocabulary=len(tensors["text.embedding.weight"]),
        length=len(tensors["text.positions"]),
    )


def heads_of(width: int, *, where: str) -> int:
    """How many attention heads CLIP gives a tower of this width.

    Raises:
        ModelError: it is no multiple of a head's width.
    """
    if width in _WIDE_HEADS:
        return _WIDE_HEADS[width]
    if width % HEAD:
        raise ModelError(f"{where}: width {width} is no whole number of heads, each {HEAD} wide")
    return width // HEAD


def _depth(tensors: Mapping[str, Tensor], prefix: str) -> int:
    numbers = {
        name.removeprefix(prefix).split(".")[0] for name in tensors if name.startswith(prefix)
    }
    return len(numbers)
