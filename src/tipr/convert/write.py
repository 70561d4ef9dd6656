"""A Source, a vocabulary and a picture size -> a model directory, whole or not at all."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from tipr import __version__, models
from tipr.checkpoint import load_into
from tipr.config import ModelConfig, parse
from tipr.convert.card import Converted, card
from tipr.convert.size import Size, layout
from tipr.convert.source import Source
from tipr.convert.sources import open_source
from tipr.convert.vocab import tokenizer_for
from tipr.errors import ConfigError, ModelError, StorageError
from tipr.files import write_whole
from tipr.inputs.tokenizer import Tokenizer
from tipr.model.sen import SEN
from tipr.weights.positions import resize_positions
from tipr.weights.sizes import heads_of, sizes_of

CARD = "README.md"
POSITIONS = "vision.positions"


def convert(
    source: str,
    folder: Path,
    *,
    vocabulary: str = "",
    image_size: Size | None = None,
    activation: str | None = None,
    trust: bool = False,
    packed: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> Converted:
    """Make a model directory at `folder` from somebody's weights.

    Args:
        source: a checkpoint, a folder, or a name on the Hugging Face hub.
        vocabulary: a file or folder; '' for what lies beside the weights or is installed.
        image_size: (height, width); None for a checkpoint's own, or 384x128 for CLIP.
        activation: quick_gelu or gelu, where the weights do not tell.
        trust: also read a TorchScript archive that is none of OpenAI's.
        packed: round matrices to int8, for a quarter of the bytes.
        say: is told what is being done.

    Raises:
        ModelError, ConfigError, StorageError: one line; nothing has been written then.
    """
    folder = folder.absolute()
    require_new(folder)
    say(f"reading {source}")
    found = open_source(source, trust=trust)
    name = Path(source).name if Path(source).expanduser().exists() else source
    config, old_grid = _settings(found, source, image_size, activation)
    tokenizer = _tokenizer(found, config, vocabulary)
    network = _network(found, config, old_grid, source)
    made = Converted(
        source=name,
        kind=found.kind,
        sha256=found.sha256,
        config=config,
        old_grid=old_grid,
        parameters=sum(p.numel() for p in network.parameters()),
        # the logit scale is no feature's, but it is kept (for transformers)
        left_out=[name for name in found.left_out if not name.endswith("logit_scale")],
        notes=found.notes,
    )
    say(f"writing {folder}")
    origin = found.model.header.get("provenance") if found.model else None
    _write(folder, made, network, tokenizer, found.logit_scale, origin, packed)
    return made


def require_new(folder: Path) -> None:
    """Make sure that nothing is overwritten.

    Raises:
        StorageError: something is there already.
    """
    if folder.is_dir() and any(folder.iterdir()):
        raise StorageError(f"{folder}: is not empty; give a new folder for the model")
    if folder.exists() and not folder.is_dir():
        raise StorageError(f"{folder}: this is a file; give a new folder for the model")


def _settings(
    found: Source, source: str, asked: Size | None, activation: str | None
) -> tuple[ModelConfig, Size]:
    """The architecture, and the grid on which its positions were learned."""
    if found.activation and activation and found.activation != activation:
        raise ConfigError(
            f"{source}: its activation is {found.activation}, not {activation}; leave out "
            "--activation"
        )
    if found.model:
        return _resized(found.model.config, asked, source), found.model.config.grid
    if not (activation or found.activation):
        raise ConfigError(
            f"{source}: the tensors do not tell their activation; add --activation quick_gelu "
            "(OpenAI's weights, open_clip's models named -quickgelu) or --activation gelu "
            "(open_clip's others: LAION, DataComp, ...)"
        )
    sizes = sizes_of(found.tensors, where=source)
    old_grid, image = layout(
        sizes.patches, sizes.patch, asked=asked, retrained=found.retrained, where=source
    )
    heads = found.heads or (
        heads_of(sizes.vision_width, where=source),
        heads_of(sizes.text_width, where=source),
    )
    table = {
        "embed": sizes.embed,
        "activation": activation or found.activation,
        "image": {"height": image[0], "width": image[1], "mean": found.mean, "std": found.std},
        "vision": {
            "patch": sizes.patch,
            "width": sizes.vision_width,
            "depth": sizes.vision_depth,
            "heads": heads[0],
        },
        "text": {
            "vocabulary": sizes.vocabulary,
            "length": sizes.length,
            "width": sizes.text_width,
            "depth": sizes.text_depth,
            "heads": heads[1],
        },
    }
    return parse(ModelConfig, table, where=source), old_grid


def _resized(config: ModelConfig, asked: Size | None, source: str) -> ModelConfig:
    if asked is None:
        return config
    table = config.model_dump()
    table["image"] |= {"height": asked[0], "width": asked[1]}
    return parse(ModelConfig, table, where=source)


def _tokenizer(found: Source, config: ModelConfig, vocabulary: str) -> Tokenizer:
    if found.model is None:
        return tokenizer_for(config.text.vocabulary, given=vocabulary, beside=found.folder)
    if vocabulary:
        raise ConfigError("a model of tipr's has its own vocabulary; leave out --vocab")
    return found.model.tokenizer


def _network(found: Source, config: ModelConfig, old_grid: Size, source: str) -> SEN:
    tensors = {name: tensor.float() for name, tensor in found.tensors.items()}
    if bad := [name for name, tensor in tensors.items() if not torch.isfinite(tensor).all()]:
        raise ModelError(f"{source}: {bad[0]} holds values that are no numbers; it is broken")
    tensors[POSITIONS] = resize_positions(
        tensors[POSITIONS],
        config.grid,
        old=old_grid,
        has_class=config.vision.pool == "class",
    )
    network = models.build(config)
    load_into(network, tensors, where=source)
    return network


def _write(
    folder: Path,
    made: Converted,
    network: SEN,
    tokenizer: Tokenizer,
    logit_scale: float | None,
    provenance: dict[str, Any] | None,
    packed: bool,
) -> None:
    origin = {"name": made.source, "kind": made.kind, "sha256": made.sha256}
    header: dict[str, Any] = {"tipr": __version__, "source": origin, "left_out": made.left_out}
    if logit_scale is not None:
        header["logit_scale"] = logit_scale
    if provenance is not None:
        header["provenance"] = provenance
    draft = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    try:
        draft.mkdir(parents=True)
        models.write_settings(draft, made.config, tokenizer)
        models.write_weights(draft, network, made.config, tokenizer, header, packed=packed)
        write_whole(draft / CARD, card(made).encode())
        draft.replace(folder)
    except OSError as error:
        raise StorageError(
            f"{folder}: cannot be written ({error.strerror or error}); choose another place"
        ) from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)
