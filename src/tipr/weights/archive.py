"""The tensors of a TorchScript archive, read without running the program that is in it.

Such a file (OpenAI's `.pt`) is a zip of a pickled module tree (`data.pkl`), its tensors' bytes
(`data/0`, `data/1`, ...) and code. `torch.jit.load` would compile and could run the code; here
it is never looked at, and whatever classes the pickle names become inert stand-ins.
"""

import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from tipr.errors import ModelError

_TYPES = {
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "FloatStorage": torch.float32,
    "DoubleStorage": torch.float64,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "ShortStorage": torch.int16,
    "CharStorage": torch.int8,
    "ByteStorage": torch.uint8,
    "BoolStorage": torch.bool,
}


class Inert:
    """Stands for any object of a foreign class: it keeps its state and does nothing."""

    def __init__(self, *_: Any) -> None:
        self.state: Any = None

    def __setstate__(self, state: Any) -> None:
        self.state = state


def read_archive(path: Path) -> dict[str, Tensor]:
    """All tensors of the archived module by their dotted names, on the CPU.

    Raises:
        ModelError: not a whole TorchScript archive, or its pickle names something else than
            modules and tensors.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            record = next(name for name in archive.namelist() if name.endswith("/data.pkl"))
            with archive.open(record) as file:
                root = _Reader(file, archive, record.removesuffix("data.pkl")).load()
        found = dict(_tensors(root, ""))
    except ModelError:
        raise
    # A broken or hostile pickle can fail in any way; none of them has run foreign code.
    except Exception as error:
        raise ModelError(
            f"{path}: not a whole TorchScript archive ({type(error).__name__}: {error}); "
            "download it again"
        ) from None
    if not found:
        raise ModelError(f"{path}: a TorchScript archive without a single tensor")
    return found


class _Reader(pickle.Unpickler):
    """Builds tensors and inert stand-ins; every other name in the pickle is refused."""

    def __init__(self, file: Any, archive: zipfile.ZipFile, folder: str) -> None:
        super().__init__(file)
        self._archive = archive
        self._folder = folder

    def find_class(self, module: str, name: str, /) -> Any:
        if (
            module == "__torch__"
            or module.startswith("__torch__.")
            or module == "torch.jit._pickle"
        ):
            return Inert
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _Rebuild()
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if module == "torch" and name in _TYPES:
            return _TYPES[name]
        raise ModelError(
            f"{self._archive.filename}: refused, its pickle asks for {module}.{name}, "
            "which is neither a module nor a tensor"
        )

    def persistent_load(self, pid: Any, /) -> Tensor:
        """The bytes behind a tensor: ("storage", type, record, device, number of values)."""
        _, kind, record, _, _ = pid
        content = bytearray(self._archive.read(f"{self._folder}data/{record}"))
        return torch.frombuffer(content, dtype=kind) if content else torch.empty(0, dtype=kind)


class _Rebuild:
    """Makes a tensor of its storage; has nothing that a hostile pickle could set."""

    __slots__ = ()

    def __call__(
        self, values: Tensor, offset: int, size: tuple[int, ...], stride: tuple[int, ...], *_: Any
    ) -> Tensor:
        return values.as_strided(size, stride, offset).clone()


def _tensors(part: Any, prefix: str) -> Iterator[tuple[str, Tensor]]:
    if not isinstance(part, Inert) or not isinstance(part.state, dict):
        return
    for name, value in part.state.items():
        if isinstance(value, Tensor):
            yield f"{prefix}{name}", value
        else:
            yield from _tensors(value, f"{prefix}{name}.")
