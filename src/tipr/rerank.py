"""Re-rank a gallery of pictures by shared neighbourhoods (k-reciprocal encoding).

Source: Zhong, Zheng, Cao, Li, "Re-ranking person re-identification with k-reciprocal encoding",
CVPR 2017 (arXiv 1701.08398); equation numbers below are the paper's. Distance d = 1 - cosine.

The paper's probes are pictures like its gallery. A sentence is not: it lies far from every picture
and near other sentences, so that no picture would ever count it among its neighbours. Therefore
**what is used here**: picture-picture cosines for the pictures' own encodings, as in the paper with
the gallery alone, and query-picture cosines for the query's, whose k1 nearest pictures are all
taken as its neighbours, without asking them back. Query-query cosines are not used: a query's
result does not depend on which other queries there are, so a search could serve it.

Shape legend: B queries, M gallery pictures, D feature width, K neighbours, S entries of one row.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tipr.errors import ConfigError

Floats = NDArray[np.float32]
Indices = NDArray[np.intp]

CHUNK = 512
"""Gallery pictures whose neighbours are looked for at once."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rerank:
    """The paper's parameters at its values.

    `k1`: neighbours that describe a picture; `k2`: neighbours whose descriptions are averaged;
    `original`: the share of the original distance in the final one (the paper's lambda).

    Raises:
        ConfigError: a parameter is out of its range.
    """

    k1: int = 20
    k2: int = 6
    original: float = 0.3

    def __post_init__(self) -> None:
        if not 1 <= self.k2 <= self.k1:
            raise ConfigError(f"re-ranking needs 1 <= k2 <= k1, found k1 {self.k1}, k2 {self.k2}")
        if not 0 <= self.original <= 1:
            raise ConfigError(f"re-ranking needs lambda from 0 to 1, found {self.original}")

    def as_json(self) -> dict[str, float]:
        """The parameters under the paper's names."""
        return {"k1": self.k1, "k2": self.k2, "lambda": self.original}

    def __str__(self) -> str:
        return f"k-reciprocal, k1={self.k1}, k2={self.k2}, lambda={self.original:g}"


class Row(NamedTuple):
    """One sparse vector over the gallery: entries `value_S` at `index_S`, each index once."""

    index_S: Indices
    value_S: Floats


class Reranker:
    """A gallery whose pictures are encoded by their neighbourhoods.

    Takes memory for M x (some hundred) numbers, not M x M; `chunk` x M while it is built.
    """

    def __init__(self, gallery_MD: Floats, settings: Rerank, *, chunk: int = CHUNK) -> None:
        """Rows are expected to be unit vectors."""
        self._gallery_MD = gallery_MD
        self._settings = settings
        near_MK = _neighbours(gallery_MD, settings.k1 + 1, chunk)
        pictures = range(len(gallery_MD))
        few = round(settings.k1 / 2) + 1
        self._half = [_reciprocal(near_MK[:, :few], at) for at in pictures]
        self._own = [self._encoded(gallery_MD[at], _reciprocal(near_MK, at)) for at in pictures]
        self._columns = _Columns(
            [_mean([self._own[at] for at in near_K[: settings.k2]]) for near_K in near_MK]
        )

    def similarity(self, query_BD: Floats) -> Floats:
        """(B, M): minus the final distance of every picture to every query (eq. 12)."""
        cosine_BM = query_BD @ self._gallery_MD.T
        shared_BM = np.stack(
            [
                self._columns.shared(self._of_query(query_D, cosine_M))
                for query_D, cosine_M in zip(query_BD, cosine_BM, strict=True)
            ]
        )
        # both encodings sum to one, so the larger entries sum to 2 less what the smaller do
        jaccard_BM = 1 - shared_BM / (2 - shared_BM)
        original = self._settings.original
        distance_BM = (1 - original) * jaccard_BM + original * (1 - cosine_BM)
        return -distance_BM.astype(np.float32, copy=False)

    def _of_query(self, query_D: Floats, cosine_M: Floats) -> Row:
        near_K = _largest(cosine_M[None], self._settings.k1)[0]
        own = self._encoded(query_D, near_K)
        # a query, like a picture, is the first of its own k2 neighbours
        return _mean([own, *(self._own[at] for at in near_K[: self._settings.k2 - 1])])

    def _encoded(self, features_D: Floats, neighbours_K: Indices) -> Row:
        """Neighbours with those that eq. 5 adds, weighted by eq. 7; sums to one."""
        halves = [self._half[at] for at in neighbours_K]
        joined = [h for h in halves if 3 * np.isin(h, neighbours_K).sum() >= 2 * len(h)]
        index_S = np.unique(np.concatenate([neighbours_K, *joined]))
        value_S = np.exp(self._gallery_MD[index_S] @ features_D - 1)
        return Row(index_S, value_S / value_S.sum())


class _Columns:
    """The pictures' encodings by column: which pictures have an entry there, and how large."""

    def __init__(self, rows: list[Row]) -> None:
        self._pictures = len(rows)
        column = np.concatenate([row.index_S for row in rows])
        order = np.argsort(column, kind="stable")
        self._ends = np.concatenate([[0], np.cumsum(np.bincount(column, minlength=len(rows)))])
        self._row = np.repeat(np.arange(len(rows)), [len(row.index_S) for row in rows])[order]
        self._value = np.concatenate([row.value_S for row in rows])[order]

    def shared(self, query: Row) -> Floats:
        """(M,) for each picture the sum of the smaller of its and the query's entries (eq. 10)."""
        spans = [slice(self._ends[at], self._ends[at + 1]) for at in query.index_S]
        rows = np.concatenate([self._row[span] for span in spans])
        smaller = np.concatenate(
            [
                np.minimum(self._value[span], value)
                for span, value in zip(spans, query.value_S, strict=True)
            ]
        )
        return np.bincount(rows, smaller, minlength=self._pictures).astype(np.float32)


def _neighbours(gallery_MD: Floats, count: int, chunk: int) -> Indices:
    """(M, count) the nearest pictures of each, best first; every picture is its own first."""
    found: list[Indices] = []
    for start in range(0, len(gallery_MD), chunk):
        cosine_BM = gallery_MD[start : start + chunk] @ gallery_MD.T
        np.fill_diagonal(cosine_BM[:, start:], np.inf)  # also before its own duplicates
        found.append(_largest(cosine_BM, count))
    return np.concatenate(found)


def _largest(score_BM: Floats, count: int) -> Indices:
    """(B, count) where the largest scores of each row are, or all where there are fewer."""
    count = min(count, score_BM.shape[1])
    some_BK = np.sort(np.argpartition(-score_BM, count - 1, axis=1)[:, :count], axis=1)
    order_BK = np.argsort(-np.take_along_axis(score_BM, some_BK, axis=1), axis=1, kind="stable")
    return np.take_along_axis(some_BK, order_BK, axis=1)


def _reciprocal(near_MK: Indices, at: int) -> Indices:
    """The neighbours of a picture that have it among theirs (eq. 3)."""
    mutual_K = (near_MK[near_MK[at]] == at).any(axis=1)
    return near_MK[at][mutual_K]


def _mean(rows: list[Row]) -> Row:
    """The mean of sparse vectors (eq. 11)."""
    index, place = np.unique(np.concatenate([row.index_S for row in rows]), return_inverse=True)
    total = np.bincount(place, np.concatenate([row.value_S for row in rows]))
    return Row(index, (total / len(rows)).astype(np.float32))
