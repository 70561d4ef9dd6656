"""Every picture is looked at, so nothing is missed.

One query is answered from float16 rows, half the bytes, with a second look at the float32 rows of
whatever may belong among the best; several queries at once from products of float32 blocks; in a
small gallery from float32 rows, by numpy. All give what float64 sums over the stored vectors give.

Shape legend: N pictures, Q queries, D the encoder's width, B pictures of a block, C candidates.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from tipr.encoder.protocol import Vectors
from tipr.gallery.derived import Arrays
from tipr.gallery.nearest import Found, Halves, Rows, candidates, nearest, ranked, rounding
from tipr.gallery.sinks import Sink

_TOGETHER = 4  # queries from which on a product of blocks is faster than one scan after the other
_FEW = 8_192  # rows up to which sums by numpy are as fast as faiss, which must be imported
_BLOCK = 16_384  # rows of a product
_PART = 50_000  # rows that are worth a thread
_HALF = 2.0**-11  # largest relative rounding error of float16


@dataclass(frozen=True, eq=False)
class Exact:
    """All vectors, in gallery order, as they are stored and in float16."""

    KIND: ClassVar = "exact"
    ARRAYS: ClassVar = ("ids", "vectors", "halves")

    ids: Rows
    vectors_ND: Vectors
    halves_ND: Halves

    @classmethod
    def make(cls, blocks: Iterable[tuple[Rows, Vectors]], width: int, sink: Sink) -> None:
        """Fill the sink from blocks of ids and vectors in ascending order of ids."""
        sink.append("ids", np.empty(0, np.int64))
        sink.append("vectors", np.empty((0, width), np.float32))
        sink.append("halves", np.empty((0, width), np.float16))
        for ids_B, vectors_BD in blocks:
            sink.append("ids", ids_B)
            sink.append("vectors", vectors_BD)
            sink.append("halves", vectors_BD.astype(np.float16))

    @classmethod
    def of(cls, arrays: Arrays) -> Self:
        """The searcher over what `make` wrote."""
        return cls(arrays["ids"], arrays["vectors"], arrays["halves"])

    def __str__(self) -> str:
        return "exact"

    def search(self, queries_QD: Vectors, k: int, rows: Rows | None = None) -> list[Found]:
        """For each query the k best rows, best first, and their scores; 1 <= k <= their number.

        `rows`: ascending, the only ones to look at.
        """
        if len(queries_QD) >= _TOGETHER:
            found = self._in_blocks(queries_QD, k, rows)
        elif len(self.ids) <= _FEW:
            found = [self._in_rows(query_D, k, rows) for query_D in queries_QD]
        else:
            found = [self._in_halves(query_D, k, rows) for query_D in queries_QD]
        answers: list[Found] = []
        for rows_C, query_D in zip(found, queries_QD, strict=True):
            best, scores = ranked(rows_C, self.vectors_ND, query_D, k)
            answers.append((rows_C[best], scores))
        return answers

    def _in_rows(self, query_D: NDArray[np.float32], k: int, rows: Rows | None) -> Rows:
        """Candidates for the k best, from all float32 rows, on one core."""
        # Not a product: its threads wait for each other, for long where others use the cores.
        scores_N = np.einsum("nd,d->n", self.vectors_ND, query_D)
        best = _Best(k, 2 * rounding(query_D))
        best.see(scores_N if rows is None else scores_N[rows], 0)
        return best.places() if rows is None else rows[best.places()]

    def _in_halves(self, query_D: NDArray[np.float32], k: int, rows: Rows | None) -> Rows:
        """Candidates for the k best, from the float16 rows, on all cores."""
        allowed_N = None
        if rows is not None:
            allowed_N = np.zeros(len(self.ids), np.bool_)
            allowed_N[rows] = True
        parts = _parts(len(self.ids))

        def look(want: int) -> Found:
            def one(part: tuple[int, int]) -> Found:
                return nearest(
                    self.halves_ND, [part], query_D, want, names_N=self._rows, allowed=allowed_N
                )

            if len(parts) == 1:
                return one(parts[0])
            from concurrent.futures import ThreadPoolExecutor

            with ThreadPoolExecutor(len(parts)) as threads:
                found = list(threads.map(one, parts))
            rows_C, scores_C = (np.concatenate(each) for each in zip(*found, strict=True))
            # Each core has found so many: beyond the best of all there may be gaps.
            best = (
                np.argpartition(-scores_C, want - 1)[:want] if want < len(rows_C) else slice(None)
            )
            return rows_C[best], scores_C[best]

        everything = self._rows if rows is None else rows
        return candidates(look, k, everything, 2 * rounding(query_D, _HALF))

    def _in_blocks(self, queries_QD: Vectors, k: int, rows: Rows | None) -> list[Rows]:
        """Candidates for the k best of each query, from products of float32 blocks."""
        best = [_Best(k, 2 * rounding(query_D)) for query_D in queries_QD]
        count = len(self.ids) if rows is None else len(rows)
        for start in range(0, count, _BLOCK):
            part = slice(start, min(start + _BLOCK, count))
            block_BD = self.vectors_ND[part if rows is None else rows[part]]
            scores_BQ = block_BD @ queries_QD.T
            for one, scores_B in zip(best, np.ascontiguousarray(scores_BQ.T), strict=True):
                one.see(scores_B, start)
        places = [one.places() for one in best]
        return places if rows is None else [rows[place] for place in places]

    @cached_property
    def _rows(self) -> Rows:
        return np.arange(len(self.ids))


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


def _parts(count: int) -> list[tuple[int, int]]:
    """One range of rows for each core, if there is enough to do."""
    import faiss

    size = max(_PART, -(-count // faiss.omp_get_max_threads()))
    return [(start, min(start + size, count)) for start in range(0, count, size)]
