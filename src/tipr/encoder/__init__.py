"""Sentence or picture to unit vector: the only door out of torch."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tipr.encoder.protocol import Encoder

__all__ = ["load_encoder", "provenance"]


INSIDE = "onnx"
"""A model directory may hold its own export beside its weights, in a folder of this name."""


def load_encoder(
    model: str | Path, *, device: str = "auto", precision: str = "auto", explains: bool = False
) -> "Encoder":
    """Load a model for retrieval: `box`, a name on the hub, a run, model or exported directory.

    A directory that holds its own export runs from that, without torch, on the CPU in float32;
    another device or precision, and an encoder that `explains`, need torch and the weights.

    Raises:
        ModelError: nothing is there, or its parts do not belong together.
        DependencyError: the package that runs an exported directory is not installed.
        ConfigError: the device or precision is not to be had here.
    """
    from tipr import catalogue
    from tipr.encoder import exported

    folder = catalogue.folder_of(model)
    if exported.is_exported(folder):
        return exported.load(folder, device=device, precision=precision)
    plain = device in ("auto", "cpu") and precision in ("auto", "float32")
    if exported.is_exported(folder / INSIDE) and plain and not explains:
        return exported.load(folder / INSIDE, device=device, precision=precision)
    from tipr.encoder.torch import load  # torch takes a second to import: only when needed

    return load(folder, device=device, precision=precision)


def provenance(model: str | Path) -> dict[str, Any]:
    """How a run, model or exported directory was trained, as its header says; {} if it is silent.

    Raises:
        ModelError: nothing is there, or the header cannot be read.
    """
    from tipr import catalogue
    from tipr.encoder import exported

    folder = catalogue.folder_of(model)
    for place in (folder, folder / INSIDE):
        if exported.is_exported(place):
            return exported.read_manifest(place).provenance
    from tipr import checkpoint, models

    return checkpoint.load_header(folder / models.WEIGHTS).get("provenance", {})
