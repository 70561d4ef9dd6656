"""Tensors and what belongs to them, in one file: written whole or not at all, read strictly.

The format is safetensors with one JSON document in its header: no pickle, readable by others.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from tipr.errors import ModelError
from tipr.files import write_whole

_HEADER = "tipr"


def save_tensors(path: Path, tensors: Mapping[str, Tensor], header: Mapping[str, Any]) -> None:
    """Write tensors and a JSON-able header, whole or not at all.

    Raises:
        StorageError: see `write_whole`.
    """
    flat = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    # "format" is what transformers looks for before it reads a file
    write_whole(path, save(flat, metadata={"format": "pt", _HEADER: json.dumps(header)}))


def load_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read what `save_tensors` wrote; the header is empty for other people's files.

    Raises:
        ModelError: the file is missing, truncated or no safetensors file.
    """
    with _opened(path) as (file, header):
        return {name: file.get_tensor(name) for name in file.keys()}, header  # noqa: SIM118


def load_header(path: Path) -> dict[str, Any]:
    """Only the header of what `save_tensors` wrote; no tensor is read.

    Raises:
        ModelError: as `load_tensors`.
    """
    with _opened(path) as (_, header):
        return header


def load_into(module: nn.Module, tensors: Mapping[str, Tensor], *, where: str) -> None:
    """Fill a module with exactly these tensors: every name and shape must agree.

    Raises:
        ModelError: names the first few that are missing, unknown or of another shape.
    """
    wanted = module.state_dict()
    missing = sorted(wanted.keys() - tensors.keys())
    unknown = sorted(tensors.keys() - wanted.keys())
    shapes = [
        f"{name} is {tuple(tensors[name].shape)}, expected {tuple(wanted[name].shape)}"
        for name in sorted(wanted.keys() & tensors.keys())
        if tensors[name].shape != wanted[name].shape
    ]
    faults = [
        f"{what} {', '.join(names[:3])}" + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        for what, names in (("missing", missing), ("unknown", unknown), ("wrong shape:", shapes))
        if names
    ]
    if faults:
        raise ModelError(f"{where}: the weights do not fit the settings: {'; '.join(faults)}")
    module.load_state_dict(dict(tensors))


def fingerprint(tensors: Mapping[str, Tensor], *settings: str) -> str:
    """Hex sha256 over names, shapes, types and values of the tensors, and the settings."""
    digest = hashlib.sha256()
    for text in settings:
        digest.update(text.encode())
        digest.update(b"\0")
    for name in sorted(tensors):
        tensor = tensors[name].detach().cpu().contiguous()
        digest.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}".encode())
        digest.update(tensor.flatten().view(torch.uint8).numpy().data)
    return digest.hexdigest()


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Any, dict[str, Any]]]:
    """(the open file, its header)."""
    if not path.is_file():
        raise ModelError(f"{path}: no such file")
    try:
        with safe_open(path, framework="pt") as file:
            yield file, json.loads((file.metadata() or {}).get(_HEADER, "{}"))
    except (SafetensorError, OSError, ValueError) as error:
        raise ModelError(
            f"{path}: not a whole safetensors file ({error}); copy or train it again"
        ) from None
