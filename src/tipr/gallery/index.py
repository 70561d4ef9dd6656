"""The index of a gallery: made from its database, kept beside it, exact or approximate by size.

The files are derived: they are used only when they are sound and belong to exactly this content,
and made anew otherwise.

Shape legend: N pictures, Q queries, D the encoder's width, A allowed by a filter.
"""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tipr.encoder.protocol import Vectors
from tipr.errors import GalleryBusyError, StorageError
from tipr.gallery import derived, place
from tipr.gallery.approximate import Approximate
from tipr.gallery.derived import STAMP, Derived, check, drop
from tipr.gallery.exact import Exact
from tipr.gallery.nearest import Rows
from tipr.gallery.sinks import Memory, Sink, files
from tipr.gallery.store import Gallery

__all__ = ["APPROXIMATE_FROM", "INDEX", "STAMP", "Index", "check", "drop", "load"]

APPROXIMATE_FROM = 1_000_000
"""Pictures from which on an index is approximate unless one asks for another."""

INDEX = "index.vectors"
"""The largest file of an exact index."""

_BLOCK = 16_384  # vectors that are read from the database at once
_SPARSE = 4  # ids per picture from which on there is no table of them


@dataclass(frozen=True, eq=False)
class Index:
    """The vectors of one `generation` of a gallery, ready to be searched.

    Vectors have length one, so the inner product is the cosine similarity.
    """

    generation: str
    searcher: Exact | Approximate
    files: Derived | None = None
    """Where the arrays are mapped from; None if they are in memory only."""

    def __str__(self) -> str:
        """How it searches, for people: "exact", or "approximate" with its parameters."""
        return str(self.searcher)

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def kind(self) -> Literal["exact", "approximate"]:
        """Whether every picture is looked at, or only those that lie near."""
        return self.searcher.KIND

    @property
    def ids(self) -> NDArray[np.int64]:
        """(N,), ascending."""
        return self.searcher.ids

    def search(
        self, queries_QD: Vectors, k: int, allowed: NDArray[np.int64] | None = None
    ) -> list[tuple[NDArray[np.int64], NDArray[np.float32]]]:
        """For each query the ids and scores of the k best pictures, best first.

        `allowed`: ascending ids, the only pictures to look at; ids that are not in the index are
        left out. If there are fewer than k pictures, all are returned. Equal scores keep gallery
        (id) order; in an exact index also where the k-th place cuts through them.

        Raises:
            GalleryBusyError: somebody began to erase pictures while this was searching; `load`
                the index again.
        """
        queries_QD = np.ascontiguousarray(queries_QD, np.float32)
        rows_A = None if allowed is None else self._rows(allowed)
        k = min(k, len(self) if rows_A is None else len(rows_A))
        if k == 0:
            return [(self.ids[:0], np.empty(0, np.float32)) for _ in queries_QD]
        if rows_A is not None and len(rows_A) == len(self):
            rows_A = None
        found = self.searcher.search(queries_QD, k, rows_A)
        if self.files is not None and not self.files.still_there():
            raise GalleryBusyError(
                f"{self.files.path}: pictures are being erased from this gallery; search again"
            )
        return [(self.ids[rows], scores) for rows, scores in found]

    def _rows(self, allowed_A: NDArray[np.int64]) -> Rows:
        """Where these ids are, ascending; without those that are not there."""
        if self._row_of is None:
            rows_A = np.searchsorted(self.ids, allowed_A)
            inside = rows_A < len(self)
            rows_A, allowed_A = rows_A[inside], allowed_A[inside]
            return rows_A[self.ids[rows_A] == allowed_A]
        first, last = np.searchsorted(allowed_A, [self.ids[0], self.ids[-1] + 1])
        rows_A = self._row_of[allowed_A[first:last] - self.ids[0]]
        return rows_A[rows_A >= 0]

    @cached_property
    def _row_of(self) -> Rows | None:
        """The row of each id from the first on, -1 where there is none.

        None if that would be a long table: searching takes less memory then.
        """
        if len(self) == 0 or self.ids[-1] - self.ids[0] >= _SPARSE * len(self):
            return None
        row_of = np.full(self.ids[-1] - self.ids[0] + 1, -1, np.int64)
        row_of[self.ids - self.ids[0]] = np.arange(len(self))
        return row_of


def load(gallery: Gallery, *, exact: bool | None = None) -> Index:
    """The index of the gallery's present content, from its files if these are current and sound.

    Otherwise it is made from the database and, where the folder can be written, saved. `exact`:
    whether to look at every picture; None decides by their number (`APPROXIMATE_FROM`).

    Raises:
        GalleryError: a vector in the database is damaged.
    """
    with gallery.snapshot():
        generation, count = gallery.generation, len(gallery)
        searcher = Exact if (count < APPROXIMATE_FROM if exact is None else exact) else Approximate
        found = _read(gallery.path, generation, searcher)
        if found is not None:
            return found
        # A full disk must not keep anybody from searching: files are a convenience only.
        with contextlib.suppress(StorageError), _only_writer(gallery, generation) as may_write:
            if may_write:
                with files(gallery.path) as sink:
                    _make(gallery, searcher, count, sink)
                    sink.publish(generation, searcher.KIND)
                found = _read(gallery.path, generation, searcher)
        if found is not None:
            return found
        memory = Memory()
        _make(gallery, searcher, count, memory)
        return Index(generation, searcher.of(memory.arrays))


def _read(path: Path, generation: str, searcher: type[Exact] | type[Approximate]) -> Index | None:
    found = derived.read(path, generation, searcher.KIND, searcher.ARRAYS)
    return None if found is None else Index(generation, searcher.of(found.arrays), found)


def _make(
    gallery: Gallery, searcher: type[Exact] | type[Approximate], count: int, sink: Sink
) -> None:
    blocks, width = gallery.vector_blocks(_BLOCK), gallery.meta.width
    if searcher is Exact:
        Exact.make(blocks, width, sink)
    else:
        Approximate.make(blocks, width, count, sink)


@contextlib.contextmanager
def _only_writer(gallery: Gallery, generation: str) -> Iterator[bool]:
    """Whether index files of this content may be written.

    Not while another process writes, for it may be erasing pictures, nor if one has written since
    the content was read: vectors that were erased must not come back in a file.
    """
    if gallery.writable:
        yield True
        return
    if not os.access(gallery.path, os.W_OK):
        yield False
        return
    try:
        lock = place.lock(gallery.path)
    except (GalleryBusyError, StorageError):
        yield False
        return
    try:
        with Gallery.open(gallery.path) as now:
            yield now.generation == generation
    finally:
        lock.release()
