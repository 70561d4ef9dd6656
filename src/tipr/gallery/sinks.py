"""Where an index's arrays grow while it is made: in memory, or in drafts of its files."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import numpy as np
from numpy.typing import NDArray

from tipr.errors import StorageError
from tipr.gallery import derived
from tipr.gallery.derived import Arrays


class Sink(Protocol):
    """Arrays that grow by some rows at a time."""

    def append(self, name: str, rows: NDArray[Any]) -> None:
        """Add rows to the end of an array; the first ones say its type and width."""
        ...

    def array(self, name: str) -> NDArray[Any]:
        """What was appended so far, for reading; nothing may be appended while it is in use."""
        ...

    def forget(self, name: str) -> None:
        """Throw away an array that was needed on the way only."""
        ...


class Memory:
    """A sink in memory, for where files cannot or must not be written."""

    def __init__(self) -> None:
        self.arrays: Arrays = {}

    def append(self, name: str, rows: NDArray[Any]) -> None:
        array = self.arrays.setdefault(name, np.empty((0, *rows.shape[1:]), rows.dtype))
        start = len(array)
        # In place: a large array is never there twice.
        array.resize((start + len(rows), *rows.shape[1:]), refcheck=False)
        array[start:] = rows

    def array(self, name: str) -> NDArray[Any]:
        return self.arrays[name]

    def forget(self, name: str) -> None:
        del self.arrays[name]


class Files:
    """A sink in drafts of a gallery's index files; for the gallery's one writer."""

    def __init__(self, path: Path) -> None:
        """Not for callers: use `files`."""
        self._path = path
        self._drafts: dict[str, _Draft] = {}

    def append(self, name: str, rows: NDArray[Any]) -> None:
        if name not in self._drafts:
            file = derived.draft(self._path, name).open("wb")
            self._drafts[name] = _Draft(file, rows.dtype.str, [0, *rows.shape[1:]])
        draft = self._drafts[name]
        draft.file.write(np.ascontiguousarray(rows).data)
        draft.shape[0] += len(rows)

    def array(self, name: str) -> NDArray[Any]:
        draft = self._drafts[name]
        draft.file.flush()
        return derived.open_array(derived.draft(self._path, name), draft.dtype, draft.shape)

    def forget(self, name: str) -> None:
        self._drafts.pop(name).file.close()
        derived.drop_drafts(self._path, [name])

    def publish(self, generation: str, kind: str) -> None:
        """Put the arrays in the place of the present index files, which are overwritten."""
        for draft in self._drafts.values():
            draft.file.flush()
            os.fsync(draft.file.fileno())
            draft.file.close()
        shapes = {name: (draft.dtype, draft.shape) for name, draft in self._drafts.items()}
        derived.publish(self._path, generation, kind, shapes)

    def close(self) -> None:
        """Overwrite and delete the drafts that were not published."""
        for draft in self._drafts.values():
            draft.file.close()
        derived.drop_drafts(self._path)


@contextmanager
def files(path: Path) -> Iterator[Files]:
    """A sink whose arrays become the index files by its `publish`, or vanish.

    Raises:
        StorageError: the disk is full or the folder not writable.
    """
    sink = Files(path)
    try:
        try:
            yield sink
        finally:
            sink.close()
    except OSError as error:
        raise StorageError(
            f"{path}: the index cannot be written ({error.strerror or error}); free some space or "
            f"check the permissions. The gallery itself is unharmed"
        ) from error


@dataclass(frozen=True, slots=True)
class _Draft:
    file: BinaryIO
    dtype: str
    shape: list[int]
    """Its first number grows."""
