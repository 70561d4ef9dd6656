"""The released SEN's parameter names and layouts, turned into ours.

Names: docs/fidelity.md. Their convolution becomes our linear map over a patch's pixels (row,
column, channel); their projections, stored (inputs, outputs), are transposed.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from torch import Tensor

from tipr.errors import ModelError

_NAMES = [
    (r"base_model\.visual\.conv1\.weight", "vision.stem.linear.weight"),
    (r"base_model\.visual\.class_embedding", "vision.class_token"),
    (r"base_model\.visual\.positional_embedding", "vision.positions"),
    (r"base_model\.visual\.ln_pre\.(\w+)", r"vision.norm_in.\1"),
    (r"base_model\.visual\.ln_post\.(\w+)", r"vision.norm_out.\1"),
    (r"base_model\.visual\.proj", "vision.projection.weight"),
    (r"base_model\.visual\.transformer\.resblocks\.(.+)", r"vision.blocks.\1"),
    (r"base_model\.token_embedding\.weight", "text.embedding.weight"),
    (r"base_model\.positional_embedding", "text.positions"),
    (r"base_model\.transformer\.resblocks\.(.+)", r"text.blocks.\1"),
    (r"base_model\.ln_final\.(\w+)", r"text.norm_out.\1"),
    (r"base_model\.text_projection", "text.projection.weight"),
    (r"norm_1\.(\w+)", r"decoder.norm_image.\1"),
    (r"norm_2\.(\w+)", r"decoder.norm_words.\1"),
    (r"decoder_embed\.(\w+)", r"decoder.embed.\1"),
    (r"mask_token", "decoder.mask_token"),
    (r"norm_4\.(\w+)", r"decoder.norm_query.\1"),
    (r"cross_attn_Text\.(.+)", r"decoder.attention.\1"),
    (r"norm_6\.(\w+)", r"decoder.norm_fused.\1"),
    (r"cross_modal_transformer_mae\.resblocks\.(.+)", r"decoder.blocks.\1"),
    (r"norm_7\.(\w+)", r"decoder.norm_out.\1"),
    (r"decoder_pred\.(\w+)", r"decoder.pixels.\1"),
    (r"classifier\.(\w+)", r"identity.\1"),
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


class Released(NamedTuple):
    """Tensors under our names, and the names that have no place in SEN (listed, never hidden)."""

    tensors: dict[str, Tensor]
    left_out: list[str]


def our_name(released: str) -> str | None:
    """Our name of a released parameter; None where the released model never uses it."""
    for pattern, name in _NAMES:
        match = re.fullmatch(pattern, released)
        if match:
            name = match.expand(name)
            for inside, ours in _INSIDE_BLOCKS:
                name = re.sub(inside, ours, name)
            return name
    return None


def from_released(state: Mapping[str, Tensor]) -> Released:
    """Rename and re-lay a released state; `module.` prefixes are dropped.

    Raises:
        ModelError: nothing in it is SEN's.
    """
    tensors: dict[str, Tensor] = {}
    left_out: list[str] = []
    for key, value in state.items():
        released = key.removeprefix("module.")
        name = our_name(released)
        if name is None:
            left_out.append(released)
        else:
            tensors[name] = _laid_out(name, value)
    if not tensors:
        raise ModelError("these are no weights of SEN: none of their names is known")
    return Released(tensors, sorted(left_out))


def _laid_out(name: str, value: Tensor) -> Tensor:
    if name == "vision.stem.linear.weight":
        return value.permute(0, 2, 3, 1).flatten(1).contiguous()
    if name.endswith("projection.weight"):
        return value.T.contiguous()
    if name == "decoder.mask_token":
        return value.flatten()
    return value
