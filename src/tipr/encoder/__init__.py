"""Sentence or picture to unit vector: the only door out of torch."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tipr.model_files import WEIGHTS

if TYPE_CHECKING:
    from tipr.encoder.protocol import Encoder

__all__ = ["load_encoder", "provenance"]


INSIDE = "onnx"
"""A model directory may hold its own export beside its weights, in a folder of this name."""


def load_encoder(
    model: str | Path,
    *,
    device: str = "auto",
    precision: str = "auto",
    explains: bool = False,
    bulk: bool = False,
) -> "Encoder":
    """Load a model for retrieval: `box`, a name on the hub, a run, model or exported directory.

    A directory that holds its own export runs from that, without torch, on the CPU in float32;
    another device or precision, and an encoder that `explains`, need torch and the weights.
    `bulk`: many pictures are to be encoded, so of the installed engines the quickest is taken
    (OpenVINO, then torch, then ONNX Runtime), not the one that is ready first.

    Raises:
        ModelError: nothing is there, or its parts do not belong together.
        DependencyError: the package that runs an exported directory is not installed.
        ConfigError: the device or precision is not to be had here.
    """
    from tipr import catalogue
    from tipr.encoder import exported

    folder = catalogue.folder_of(model)
    if exported.is_exported(folder):
        return exported.load(folder, device=device, precision=precision, bulk=bulk)
    on_cpu = device in ("auto", "cpu") and not explains
    if on_cpu and exported.is_exported(folder / INSIDE) and _export_serves(precision, bulk):
        return exported.load(folder / INSIDE, device=device, precision=precision, bulk=bulk)
    from tipr.encoder.torch import load  # torch takes a second to import: only when needed

    return load(folder, device=device, precision=precision)


def _export_serves(precision: str, bulk: bool) -> bool:
    """Whether a model's own export is to be run, not its weights."""
    from tipr.encoder import exported

    if bulk and exported.installed("openvino"):
        return True
    return precision in ("auto", "float32") and not (bulk and exported.installed("torch"))


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
    from tipr import checkpoint

    return checkpoint.load_header(folder / WEIGHTS).get("provenance", {})
