"""Model directories, and the network that their settings describe.

A model directory holds `config.json` (architecture), `tokenizer.json` (vocabulary) and
`model.safetensors` (weights, with their scores). A training run is such a directory too: its
weights are the best so far. Where the architecture is CLIP's, the same directory is one of Hugging
Face transformers' too (docs/convert.md).
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from tipr.checkpoint import fingerprint, load_into, load_tensors, save_tensors
from tipr.config import ModelConfig, RestorationConfig, parse
from tipr.errors import ModelError
from tipr.files import write_whole
from tipr.inputs.tokenizer import Tokenizer
from tipr.model.decoder import RestorationDecoder
from tipr.model.sen import SEN
from tipr.model.text import TextTower
from tipr.model.vision import VisionTower
from tipr.model_files import CONFIG, EXPORT, TOKENIZER, WEIGHTS
from tipr.weights import huggingface, int8

FORMAT = 1
TIPR, TRANSFORMERS = "tipr", "transformers"


@dataclass(frozen=True)
class Model:
    """A dual encoder ready for retrieval, with its vocabulary, settings and fingerprint."""

    network: SEN
    tokenizer: Tokenizer
    config: ModelConfig
    fingerprint: str
    header: dict[str, Any]


def build(
    config: ModelConfig, restoration: RestorationConfig | None = None, *, seed: int = 0
) -> SEN:
    """SEN with random weights, a pure function of settings and seed.

    Without `restoration`, or with weight 0, no decoder is built.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        vision = VisionTower(
            image_size=(config.image.height, config.image.width),
            embed=config.embed,
            activation=config.activation,
            **config.vision.model_dump(exclude={"mirror"}),
        )
        text = TextTower(
            embed=config.embed, activation=config.activation, **config.text.model_dump()
        )
        if restoration is None or restoration.weight == 0:
            return SEN(vision, text)
        decoder = RestorationDecoder(
            grid=config.grid,
            patch=config.vision.patch,
            width=config.embed,
            depth=restoration.depth,
            heads=restoration.heads,
            has_class=config.vision.pool == "class",
            vision_width=config.vision.width if restoration.hide == "mask_token" else 0,
            fuse=restoration.fuse,
            residual=restoration.residual,
            activation=config.activation,
        )
        return SEN(vision, text, decoder)


def write_settings(folder: Path, config: ModelConfig, tokenizer: Tokenizer) -> None:
    """Write a model directory's `config.json` and `tokenizer.json`.

    Beside our two keys stand transformers', where the architecture is CLIP's.
    """
    content = {
        "format": FORMAT,
        "model": config.model_dump(mode="json"),
        **huggingface.settings(config, start_id=tokenizer.start_id, end_id=tokenizer.end_id),
    }
    write_whole(folder / CONFIG, (json.dumps(content, indent=2) + "\n").encode())
    tokenizer.save(folder / TOKENIZER)


def write_weights(
    folder: Path,
    network: SEN,
    config: ModelConfig,
    tokenizer: Tokenizer,
    header: dict[str, Any],
    *,
    packed: bool = False,
) -> None:
    """Write `model.safetensors`: the dual encoder alone, float32, with its fingerprint.

    Under transformers' names where the architecture is CLIP's, else under ours; the header's
    `names` says which. The fingerprint is that of our names either way. A `logit_scale` in the
    header becomes the tensor that transformers asks for.

    `packed` rounds matrices to int8 with a scale a row, under our names: a quarter of the bytes.
    The fingerprint is then that of the rounded weights, which are what `read` gives.
    """
    tensors = dual_encoder_tensors(network)
    small = int8.pack(tensors) if packed else {}
    if packed:
        tensors = int8.unpack(small, where=str(folder))
    header = {**header, "fingerprint": identify(tensors, config, tokenizer), "names": TIPR}
    if packed:
        header["packed"] = True
        tensors = small
    elif huggingface.is_clip(config):
        header["names"] = TRANSFORMERS
        tensors = huggingface.to_transformers(
            tensors, patch=config.vision.patch, logit_scale=header.get("logit_scale")
        )
    save_tensors(folder / WEIGHTS, tensors, header)


def dual_encoder_tensors(network: SEN) -> dict[str, torch.Tensor]:
    """The towers' tensors by name, without the decoder."""
    return {
        name: tensor
        for name, tensor in network.state_dict().items()
        if not name.startswith("decoder.")
    }


def identify(tensors: dict[str, torch.Tensor], config: ModelConfig, tokenizer: Tokenizer) -> str:
    """The model's fingerprint: a hash of weights, settings and vocabulary."""
    return fingerprint(tensors, config.model_dump_json(), tokenizer.fingerprint)


def read(folder: Path) -> Model:
    """Load a run or model directory for retrieval, on the CPU.

    Raises:
        ModelError: nothing there, no weights yet, or parts that do not belong together.
    """
    if not folder.is_dir():
        raise ModelError(f"{folder}: no such run or model directory")
    if not (folder / CONFIG).is_file():
        raise ModelError(f"{folder}: not a run or model directory (it has no {CONFIG})")
    if (folder / EXPORT).is_file():
        raise ModelError(
            f"{folder}: an export for another engine; this needs the model folder it was made from"
        )
    if not (folder / WEIGHTS).is_file():
        raise ModelError(
            f"{folder}: no weights yet ({WEIGHTS}); a run has them after its first evaluation"
        )
    config = _read_config(folder / CONFIG)
    tokenizer = Tokenizer.load(folder / TOKENIZER)
    if tokenizer.size > config.text.vocabulary:
        raise ModelError(
            f"{folder}: {TOKENIZER} has {tokenizer.size} entries, the model "
            f"{config.text.vocabulary}; they do not belong together"
        )
    tensors, header = _read_weights(folder / WEIGHTS)
    network = build(config)
    load_into(network, tensors, where=str(folder / WEIGHTS))
    mark = identify(tensors, config, tokenizer)
    if header.get("fingerprint", mark) != mark:
        raise ModelError(
            f"{folder}: weights, {CONFIG} and {TOKENIZER} do not belong together "
            "(the fingerprint differs); copy the directory again, whole"
        )
    return Model(network.eval(), tokenizer, config, mark, header)


def _read_weights(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """The tensors under our names; files older than the key `names` have them so."""
    tensors, header = load_tensors(path)
    if header.get("packed"):
        tensors = int8.unpack(tensors, where=str(path))
    names = header.get("names", TIPR)
    if names not in (TIPR, TRANSFORMERS):
        raise ModelError(f"{path}: its tensors have {names!r} names; update tipr to read them")
    if names == TRANSFORMERS:
        tensors = huggingface.from_transformers(tensors, where=str(path)).tensors
    return tensors, header


def _read_config(path: Path) -> ModelConfig:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        found, table = content["format"], content["model"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path}: not a model's settings ({error!r})") from None
    if found != FORMAT:
        raise ModelError(f"{path}: format {found}, this tipr reads format {FORMAT}; update tipr")
    return parse(ModelConfig, table, where=str(path))
