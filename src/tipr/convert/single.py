"""One file of weights -> a Source: OpenAI's archives, open_clip's states, SEN, IRRA and RDE."""

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from tipr.convert.source import Source, logit_scale_of, sha256_of, state_of
from tipr.errors import ModelError
from tipr.weights.clip import from_clip
from tipr.weights.kind import kind_of
from tipr.weights.released import DUAL_ENCODER

OFFICIAL = {
    "40d365715913c9da98579312b702a82c18be219cc2a73407c4526f58eba950af": "ViT-B/32",
    "5806e77cd80f8b59890b7e101eabd078d9fb84e6937f9e85e4ecb61988df416f": "ViT-B/16",
    "b8cca3fd41ae0c99ba7e8951adf17d267cdb84cd88be6f7c2e0eca1737a03836": "ViT-L/14",
    "3035c92b350959924f9f00213499208652fc7ea050643e8b385c2dac08641f02": "ViT-L/14@336px",
}
"""sha256 of OpenAI's archives, as they stand in the addresses of openai/CLIP's downloads."""

_SIGNS = {
    "RDE": ("visul_emb_layer.", "texual_emb_layer."),  # their spelling
    "SEN": ("cross_modal_transformer_mae.", "decoder_pred."),
    "IRRA": ("cross_modal_transformer.", "mlm_head."),
}


def read_single(file: Path, *, trust: bool) -> Source:
    """What is in this file.

    Raises:
        ModelError: missing, broken, unsafe, or of another architecture; a TorchScript archive
            that is none of OpenAI's, without `trust`.
    """
    if kind_of(file) == "torchscript":
        return _archive(file, trust)
    state = state_of(file)
    _require_known(state, file)
    if any(name.startswith(DUAL_ENCODER) for name in state):
        return _released(file, state)
    tensors, left_out = from_clip(state, where=str(file))
    return Source(
        kind="CLIP state dict (open_clip's names)",
        sha256=sha256_of(file),
        tensors=tensors,
        left_out=left_out,
        logit_scale=logit_scale_of(state),
    )


def _archive(file: Path, trust: bool) -> Source:
    digest = sha256_of(file)
    name = OFFICIAL.get(digest)
    if name is None and not trust:
        raise ModelError(
            f"{file}: a TorchScript archive, but none of OpenAI's (sha256 {digest[:12]}...): "
            "download it again, or add --trust if you know where it comes from (its tensors are "
            "read, its code is not run)"
        )
    state = state_of(file)
    _require_known(state, file)
    tensors, left_out = from_clip(state, where=str(file))
    return Source(
        kind=f"OpenAI CLIP {name}" if name else "CLIP TorchScript archive, on trust",
        sha256=digest,
        tensors=tensors,
        left_out=left_out,
        activation="quick_gelu",
        logit_scale=logit_scale_of(state),
        notes=() if name else ("activation: quick_gelu, that of OpenAI's archives, is assumed",),
    )


def _released(file: Path, state: Mapping[str, Tensor]) -> Source:
    tensors, left_out = from_clip(state, where=str(file), prefix=DUAL_ENCODER)
    method = next(
        (name for name, signs in _SIGNS.items() if any(n.startswith(signs) for n in state)),
        "SEN, IRRA or RDE",
    )
    return Source(
        kind=f"{method} checkpoint, its dual encoder",
        sha256=sha256_of(file),
        tensors=tensors,
        left_out=left_out,
        activation="quick_gelu",
        logit_scale=logit_scale_of(state, DUAL_ENCODER),
        retrained=True,
    )


def _require_known(state: Mapping[str, Tensor], file: Path) -> None:
    plain = {name.removeprefix(DUAL_ENCODER) for name in state}
    if any(name.startswith("visual.layer1.") for name in plain):
        raise ModelError(f"{file}: a ResNet CLIP; only CLIP's vision transformers can be converted")
    if any(name.startswith(("vision_model.", "text_model.")) for name in plain):
        raise ModelError(
            f"{file}: Hugging Face weights, whose settings stand beside them: give the folder "
            "with its config.json instead"
        )
    if "visual.conv1.weight" not in plain or "token_embedding.weight" not in plain:
        few = ", ".join(sorted(state)[:3])
        raise ModelError(
            f"{file}: weights of another architecture ({few}, ...); expected CLIP's "
            "(visual.conv1.weight, token_embedding.weight, ...), also below base_model."
        )
