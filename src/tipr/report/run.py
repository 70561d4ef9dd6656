"""What a run's folder tells: settings, provenance, log, weights; a model's folder tells less."""

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import torch

from tipr import models
from tipr.checkpoint import load_into, load_tensors
from tipr.config import ModelConfig, RunConfig, load_written
from tipr.errors import ModelError
from tipr.inputs.tokenizer import Tokenizer
from tipr.model.sen import SEN
from tipr.model_files import CONFIG, WEIGHTS
from tipr.provenance import provenance_of

SETTINGS, LOG, LAST = "run.toml", "log.jsonl", "last.safetensors"
_MODEL, _DECODER = "objective.model.", "decoder."


@dataclass(frozen=True)
class Run:
    """A run, or a model's folder without a training behind it: then `config` is None.

    `name` is what the report calls it. `best` holds the weights that retrieval uses. `provenance`
    and `events` (the lines of `log.jsonl`, in order) are empty where nobody wrote them.
    """

    name: str
    folder: Path
    best: models.Model
    config: RunConfig | None
    provenance: dict[str, Any]
    events: list[dict[str, Any]]

    @property
    def model(self) -> ModelConfig:
        """The dual encoder's settings."""
        return self.best.config

    @property
    def tokenizer(self) -> Tokenizer:
        """The run's vocabulary."""
        return self.best.tokenizer

    @property
    def best_step(self) -> int | None:
        """The step whose weights were the best; None where the header does not tell."""
        return self.best.header.get("step")

    @property
    def written(self) -> tuple[datetime, datetime]:
        """When the settings and when the latest weights were written, as the files say."""
        last = self.folder / LAST
        latest = last if last.is_file() else self.folder / WEIGHTS
        first = self.folder / (SETTINGS if self.config else CONFIG)
        return _time_of(first), _time_of(latest)

    @cached_property
    def last(self) -> "Last | None":
        """The weights that training goes on from; None where there are none.

        Raises:
            ModelError: the file is broken or does not fit the settings.
        """
        path = self.folder / LAST
        if self.config is None or not path.is_file():
            return None
        tensors, header = load_tensors(path)
        network = models.build(self.model, self.config.restoration)
        load_into(network, _named(tensors, _MODEL), where=str(path))
        step = header.get("progress", {}).get("step")
        mark = models.identify(models.dual_encoder_tensors(network), self.model, self.tokenizer)
        return Last(network.eval(), step, mark)


@dataclass(frozen=True)
class Last:
    """The newest weights of a run, of one and the same step.

    `network` has two towers, and the decoder if there is one; `fingerprint` is the towers'.
    """

    network: SEN
    step: int | None
    fingerprint: str


def read_run(folder: Path, name: str) -> Run:
    """Read a run, or a model directory; `name` is what to call it.

    Raises:
        ModelError: it is neither, has no weights yet, or a part of it is broken.
        ConfigError: its settings are not those of a run.
    """
    best = models.read(folder)
    if not (folder / SETTINGS).is_file():
        return Run(name, folder, best, None, best.header.get("provenance", {}), [])
    return Run(
        name,
        folder,
        best,
        load_written(folder / SETTINGS),
        provenance_of(folder),
        _events(folder / LOG),
    )


def parameters(tensors: dict[str, torch.Tensor]) -> int:
    """How many numbers these tensors hold."""
    return sum(tensor.numel() for tensor in tensors.values())


def decoder_tensors(network: SEN) -> dict[str, torch.Tensor]:
    """The restoration decoder's tensors; none where there is no decoder."""
    return {
        name: tensor for name, tensor in network.state_dict().items() if name.startswith(_DECODER)
    }


def _named(tensors: dict[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    """The tensors whose names begin so, without that beginning."""
    return {
        name.removeprefix(prefix): tensor
        for name, tensor in tensors.items()
        if name.startswith(prefix)
    }


def _events(path: Path) -> list[dict[str, Any]]:
    """All whole events; a line that a crash cut off is left out, as resuming leaves it out."""
    if not path.is_file():
        raise ModelError(f"{path}: no such file; copy the run again, whole")
    events: list[dict[str, Any]] = []
    for line in path.read_bytes().splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and {"step", "kind"} <= event.keys():
            events.append(event)
    return events


def _time_of(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime).astimezone()
