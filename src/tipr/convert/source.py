"""Weights under our names, with everything that their files say about them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from tipr.checkpoint import load_tensors
from tipr.config import CLIP_MEAN, CLIP_STD
from tipr.errors import ModelError
from tipr.models import Model
from tipr.weights.archive import read_archive
from tipr.weights.kind import kind_of
from tipr.weights.pickled import read_pickled

_READERS = {"torchscript": read_archive, "pickle": read_pickled}


@dataclass(frozen=True, kw_only=True)
class Source:
    """One set of weights.

    Attributes:
        kind: what they are, in words. sha256: of their file.
        tensors: the dual encoder. left_out: by their own names, what was not taken.
        activation: None where nothing tells. heads: (vision, text), None for CLIP's rule.
        folder: where the vocabulary may lie.
        retrained: a person-retrieval checkpoint, at its own picture size.
        model: for a directory of ours, which knows all its settings.
        notes: what was assumed and the user should know.
    """

    kind: str
    sha256: str
    tensors: dict[str, Tensor]
    left_out: list[str]
    activation: str | None = None
    heads: tuple[int, int] | None = None
    mean: tuple[float, ...] = CLIP_MEAN
    std: tuple[float, ...] = CLIP_STD
    logit_scale: float | None = None
    folder: Path | None = None
    retrained: bool = False
    model: Model | None = None
    notes: tuple[str, ...] = ()


def state_of(file: Path) -> dict[str, Tensor]:
    """Tensors by name from any kind of file; no code in it is run.

    `module.` prefixes (of torch's data-parallel wrappers) are dropped.

    Raises:
        ModelError: missing, truncated, unsafe, or no file of weights.
    """
    kind = kind_of(file)
    state = load_tensors(file)[0] if kind == "safetensors" else _READERS[kind](file)
    return {name.removeprefix("module."): tensor for name, tensor in state.items()}


def sha256_of(file: Path) -> str:
    """The file's sha256, in hex."""
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except FileNotFoundError:
        raise ModelError(f"{file}: no such file") from None


def logit_scale_of(state: Mapping[str, Tensor], prefix: str = "") -> float | None:
    """CLIP's learned temperature, kept for transformers' sake."""
    found = state.get(f"{prefix}logit_scale")
    return float(found) if found is not None and found.numel() == 1 else None
