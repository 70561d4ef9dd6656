"""Hugging Face transformers' names, layouts and settings of CLIP, turned into ours and back."""

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor

from tipr.config import ModelConfig
from tipr.errors import ModelError
from tipr.weights.clip import Renamed

LOGIT_SCALE = 2.6592600369327779
"""ln(1 / 0.07), with which CLIP's training began; retrieval never uses it."""

STEM = "vision.stem.linear.weight"
_WHOLE = {
    STEM: "vision_model.embeddings.patch_embedding.weight",
    "vision.class_token": "vision_model.embeddings.class_embedding",
    "vision.positions": "vision_model.embeddings.position_embedding.weight",
    "text.embedding.weight": "text_model.embeddings.token_embedding.weight",
    "text.positions": "text_model.embeddings.position_embedding.weight",
}
_BEGINNINGS = {
    "vision.norm_in.": "vision_model.pre_layrnorm.",  # their spelling
    "vision.norm_out.": "vision_model.post_layernorm.",
    "vision.projection.": "visual_projection.",
    "vision.blocks.": "vision_model.encoder.layers.",
    "text.norm_out.": "text_model.final_layer_norm.",
    "text.projection.": "text_projection.",
    "text.blocks.": "text_model.encoder.layers.",
}
_INSIDE_BLOCKS = {
    ".norm_1.": ".layer_norm1.",
    ".norm_2.": ".layer_norm2.",
    ".attention.out.": ".self_attn.out_proj.",
    ".mlp.0.": ".mlp.fc1.",
    ".mlp.2.": ".mlp.fc2.",
}
_QKV = ".attention.qkv."
_PARTS = tuple(f".self_attn.{part}_proj." for part in "qkv")


def is_clip(config: ModelConfig) -> bool:
    """Whether the architecture is CLIP's, so that transformers can hold it."""
    vision, text = config.vision, config.text
    return (vision.stem, vision.pool, text.causal, text.pool) == ("patch", "class", True, "end")


def to_transformers(
    tensors: Mapping[str, Tensor], *, patch: int, logit_scale: float | None = None
) -> dict[str, Tensor]:
    """Our dual encoder's tensors under transformers' names, with the logit scale it expects."""
    state = {"logit_scale": torch.tensor(LOGIT_SCALE if logit_scale is None else logit_scale)}
    for name, value in tensors.items():
        if _QKV in name:
            for part, piece in zip(_PARTS, value.chunk(3), strict=True):
                state[_their_name(name.replace(_QKV, part))] = piece
        elif name == STEM:
            state[_WHOLE[STEM]] = value.unflatten(1, (patch, patch, 3)).permute(0, 3, 1, 2)
        else:
            state[_their_name(name)] = value
    return state


def from_transformers(state: Mapping[str, Tensor], *, where: str) -> Renamed:
    """A CLIPModel's tensors under our names; the logit scale and buffers are left out.

    Raises:
        ModelError: something in it is not CLIP's, or an attention lacks a part.
    """
    tensors: dict[str, Tensor] = {}
    left_out: list[str] = []
    unknown: list[str] = []
    for key, value in state.items():
        name = _our_name(key)
        if _PARTS[0] in name:
            tensors[name.replace(_PARTS[0], _QKV)] = _whole_attention(state, key, where)
        elif any(part in name for part in _PARTS[1:]):
            continue  # taken together with the queries
        elif name == STEM:
            tensors[name] = value.permute(0, 2, 3, 1).flatten(1).contiguous()
        elif name != key:
            tensors[name] = value
        elif key == "logit_scale" or key.endswith(".position_ids"):
            left_out.append(key)
        else:
            unknown.append(key)
    if unknown:
        raise ModelError(f"{where}: not a CLIPModel: it has {', '.join(sorted(unknown)[:3])}")
    return Renamed(tensors, sorted(left_out))


def settings(config: ModelConfig, *, start_id: int, end_id: int) -> dict[str, Any]:
    """The keys of transformers' `config.json`; {} where the architecture is not CLIP's.

    transformers knows square pictures only. A rectangle is written as its height, so that
    loading it without the recipe (docs/convert.md) is an error and never a wrong feature.
    """
    if not is_clip(config):
        return {}
    tokens = {"bos_token_id": start_id, "eos_token_id": end_id, "pad_token_id": end_id}
    return {
        "architectures": ["CLIPModel"],
        "model_type": "clip",
        "projection_dim": config.embed,
        "logit_scale_init_value": LOGIT_SCALE,
        "text_config": {
            "model_type": "clip_text_model",
            "vocab_size": config.text.vocabulary,
            "max_position_embeddings": config.text.length,
            **tokens,
            **_tower(config, config.text.width, config.text.depth, config.text.heads),
        },
        "vision_config": {
            "model_type": "clip_vision_model",
            "image_size": config.image.height,
            "patch_size": config.vision.patch,
            **_tower(config, config.vision.width, config.vision.depth, config.vision.heads),
        },
    }


def _tower(config: ModelConfig, width: int, depth: int, heads: int) -> dict[str, Any]:
    return {
        "hidden_size": width,
        "intermediate_size": 4 * width,
        "num_hidden_layers": depth,
        "num_attention_heads": heads,
        "hidden_act": config.activation,
        "layer_norm_eps": 1e-5,
        "projection_dim": config.embed,
    }


def _their_name(ours: str) -> str:
    if ours in _WHOLE:
        return _WHOLE[ours]
    name = _begun_otherwise(ours, _BEGINNINGS.items())
    for inside, theirs in _INSIDE_BLOCKS.items():
        name = name.replace(inside, theirs)
    return name


def _our_name(theirs: str) -> str:
    """Our name; an unknown one comes back as it was."""
    for ours, name in _WHOLE.items():
        if name == theirs:
            return ours
    name = _begun_otherwise(theirs, [(old, new) for new, old in _BEGINNINGS.items()])
    for inside, old in _INSIDE_BLOCKS.items():
        name = name.replace(old, inside)
    return name


def _begun_otherwise(name: str, beginnings: Iterable[tuple[str, str]]) -> str:
    for old, new in beginnings:
        if name.startswith(old):
            return new + name.removeprefix(old)
    return name


def _whole_attention(state: Mapping[str, Tensor], queries: str, where: str) -> Tensor:
    names = [queries.replace(_PARTS[0], part) for part in _PARTS]
    if missing := [name for name in names if name not in state]:
        raise ModelError(f"{where}: not a whole CLIPModel: {missing[0]} is missing")
    return torch.cat([state[name] for name in names])
