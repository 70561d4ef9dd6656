"""OpenAI CLIP's parameter names and layouts, turned into ours; open_clip's are the same.

Their convolution becomes our linear map over a patch's pixels (row, column, channel); their
projections, stored (inputs, outputs), are transposed.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from torch import Tensor

from tipr.errors import ModelError

_NAMES = [
    (r"visual\.conv1\.weight", "vision.stem.linear.weight"),
    (r"visual\.class_embedding", "vision.class_token"),
    (r"visual\.positional_embedding", "vision.positions"),
    (r"visual\.ln_pre\.(\w+)", r"vision.norm_in.\1"),
    (r"visual\.ln_post\.(\w+)", r"vision.norm_out.\1"),
    (r"visual\.proj", "vision.projection.weight"),
    (r"visual\.transformer\.resblocks\.(.+)", r"vision.blocks.\1"),
    (r"token_embedding\.weight", "text.embedding.weight"),
    (r"positional_embedding", "text.positions"),
    (r"transformer\.resblocks\.(.+)", r"text.blocks.\1"),
    (r"ln_final\.(\w+)", r"text.norm_out.\1"),
    (r"text_projection", "text.projection.weight"),
]
_INSIDE_BLOCKS = [
    (r"\.attn\.in_proj_(weight|bias)$", r".attention.qkv.\1"),
    (r"\.attn\.out_proj\.", ".attention.out."),
    (r"\.in_proj_(weight|bias)$", r".qkv.\1"),
    (r"\.out_proj\.", ".out."),
    (r"\.ln_1\.", ".norm_1."),
    (r"\.ln_2\.", ".norm_2."),
    (r"\.mlp\.c_fc\.", ".mlp.0."),
    (r"\.mlp\.c_proj\.", ".mlp.2."),
]
BESIDE = frozenset(
    {"logit_scale", "logit_bias", "attn_mask", "input_resolution", "context_length", "vocab_size"}
)
"""Names that stand beside CLIP's parameters and change no feature."""


class Renamed(NamedTuple):
    """Tensors under our names, and the names that have no place there (listed, never hidden)."""

    tensors: dict[str, Tensor]
    left_out: list[str]


def renamed(name: str, table: list[tuple[str, str]]) -> str | None:
    """The name that the first fitting pattern gives, also inside blocks; None without one."""
    for pattern, ours in table:
        match = re.fullmatch(pattern, name)
        if match:
            result = match.expand(ours)
            for inside, replacement in _INSIDE_BLOCKS:
                result = re.sub(inside, replacement, result)
            return result
    return None


def our_name(clip: str) -> str | None:
    """Our name of a CLIP parameter; None for a name that CLIP's dual encoder does not have."""
    return renamed(clip, _NAMES)


def laid_out(name: str, value: Tensor) -> Tensor:
    """A tensor in the layout of the parameter that we call `name`."""
    if name == "vision.stem.linear.weight":
        return value.permute(0, 2, 3, 1).flatten(1).contiguous()
    if name.endswith("projection.weight"):
        return value.T.contiguous()
    return value


def from_clip(state: Mapping[str, Tensor], *, where: str, prefix: str = "") -> Renamed:
    """Rename and re-lay the dual encoder whose names begin with `prefix`; the rest is left out.

    `prefix` is "base_model." in checkpoints of SEN, IRRA and RDE, whose other parts serve
    training only. `where`: what messages call it.

    Raises:
        ModelError: below the prefix stands something that CLIP's dual encoder does not have.
    """
    tensors: dict[str, Tensor] = {}
    left_out: list[str] = []
    unknown: list[str] = []
    for key, value in state.items():
        inner = key.removeprefix(prefix)
        ours = our_name(inner) if key.startswith(prefix) else None
        if ours is not None:
            tensors[ours] = laid_out(ours, value)
        elif key.startswith(prefix) and inner not in BESIDE:
            unknown.append(key)
        else:
            left_out.append(key)
    if unknown:
        raise ModelError(
            f"{where}: not CLIP's vision transformer: it also has {', '.join(sorted(unknown)[:3])}"
            + (f" and {len(unknown) - 3} more" if len(unknown) > 3 else "")
        )
    return Renamed(tensors, sorted(left_out))
