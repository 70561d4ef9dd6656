"""The files derived from a gallery's database: arrays under one stamp, believed only if it fits.

`index.json`, the stamp, is written last and deleted first; arrays without it are nothing. It tells
the generation of the content they belong to, their types and shapes, and a CRC-32 for each block.
Only the gallery's one writer may write or drop them, else what was erased might come back.
"""

import json
import os
import random
import zlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tipr.errors import StorageError
from tipr.files import write_whole

STAMP = "index.json"
BLOCK = 1 << 22
"""Bytes of a file that have a checksum of their own."""
LARGE = 1 << 26
"""Bytes from which on vectors are mapped, and only a sample of them checked when opened."""

_VECTORS = ("vectors", "bytes", "halves", "heads")
_OURS = (
    *_VECTORS,
    "steps",
    "errors",
    "turn",
    "passing",
    "ids",
    "rows",
    "starts",
    "centres",
    "axes",
)
_OLD = ("faiss",)  # of an older tipr
_TYPES = [np.dtype(name).str for name in ("float32", "float16", "int64", "int8")]
_SAMPLE = 8  # blocks
_UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError)

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Derived:
    """The arrays that were read, and whether they are still what they were."""

    arrays: Arrays
    path: Path
    seen: tuple[int, int] | None

    def still_there(self) -> bool:
        """False as soon as the files may have been overwritten under a mapped array."""
        return not any(array.nbytes >= LARGE for array in self.arrays.values()) or (
            _identity(self.path) == self.seen
        )


def read(path: Path, generation: str, kind: str, names: Collection[str]) -> Derived | None:
    """The arrays of this content and kind; None if they are missing, others, or damaged.

    Everything is checked, except of vectors in large files: of these the first block, the last and
    some between, others for each content. What else has changed there gives a wrong score and is
    found by `check`.
    """
    try:
        seen = _identity(path)
        stamp = json.loads((path / STAMP).read_bytes())
        if (stamp["generation"], stamp["kind"]) != (generation, kind):
            return None
        if set(stamp["arrays"]) != set(names):
            return None
        arrays: Arrays = {}
        for name, told in stamp["arrays"].items():
            if told["type"] not in _TYPES or any(_faults(path, name, told, sample=generation)):
                return None
            arrays[name] = open_array(path / f"index.{name}", told["type"], told["shape"])
    except _UNREADABLE:
        return None
    # Between checking and reading, a writer may have begun to overwrite them.
    return Derived(arrays, path, seen) if _identity(path) == seen else None


def check(path: Path) -> list[str]:
    """What is wrong with a gallery's index files, a line each; having none is no fault."""
    if not (path / STAMP).exists():
        return []
    try:
        arrays = json.loads((path / STAMP).read_bytes())["arrays"]
        return [
            f"index.{name} {fault}; delete {STAMP}, and the next search makes the index anew"
            for name, told in arrays.items()
            for fault in _faults(path, name, told)
        ]
    except _UNREADABLE:
        return [f"{STAMP} cannot be read; delete it, and the next search makes the index anew"]


def drop(path: Path) -> None:
    """Overwrite and delete the index files: they hold vectors that are to be erased.

    Raises:
        StorageError: one of them cannot be deleted.
    """
    try:
        _withdraw(path)
        drop_drafts(path)
    except OSError as error:
        raise StorageError(
            f"{error.filename or path}: cannot be deleted ({error.strerror}); check the permissions"
        ) from error


def publish(
    path: Path, generation: str, kind: str, shapes: dict[str, tuple[str, list[int]]]
) -> None:
    """Put the drafts of arrays, of these types and shapes, in the place of the present files.

    Raises:
        OSError: the disk is full; there is no index then.
    """
    told = {}
    for name, (dtype, shape) in shapes.items():
        sums = [zlib.crc32(block) for _, block in _blocks(draft(path, name))]
        told[name] = {"type": dtype, "shape": shape, "crc32": sums}
    _withdraw(path)
    for name in shapes:
        draft(path, name).replace(path / f"index.{name}")
    stamp = {"generation": generation, "kind": kind, "arrays": told}
    write_whole(path / STAMP, json.dumps(stamp).encode())


def draft(path: Path, name: str) -> Path:
    """Where an array is written before it is published."""
    return path / f".index.{name}.part"


def drop_drafts(path: Path, names: Iterable[str] = _OURS) -> None:
    """Overwrite and delete drafts, be they of a writer that was killed."""
    for name in names:
        _wipe(draft(path, name))


def open_array(file: Path, dtype: str, shape: list[int]) -> NDArray[Any]:
    """The content of a file, mapped if it is large."""
    if file.stat().st_size < LARGE:
        return np.fromfile(file, dtype).reshape(shape)
    return np.asarray(np.memmap(file, dtype, "r", shape=tuple(shape)))


def _withdraw(path: Path) -> None:
    (path / STAMP).unlink(missing_ok=True)
    for name in (*_OURS, *_OLD):
        _wipe(path / f"index.{name}")


def _wipe(file: Path) -> None:
    try:
        opened = file.open("r+b")
    except FileNotFoundError:
        return
    with opened:
        size = file.stat().st_size
        for start in range(0, size, BLOCK):
            opened.write(bytes(min(BLOCK, size - start)))
        opened.flush()
        os.fsync(opened.fileno())
    file.unlink()


def _identity(path: Path) -> tuple[int, int] | None:
    """What tells this stamp from later ones; None if there is none."""
    try:
        status = (path / STAMP).stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns


def _faults(
    path: Path, name: str, told: dict[str, Any], sample: str | None = None
) -> Iterator[str]:
    """What is wrong with a file; with a `sample` (a seed) some blocks stand for large vectors."""
    file, sums = path / f"index.{name}", told["crc32"]
    size = np.dtype(told["type"]).itemsize * int(np.prod(told["shape"]))
    if not file.is_file():
        yield "is missing"
        return
    if file.stat().st_size != size or len(sums) != -(-size // BLOCK):
        yield "has another length than the stamp says"
        return
    numbers = list(range(len(sums)))
    if sample is not None and name in _VECTORS and size >= LARGE:
        some = random.Random(sample).sample(numbers, min(_SAMPLE, len(numbers)))
        numbers = sorted({numbers[0], numbers[-1], *some})
    changed = [
        number for number, block in _blocks(file, numbers) if zlib.crc32(block) != sums[number]
    ]
    if changed:
        yield f"has changed in {len(changed)} of {len(numbers)} blocks, first in block {changed[0]}"


def _blocks(file: Path, numbers: Iterable[int] | None = None) -> Iterator[tuple[int, bytes]]:
    """These blocks of a file, or all, with their numbers."""
    with file.open("rb") as opened:
        if numbers is None:
            numbers = range(-(-file.stat().st_size // BLOCK))
        for number in numbers:
            opened.seek(number * BLOCK)
            yield number, opened.read(BLOCK)
