"""What the user names -> a Source: a file, a folder, or a model on the Hugging Face hub."""

import json
from pathlib import Path
from typing import Any

from tipr import models
from tipr.convert import hub
from tipr.convert.single import read_single
from tipr.convert.source import Source, logit_scale_of, sha256_of, state_of
from tipr.errors import ModelError
from tipr.model_files import CONFIG, WEIGHTS
from tipr.weights.clip import from_clip
from tipr.weights.huggingface import from_transformers

LOOKS = "preprocessor_config.json"
OPEN_CLIP = "open_clip_config.json"
OPEN_CLIP_WEIGHTS = ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")
_EPSILON = 1e-5
_DEFAULT_HEADS = {"vision": 12, "text": 8}


def open_source(source: str, *, trust: bool) -> Source:
    """Read what is there. `trust`: also a TorchScript archive that is none of OpenAI's.

    Raises:
        ModelError: missing, broken, unsafe, or of another architecture; one line.
    """
    path = Path(source).expanduser()
    if path.is_file():
        return read_single(path, trust=trust)
    if path.is_dir():
        return _folder(path, source)
    if not hub.is_name(source) or path.parent.is_dir():
        raise ModelError(
            f"{source}: no such file or folder; give a checkpoint, a model folder, or a name on "
            "the Hugging Face hub such as openai/clip-vit-base-patch16"
        )
    return _folder(hub.fetch(source), source)


def is_ours(folder: Path) -> bool:
    """Whether this is a run or model directory of tipr's."""
    return {"format", "model"} <= _json(folder / CONFIG).keys()


def _folder(folder: Path, name: str) -> Source:
    if is_ours(folder):
        return _ours(folder)
    settings = _json(folder / CONFIG)
    if (kind := settings.get("model_type", "clip")) != "clip":
        raise ModelError(f"{name}: a model of type {kind!r}; expected 'clip'")
    if settings and (file := _first(folder, hub.WEIGHTS)):
        return _hugging_face(file, settings)
    if file := _first(folder, OPEN_CLIP_WEIGHTS):
        return _open_clip(file, _json(folder / OPEN_CLIP))
    raise ModelError(
        f"{name}: no model in this folder; expected {CONFIG} with "
        f"{' or '.join(hub.WEIGHTS)}, or {' or '.join(OPEN_CLIP_WEIGHTS)}"
    )


def _ours(folder: Path) -> Source:
    model = models.read(folder)
    return Source(
        kind="tipr model",
        sha256=sha256_of(folder / WEIGHTS),
        tensors=models.dual_encoder_tensors(model.network),
        left_out=[],
        activation=model.config.activation,
        logit_scale=model.header.get("logit_scale"),
        model=model,
    )


def _hugging_face(file: Path, settings: dict[str, Any]) -> Source:
    folder = file.parent
    vision, text = _tower(settings, "vision", folder), _tower(settings, "text", folder)
    if vision["hidden_act"] != text["hidden_act"]:
        raise ModelError(f"{folder}: its two towers have different activations; expected one")
    state = state_of(file)
    tensors, left_out = from_transformers(state, where=str(file))
    looks = _json(folder / LOOKS)
    return Source(
        kind="Hugging Face CLIP",
        sha256=sha256_of(file),
        tensors=tensors,
        left_out=left_out,
        activation=vision["hidden_act"],
        heads=(vision["num_attention_heads"], text["num_attention_heads"]),
        logit_scale=logit_scale_of(state),
        folder=folder,
        **_colours(looks.get("image_mean"), looks.get("image_std")),
    )


def _tower(settings: dict[str, Any], name: str, folder: Path) -> dict[str, Any]:
    """A tower's settings; what is not written down has transformers' default."""
    tower = {
        "hidden_act": "quick_gelu",
        "layer_norm_eps": _EPSILON,
        "num_attention_heads": _DEFAULT_HEADS[name],
    }
    for key in (f"{name}_config", f"{name}_config_dict"):  # the older spelling wins
        written = settings.get(key) or {}
        if not isinstance(written, dict):
            raise ModelError(f"{folder}: {key} in {CONFIG} is not a table of settings")
        tower |= written
    if tower["hidden_act"] not in ("quick_gelu", "gelu"):
        raise ModelError(
            f"{folder}: activation {tower['hidden_act']!r}; expected quick_gelu or gelu"
        )
    if tower["layer_norm_eps"] != _EPSILON:
        raise ModelError(
            f"{folder}: layer_norm_eps {tower['layer_norm_eps']}; CLIP's is {_EPSILON}"
        )
    return tower


def _open_clip(file: Path, settings: dict[str, Any]) -> Source:
    """A folder as open_clip publishes it: its settings, where they are there, tell the rest."""
    state = state_of(file)
    tensors, left_out = from_clip(state, where=str(file))
    model, looks = settings.get("model_cfg"), settings.get("preprocess_cfg") or {}
    activation = heads = None
    try:
        if model:
            activation = "quick_gelu" if model.get("quick_gelu") else "gelu"
            vision, text = model["vision_cfg"], model["text_cfg"]
            heads = (vision["width"] // vision.get("head_width", 64), text["heads"])
    except (AttributeError, KeyError, TypeError, ZeroDivisionError) as error:
        raise ModelError(
            f"{file.parent / OPEN_CLIP}: not the settings of a CLIP ({error!r})"
        ) from None
    return Source(
        kind="open_clip CLIP",
        sha256=sha256_of(file),
        tensors=tensors,
        left_out=left_out,
        activation=activation,
        heads=heads,
        logit_scale=logit_scale_of(state),
        folder=file.parent,
        **_colours(looks.get("mean"), looks.get("std")),
    )


def _colours(mean: list[float] | None, std: list[float] | None) -> dict[str, Any]:
    given = {"mean": mean, "std": std}
    return {name: tuple(value) for name, value in given.items() if value}


def _first(folder: Path, names: tuple[str, ...]) -> Path | None:
    return next((folder / name for name in names if (folder / name).is_file()), None)


def _json(file: Path) -> dict[str, Any]:
    """The file's table, {} where there is no file."""
    if not file.is_file():
        return {}
    try:
        table = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{file}: not readable as JSON ({error})") from None
    if not isinstance(table, dict):
        raise ModelError(f"{file}: not a table of settings")
    return table
