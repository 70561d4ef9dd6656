"""Sentence or picture to unit vector: the only door out of torch."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tipr.encoder.protocol import Encoder

__all__ = ["load_encoder", "provenance"]


def load_encoder(model: str | Path, *, device: str = "auto", precision: str = "auto") -> "Encoder":
    """Load a run, model or exported directory for retrieval; only the first two need torch.

    Raises:
        ModelError: nothing is there, or its parts do not belong together.
        DependencyError: the package that runs an exported directory is not installed.
        ConfigError: the device or precision is not to be had here.
    """
    from tipr.encoder import exported

    if exported.is_exported(Path(model)):
        return exported.load(Path(model), device=device, precision=precision)
    from tipr.encoder.torch import load  # torch takes a second to import: only when needed

    return load(Path(model), device=device, precision=precision)


def provenance(model: str | Path) -> dict[str, Any]:
    """How a run, model or exported directory was trained, as its header says; {} if it is silent.

    Raises:
        ModelError: nothing is there, or the header cannot be read.
    """
    from tipr.encoder import exported

    if exported.is_exported(Path(model)):
        return exported.read_manifest(Path(model)).provenance
    from tipr import checkpoint, models

    return checkpoint.load_header(Path(model) / models.WEIGHTS).get("provenance", {})
