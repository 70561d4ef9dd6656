"""Vectors to nearest neighbours: faiss finds candidates, an exact second look ranks them.

`index.faiss` and its stamp `index.json` are derived from the gallery's database. They are used
only when the stamp says that they belong to exactly this content, and made anew otherwise.

Shape legend: N pictures, Q queries, D the encoder's width, C candidates.
"""

import contextlib
import json
import os
import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from tipr.encoder.protocol import Vectors
from tipr.errors import StorageError
from tipr.files import write_whole
from tipr.gallery.store import Gallery

INDEX = "index.faiss"
STAMP = "index.json"
_BLOCK = 4096  # rows of the second look that are held in float64 at once


@dataclass(frozen=True)
class Index:
    """An exact inner-product index over the vectors of one `generation` of a gallery.

    Vectors have length one, so the inner product is the cosine similarity.
    """

    generation: str
    mapped: Any
    """A faiss.IndexIDMap around an IndexFlatIP; its ids ascend."""

    def __len__(self) -> int:
        return self.mapped.ntotal

    @cached_property
    def ids(self) -> NDArray[np.int64]:
        """(N,), ascending."""
        return faiss.vector_to_array(self.mapped.id_map)

    @cached_property
    def vectors(self) -> Vectors:
        """(N, D): those inside faiss, not a copy of them."""
        flat, size = self._flat, (len(self), self.mapped.d)
        if len(self) == 0:
            return np.empty(size, np.float32)
        return faiss.rev_swig_ptr(flat.get_xb(), size[0] * size[1]).reshape(size)

    @cached_property
    def _flat(self) -> Any:
        return faiss.downcast_index(self.mapped.index)

    def search(
        self, queries_QD: Vectors, k: int
    ) -> list[tuple[NDArray[np.int64], NDArray[np.float32]]]:
        """For each query the ids and scores of the k best pictures, best first.

        Equal scores keep gallery (id) order, also where the k-th place cuts through them. If
        there are fewer than k pictures, all are returned.
        """
        k = min(k, len(self))
        if k == 0:
            return [(self.ids[:0], np.empty(0, np.float32)) for _ in queries_QD]
        queries_QD = np.ascontiguousarray(queries_QD, np.float32)
        return [self._best(query_D, k) for query_D in queries_QD]

    def _best(
        self, query_D: NDArray[np.float32], k: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        rows_C = self._candidates(query_D[None], k)
        scores_C = self._scores(rows_C, query_D)
        best = np.argsort(-scores_C, kind="stable")[:k]
        return self.ids[rows_C[best]], scores_C[best]

    def _candidates(self, query_1D: Vectors, k: int) -> NDArray[np.int64]:
        """Rows, ascending, that hold the k best and everything that ties with them.

        faiss orders equal scores as its heap happens to, and its float32 sums of equal vectors
        may differ by their place in a block. Both sums of a pair err by at most D * eps / 2, so
        whatever belongs among the k best lies within D * eps of faiss's k-th score.
        """
        if k == len(self):
            return np.arange(len(self))
        scores_1k, _ = self._flat.search(query_1D, k)
        margin = 2 * query_1D.shape[1] * float(np.finfo(np.float32).eps)
        _, _, rows_C = self._flat.range_search(query_1D, float(scores_1k[0, -1]) - margin)
        return np.sort(rows_C)

    def _scores(
        self, rows_C: NDArray[np.int64], query_D: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Scores (C,) summed row by row in float64: equal vectors get exactly equal scores."""
        scores_C = np.empty(len(rows_C), np.float32)
        for start in range(0, len(rows_C), _BLOCK):
            part = slice(start, start + _BLOCK)
            block_BD = self.vectors[rows_C[part]].astype(np.float64)
            scores_C[part] = (block_BD * query_D).sum(axis=1)
        return scores_C


def load(gallery: Gallery) -> Index:
    """The index of the gallery's present content, from its file if that is current and sound.

    Otherwise it is made from the database and, where the folder can be written, saved.
    """
    with gallery.snapshot():
        generation = gallery.generation
        found = _read(gallery.path, generation)
        if found is not None:
            return found
        ids_N, vectors_ND = gallery.vectors()
    index = _build(generation, ids_N, vectors_ND)
    # Vectors that were erased while this was being built must not come back in a file.
    if os.access(gallery.path, os.W_OK) and gallery.generation == generation:
        # A full disk must not keep anybody from searching: the file is a convenience only.
        with contextlib.suppress(StorageError):
            save(index, gallery.path)
    return index


def save(index: Index, path: Path) -> None:
    """Write the index into the gallery folder `path`.

    Raises:
        StorageError: the disk is full or the folder not writable; nothing broken is left.
    """
    content = faiss.serialize_index(index.mapped).tobytes()
    stamp = {
        "generation": index.generation,
        "bytes": len(content),
        "crc32": zlib.crc32(content),
        "pictures": len(index),
    }
    write_whole(path / INDEX, content)
    write_whole(path / STAMP, json.dumps(stamp, indent=1).encode())


def drop(path: Path) -> None:
    """Overwrite and delete the index files: they hold vectors that are to be erased."""
    for name in (STAMP, INDEX):
        try:
            if (path / name).exists():
                with (path / name).open("r+b") as file:
                    file.write(bytes((path / name).stat().st_size))
                    os.fsync(file.fileno())
            (path / name).unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(
                f"{path / name}: cannot be deleted ({error.strerror}); check the permissions"
            ) from error


def _read(path: Path, generation: str) -> Index | None:
    """The saved index, or None if it is missing, of other content, or damaged.

    faiss reads a file only after its checksum has been found right.
    """
    try:
        stamp = json.loads((path / STAMP).read_bytes())
        if stamp["generation"] != generation:
            return None
        content = (path / INDEX).read_bytes()
        if (len(content), zlib.crc32(content)) != (stamp["bytes"], stamp["crc32"]):
            return None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Index(generation, faiss.deserialize_index(np.frombuffer(content, np.uint8)))


def _build(generation: str, ids_N: NDArray[np.int64], vectors_ND: Vectors) -> Index:
    mapped: Any = faiss.IndexIDMap(faiss.IndexFlatIP(vectors_ND.shape[1]))
    mapped.add_with_ids(vectors_ND, ids_N)
    return Index(generation, mapped)
