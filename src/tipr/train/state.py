"""A run's state on disk: what `last` holds, and how it comes back bit for bit."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from torch import Tensor

from tipr.checkpoint import load_into, load_tensors, save_tensors
from tipr.config import RunConfig
from tipr.errors import ModelError, TrainingError
from tipr.train.objective import Objective
from tipr.train.optim import Optimisers

LAST = "last.safetensors"
NEUTRAL = {
    "data": ("dir", "cache", "workers"),
    "train": ("save_every_s", "init"),
    "runtime": ("checkpoint_activations",),
}
"""Settings that leave every bit of the result alone, so a run may go on with other values.

Device, precision, threads and sampler.chunk are none of these: they change the order of sums.
"""


@dataclass
class Progress:
    """Where a run stands: optimiser steps done, and the best scores so far (percent)."""

    step: int = 0
    best_R1: float = -1.0
    best_mAP: float = -1.0
    best_step: int = 0


def save(
    folder: Path,
    objective: Objective,
    optimisers: Optimisers,
    progress: Progress,
    config: RunConfig,
) -> None:
    """Write `last.safetensors` atomically: weights, optimiser state, progress, settings' mark."""
    tensors = {f"objective.{name}": t for name, t in objective.state_dict().items()}
    tensors |= {f"optim.{name}": t for name, t in optimisers.state_tensors().items()}
    header = {"progress": asdict(progress), "settings": mark_of(config)}
    save_tensors(folder / LAST, tensors, header)


def restore(
    folder: Path,
    objective: Objective,
    optimisers: Optimisers,
    config: RunConfig,
) -> Progress:
    """Fill objective and optimisers from `last.safetensors`.

    Raises:
        ModelError: there is none, or it is no run's state.
        TrainingError: it was saved under other settings.
    """
    tensors, header = load_tensors(folder / LAST)
    try:
        progress, mark = Progress(**header["progress"]), header["settings"]
    except (KeyError, TypeError):
        raise ModelError(f"{folder / LAST}: not the state of a run") from None
    if mark != mark_of(config):
        raise TrainingError(
            f"{folder}: the settings have changed since this run was saved, so it could not go on "
            "as it began; restore run.toml, or start a new run with the new settings"
        )
    parts: dict[str, dict[str, Tensor]] = {"objective": {}, "optim": {}}
    for name, tensor in tensors.items():
        part, _, rest = name.partition(".")
        parts.setdefault(part, {})[rest] = tensor
    load_into(objective, parts["objective"], where=str(folder / LAST))
    optimisers.load_state_tensors(parts["optim"])
    return progress


def mark_of(config: RunConfig) -> str:
    """A hash of all settings that change results: not where the data lies or when to save.

    Only what differs from the defaults is in it, so a setting that a later tipr adds, switched
    off, leaves the runs of today resumable.
    """
    table = config.model_dump(mode="json", exclude_defaults=True)
    for section, names in NEUTRAL.items():
        table[section] = {k: v for k, v in table.get(section, {}).items() if k not in names}
    table = {name: value for name, value in table.items() if value != {}}
    return hashlib.sha256(json.dumps(table, sort_keys=True).encode()).hexdigest()
