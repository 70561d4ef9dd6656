"""The tensors of a file written by `torch.save`; no code in it is ever run.

Read by torch's weights-only reader. What a training script likes to put beside its tensors
(its arguments, numpy scores, paths) becomes inert stand-ins; anything else is refused.
"""

import pickle
import re
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from tipr.errors import ModelError
from tipr.weights.archive import Inert

_HARMLESS = (
    "argparse.Namespace",
    "numpy.core.multiarray.scalar",
    "numpy._core.multiarray.scalar",
    "numpy.dtype",
    "pathlib.PosixPath",
    "pathlib.WindowsPath",
)
_INSIDE = ("model", "state_dict", "model_state_dict")


def read_pickled(path: Path) -> dict[str, Tensor]:
    """A state by name: the whole file, or its entry `model`, `state_dict`, `model_state_dict`.

    Raises:
        ModelError: truncated, unsafe (the name that was refused is said), or without a state.
    """
    content = _load(path)
    if isinstance(content, Mapping):
        inside = [content[key] for key in _INSIDE if isinstance(content.get(key), Mapping)]
        content = inside[0] if inside else content
    state = (
        {
            name: value
            for name, value in content.items()
            if isinstance(name, str) and isinstance(value, Tensor)
        }
        if isinstance(content, Mapping)
        else {}
    )
    if not state:
        raise ModelError(
            f"{path}: holds no weights by name; expected a state dict, or one under the key "
            f"{', '.join(repr(key) for key in _INSIDE)}"
        )
    return state


def _load(path: Path) -> Any:
    allowed: list[Callable[..., Any] | tuple[Callable[..., Any], str]]
    allowed = [(Inert, name) for name in _HARMLESS]
    try:
        with torch.serialization.safe_globals(allowed):
            # Mapped, not read: a checkpoint's optimiser moments are twice its weights.
            return torch.load(
                path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path)
            )
    except pickle.UnpicklingError as error:
        refused = re.search(r"GLOBAL (\S+)", str(error))
        what = f"it asks for {refused[1]}" if refused else _first_line(error)
        raise ModelError(
            f"{path}: refused, this pickle holds more than weights and loading it could run "
            f"code ({what}); ask its author for a safetensors file"
        ) from None
    # What a truncated file makes the reader raise cannot be listed: RuntimeError, EOFError,
    # struct.error, KeyError and others have been seen.
    except Exception as error:
        raise ModelError(
            f"{path}: truncated or not written by torch.save ({_first_line(error)}); "
            "download it again"
        ) from None


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), "").strip() or type(error).__name__
