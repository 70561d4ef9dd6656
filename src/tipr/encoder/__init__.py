"""Sentence or picture to unit vector: the only door out of torch."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tipr.encoder.protocol import Encoder

__all__ = ["load_encoder"]


def load_encoder(model: str | Path, *, device: str = "auto", precision: str = "auto") -> "Encoder":
    """Load a run or model directory for retrieval.

    Raises:
        ModelError: nothing is there, or its parts do not belong together.
        ConfigError: the device or precision is not to be had here.
    """
    from tipr.encoder.torch import load  # torch takes a second to import: only when needed

    return load(Path(model), device=device, precision=precision)
