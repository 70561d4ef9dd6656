"""A run's state on disk: what `last` holds, and how it comes back bit for bit."""

from dataclasses import asdict, dataclass
from pathlib import Path

from tipr.checkpoint import load_into, load_tensors, save_tensors
from tipr.errors import ModelError
from tipr.train.objective import Objective
from tipr.train.optim import Optimisers

LAST = "last.safetensors"


@dataclass
class Progress:
    """Where a run stands: optimiser steps done, and the best scores so far (percent)."""

    step: int = 0
    best_R1: float = -1.0
    best_mAP: float = -1.0
    best_step: int = 0


def save(folder: Path, objective: Objective, optimisers: Optimisers, progress: Progress) -> None:
    """Write `last.safetensors` atomically: weights, optimiser state and progress."""
    tensors = {f"objective.{name}": t for name, t in objective.state_dict().items()}
    tensors |= {f"optim.{name}": t for name, t in optimisers.state_tensors().items()}
    save_tensors(folder / LAST, tensors, asdict(progress))


def restore(folder: Path, objective: Objective, optimisers: Optimisers) -> Progress:
    """Fill objective and optimisers from `last.safetensors`.

    Raises:
        ModelError: there is none, or it is not of this run's settings.
    """
    tensors, header = load_tensors(folder / LAST)
    parts: dict[str, dict[str, object]] = {"objective": {}, "optim": {}}
    for name, tensor in tensors.items():
        part, _, rest = name.partition(".")
        parts.setdefault(part, {})[rest] = tensor
    try:
        progress = Progress(**header)
    except TypeError:
        raise ModelError(f"{folder / LAST}: not the state of a run") from None
    load_into(objective, parts["objective"], where=str(folder / LAST))  # pyright: ignore[reportArgumentType]
    optimisers.load_state_tensors(parts["optim"])  # pyright: ignore[reportArgumentType]
    return progress
