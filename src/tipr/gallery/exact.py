"""Every picture is looked at, so nothing is missed.

One query is answered from rows in bytes, a quarter of the memory, with a second look at the float32
rows of whatever may belong among the best; several queries at once from products of float32 blocks;
in a small gallery all float32 rows are looked at. All give what float64 sums over the stored
vectors give.

Shape legend: N pictures, Q queries, D the encoder's width, B pictures of a block, C candidates.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from tipr.encoder.protocol import Vectors
from tipr.gallery.derived import Arrays
from tipr.gallery.nearest import Found, Rows, ranked, rounding
from tipr.gallery.rough import Rough, in_bytes, rotation
from tipr.gallery.sinks import Sink

_TOGETHER = 4  # queries from which on a product of blocks is faster than one scan after the other
_FEW = 8_192  # rows up to which a look at the bytes first gains nothing
_BLOCK = 16_384  # rows of a product


@dataclass(frozen=True, eq=False)
class Exact:
    """All vectors, in gallery order, as they are stored and in bytes."""

    KIND: ClassVar = "exact"
    ARRAYS: ClassVar = ("ids", "vectors", "bytes", "steps", "errors", "turn")

    ids: Rows
    vectors_ND: Vectors
    rough: Rough

    @classmethod
    def make(cls, blocks: Iterable[tuple[Rows, Vectors]], width: int, sink: Sink) -> None:
        """Fill the sink from blocks of ids and vectors in ascending order of ids."""
        turn_DD = rotation(width)
        sink.append("turn", turn_DD)
        sink.append("ids", np.empty(0, np.int64))
        sink.append("vectors", np.empty((0, width), np.float32))
        sink.append("bytes", np.empty((0, width), np.int8))
        sink.append("steps", np.empty(0, np.float32))
        sink.append("errors", np.empty(0, np.float32))
        for ids_B, vectors_BD in blocks:
            sink.append("ids", ids_B)
            sink.append("vectors", vectors_BD)
            for name, rows in zip(
                ("bytes", "steps", "errors"), in_bytes(vectors_BD @ turn_DD), strict=True
            ):
                sink.append(name, rows)

    @classmethod
    def of(cls, arrays: Arrays) -> Self:
        """The searcher over what `make` wrote."""
        rough = Rough(arrays["bytes"], arrays["steps"], arrays["errors"], arrays["turn"])
        return cls(arrays["ids"], arrays["vectors"], rough)

    def __str__(self) -> str:
        return "exact"

    def search(self, queries_QD: Vectors, k: int, rows: Rows | None = None) -> list[Found]:
        """For each query the k best rows, best first, and their scores; 1 <= k <= their number.

        `rows`: ascending, the only ones to look at.
        """
        if len(queries_QD) >= _TOGETHER:
            found = self._in_blocks(queries_QD, k, rows)
        else:
            found = [self._one(query_D, k, rows) for query_D in queries_QD]
        answers: list[Found] = []
        for rows_C, query_D in zip(found, queries_QD, strict=True):
            best, scores = ranked(rows_C, self.vectors_ND, query_D, k)
            answers.append((rows_C[best], scores))
        return answers

    def _one(self, query_D: NDArray[np.float32], k: int, rows: Rows | None) -> Rows:
        """Candidates for the k best of one query."""
        if len(self.ids) > _FEW:
            rows = self.rough.likely(query_D, k, rows)
        return self._in_blocks(query_D[None], k, rows)[0]

    def _in_blocks(self, queries_QD: Vectors, k: int, rows: Rows | None) -> list[Rows]:
        """Candidates for the k best of each query, from float32 rows, a block at a time."""
        best = [_Best(k, 2 * rounding(query_D)) for query_D in queries_QD]
        count = len(self.ids) if rows is None else len(rows)
        for start in range(0, count, _BLOCK):
            part = slice(start, min(start + _BLOCK, count))
            block_BD = self.vectors_ND[part if rows is None else rows[part]]
            for one, scores_B in zip(best, _scores(block_BD, queries_QD), strict=True):
                one.see(scores_B, start)
        places = [one.places() for one in best]
        return places if rows is None else [rows[place] for place in places]


class _Best:
    """Places whose rough scores may belong among the k best, while blocks go by."""

    def __init__(self, k: int, margin: float) -> None:
        self._k, self._margin = k, margin
        self._least = -np.inf
        self._places = np.empty(0, np.int64)
        self._scores = np.empty(0, np.float32)

    def see(self, scores_B: NDArray[np.float32], start: int) -> None:
        near = np.flatnonzero(scores_B >= self._least)
        if len(near) == 0:
            return
        self._places = np.concatenate([self._places, near + start])
        self._scores = np.concatenate([self._scores, scores_B[near]])
        if len(self._scores) >= self._k:
            self._least = np.partition(self._scores, -self._k)[-self._k] - self._margin
            kept = self._scores >= self._least
            self._places, self._scores = self._places[kept], self._scores[kept]

    def places(self) -> Rows:
        """Ascending."""
        return self._places


def _scores(block_BD: Vectors, queries_QD: Vectors) -> NDArray[np.float32]:
    """(Q, B)"""
    if len(queries_QD) == 1:
        # Not a product: its threads wait for each other, for long where others use the cores.
        return np.einsum("bd,d->b", block_BD, queries_QD[0])[None]
    return np.ascontiguousarray((block_BD @ queries_QD.T).T)
