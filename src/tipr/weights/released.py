"""The released SEN's parameter names and layouts, turned into ours.

Names: docs/fidelity.md. The dual encoder is CLIP's (`weights/clip.py`) below `base_model.`.
"""

from collections.abc import Mapping

from torch import Tensor

from tipr.errors import ModelError
from tipr.weights import clip
from tipr.weights.clip import Renamed

DUAL_ENCODER = "base_model."
_TRAINING_ONLY = [
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


def our_name(released: str) -> str | None:
    """Our name of a released parameter; None where the released model never uses it."""
    if released.startswith(DUAL_ENCODER):
        return clip.our_name(released.removeprefix(DUAL_ENCODER))
    return clip.renamed(released, _TRAINING_ONLY)


def from_released(state: Mapping[str, Tensor]) -> Renamed:
    """Rename and re-lay a whole released SEN, decoder and classifier included.

    `module.` prefixes are dropped. `weights.clip.from_clip` reads the dual encoder alone.

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
    return Renamed(tensors, sorted(left_out))


def _laid_out(name: str, value: Tensor) -> Tensor:
    return value.flatten() if name == "decoder.mask_token" else clip.laid_out(name, value)
