"""Only pictures that lie near the query are looked at: lists around centres, short rows, a re-rank.

Vectors are divided among the nearest of L centres (spherical k-means). A query looks into the
lists of the nearest centres. There it is compared with H numbers for each picture, the vector's
share in the principal axes that hold most of the variance; whatever comes out best is ranked anew
by its whole vector in float16, so scores differ from exact ones by 0.0005 at most. What lies in
other lists is missed.

Source of the lists: Jegou, Douze & Schmid, TPAMI 2011; we shorten rows by principal axes where
they quantise.

Shape legend: N pictures, Q queries, D the encoder's width, H short rows' width, L lists, B of a
block, S of a sample, C candidates, A allowed by a filter.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from math import ceil, sqrt
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from tipr.encoder.protocol import Vectors
from tipr.gallery.centres import learned_centres, nearest_centres, principal_axes
from tipr.gallery.derived import Arrays
from tipr.gallery.nearest import Found, Halves, Rows, candidates, nearest, ranked, rounding
from tipr.gallery.sinks import Sink

SHARE = 0.1
"""Part of the lists that a query looks into."""
ENOUGH = 16_384
"""Pictures there must be in those lists, after a filter; else a query looks into more."""
RANKED = 512
"""Pictures that are ranked by their whole vectors, or 16 for each one asked for."""

_DENSE = 0.125  # part of the pictures from which on whole lists are read, whatever is allowed
_VARIANCE = 0.95  # held by the short rows
_POINTS = 64  # vectors for each centre that it is learned from
_SEED = 0
_BLOCK = 16_384  # rows that are moved at once


@dataclass(frozen=True, eq=False)
class Approximate:
    """Vectors list after list; within a list in gallery order."""

    KIND: ClassVar = "approximate"
    ARRAYS: ClassVar = ("ids", "halves", "heads", "rows", "starts", "centres", "axes")

    ids: Rows
    """(N,) ascending."""
    halves_ND: Halves
    heads_NH: Halves
    rows_N: Rows
    """The row in gallery order that is at each place of the lists."""
    starts: Rows
    """(L + 1,): list l holds the places from starts[l] up to starts[l + 1]."""
    centres_LD: Vectors
    axes_HD: Vectors
    share: float = SHARE
    enough: int = ENOUGH

    @classmethod
    def make(
        cls, blocks: Iterable[tuple[Rows, Vectors]], width: int, count: int, sink: Sink
    ) -> None:
        """Fill the sink from blocks of ids and about `count` vectors, in ascending order of ids.

        The lists depend on the vectors only, not on how they are cut into blocks.
        """
        lists = round(sqrt(count))
        sample_SD = _gathered(blocks, width, count, lists * _POINTS, sink)
        centres_LD = learned_centres(sample_SD, min(lists, len(sample_SD)))
        axes_HD = principal_axes(sample_SD, _VARIANCE)
        del sample_SD
        passing_ND = sink.array("passing")
        list_N = nearest_centres(passing_ND, centres_LD)
        order_N = np.argsort(list_N, kind="stable")
        sink.append("rows", order_N)
        sink.append("starts", np.searchsorted(list_N[order_N], np.arange(len(centres_LD) + 1)))
        sink.append("centres", centres_LD)
        sink.append("axes", axes_HD)
        for start in range(0, max(1, count), _BLOCK):
            halves_BD = passing_ND[order_N[start : start + _BLOCK]]
            sink.append("halves", halves_BD)
            heads_BH = halves_BD.astype(np.float32) @ axes_HD.T
            sink.append("heads", heads_BH.astype(np.float16))
        del passing_ND
        sink.forget("passing")

    @classmethod
    def of(cls, arrays: Arrays) -> Self:
        """The searcher over what `make` wrote."""
        return cls(
            ids=arrays["ids"],
            halves_ND=arrays["halves"],
            heads_NH=arrays["heads"],
            rows_N=arrays["rows"],
            starts=arrays["starts"],
            centres_LD=arrays["centres"],
            axes_HD=arrays["axes"],
        )

    def __str__(self) -> str:
        return f"approximate: looks into {self.probes:,} of {len(self.centres_LD):,} lists, or more"

    @property
    def probes(self) -> int:
        """Lists that a query looks into."""
        return ceil(self.share * len(self.centres_LD))

    def search(self, queries_QD: Vectors, k: int, rows: Rows | None = None) -> list[Found]:
        """For each query the k best rows that were found, best first, and their scores.

        `rows`: ascending, the only ones to look at. 1 <= k <= their number.
        """
        allowed = None if rows is None else _Allowed.of(rows, self._lists, len(self.centres_LD))
        if len(queries_QD) == 1:
            return [self._one(queries_QD[0], k, allowed)]
        from concurrent.futures import ThreadPoolExecutor

        import faiss

        with ThreadPoolExecutor(faiss.omp_get_max_threads()) as threads:
            return list(threads.map(lambda query_D: self._one(query_D, k, allowed), queries_QD))

    def _one(self, query_D: NDArray[np.float32], k: int, allowed: "_Allowed | None") -> Found:
        rows_C = np.sort(self._likely(query_D, max(RANKED, 16 * k), allowed))
        halves_CD = self.halves_ND[self._places[rows_C]]

        def look(want: int) -> Found:
            return nearest(halves_CD, [(0, len(halves_CD))], query_D, want)

        near_C = candidates(look, k, np.arange(len(rows_C)), 2 * rounding(query_D))
        best, scores = ranked(near_C, halves_CD, query_D, k)
        return rows_C[near_C[best]], scores

    def _likely(self, query_D: NDArray[np.float32], count: int, allowed: "_Allowed | None") -> Rows:
        """So many rows whose short rows are the best in the lists looked into, in no order."""
        head_H = _products(self.axes_HD, query_D)
        order_L = np.argsort(-_products(self.centres_LD, query_D))
        sizes_L = np.diff(self.starts) if allowed is None else allowed.sizes_L
        enough = max(count, self.enough)
        needed = int(np.searchsorted(np.cumsum(sizes_L[order_L]), enough)) + 1
        chosen_L = np.zeros(len(order_L), np.bool_)
        chosen_L[order_L[: max(needed, self.probes)]] = True
        if allowed is not None and len(allowed.rows) < _DENSE * len(self.ids):
            rows = allowed.rows[chosen_L[allowed.list_A]]
            heads_AH = self.heads_NH[self._places[rows]]
            return nearest(heads_AH, [(0, len(rows))], head_H, count, names_N=rows)[0]
        # Lists that lie side by side are looked at as one.
        edges = np.flatnonzero(np.diff(chosen_L, prepend=False, append=False))
        ends = self.starts[edges].tolist()
        spans = list(zip(ends[::2], ends[1::2], strict=True))
        mask = None if allowed is None else allowed.mask
        return nearest(self.heads_NH, spans, head_H, count, names_N=self.rows_N, allowed=mask)[0]

    @cached_property
    def _places(self) -> Rows:
        """Where in the lists each row of gallery order is."""
        place_N = np.empty_like(self.rows_N)
        place_N[self.rows_N] = np.arange(len(place_N))
        return place_N

    @cached_property
    def _lists(self) -> NDArray[np.int32]:
        """The list of each row of gallery order."""
        lists = np.arange(len(self.centres_LD), dtype=np.int32)
        return np.repeat(lists, np.diff(self.starts))[self._places]


@dataclass(frozen=True, eq=False)
class _Allowed:
    """The rows that a filter leaves."""

    rows: Rows
    list_A: NDArray[np.int32]
    sizes_L: Rows
    mask: NDArray[np.bool_]

    @classmethod
    def of(cls, rows: Rows, list_N: NDArray[np.int32], lists: int) -> Self:
        list_A = list_N[rows]
        mask = np.zeros(len(list_N), np.bool_)
        mask[rows] = True
        return cls(rows, list_A, np.bincount(list_A, minlength=lists), mask)


def _products(rows_ND: Vectors, query_D: NDArray[np.float32]) -> NDArray[np.float32]:
    """A product so small that it is done before a second thread of a BLAS would have woken up."""
    return np.einsum("nd,d->n", rows_ND, query_D)


def _gathered(
    blocks: Iterable[tuple[Rows, Vectors]], width: int, count: int, size: int, sink: Sink
) -> Vectors:
    """Write "ids" and, in float16, "passing"; returns about `size` of the vectors (S, D)."""
    chance = np.random.default_rng(_SEED)
    sink.append("ids", np.empty(0, np.int64))
    sink.append("passing", np.empty((0, width), np.float16))
    sample = [np.empty((0, width), np.float32)]
    for ids_B, vectors_BD in blocks:
        sink.append("ids", ids_B)
        sink.append("passing", vectors_BD.astype(np.float16))
        sample.append(vectors_BD[chance.random(len(ids_B)) * count < size])
    return np.concatenate(sample)
