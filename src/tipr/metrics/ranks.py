"""The ranks of each query's matches, without sorting everything, a chunk of queries at a time.

Shape legend: N queries, M gallery items, D feature width, B queries of one chunk, m matches of
one query.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tipr.cores import cores
from tipr.errors import DataError
from tipr.metrics.scores import Outcomes, Ranking

People = Sequence[Hashable] | NDArray[Any]
"""The identity of each query or gallery item: anything that can be compared and hashed."""

Floats = NDArray[np.float32]

CHUNK = 512
"""Queries per product: 512 x 20,000 scores are 40 MB, and larger chunks are no faster."""


def rank_features(
    query_ND: Floats,
    gallery_MD: Floats,
    query_people: People,
    gallery_people: People,
    *,
    chunk: int = CHUNK,
) -> Ranking:
    """The means of `feature_outcomes`, which see.

    Raises:
        DataError: as `feature_outcomes`.
    """
    return feature_outcomes(
        query_ND, gallery_MD, query_people, gallery_people, chunk=chunk
    ).ranking()


def feature_outcomes(
    query_ND: Floats,
    gallery_MD: Floats,
    query_people: People,
    gallery_people: People,
    *,
    chunk: int = CHUNK,
) -> Outcomes:
    """Rank the gallery for every query by inner product; rows are expected to be unit vectors.

    Memory beyond the features is `chunk` x M float32 scores.

    Raises:
        DataError: no query or no gallery item, no query with a match, or a feature that is not
            finite (it would otherwise rank first or last by accident).
    """
    if query_ND.ndim != 2 or gallery_MD.ndim != 2 or query_ND.shape[1] != gallery_MD.shape[1]:
        raise ValueError(f"expected (N, D), (M, D); found {query_ND.shape}, {gallery_MD.shape}")
    _require_lengths(len(query_ND), len(gallery_MD), query_people, gallery_people)
    for name, features in (("query", query_ND), ("gallery", gallery_MD)):
        bad = np.flatnonzero(~np.isfinite(features).all(axis=1))
        if bad.size:
            raise DataError(
                f"{bad.size} of {len(features)} {name} features are not finite (first: row "
                f"{bad[0]}); the encoder is broken, try another checkpoint or float32"
            )

    matches = _Matches(query_people, gallery_people)
    # A matrix product rounds its last columns differently; equal items must tie exactly, so each
    # different one is multiplied once.
    first_U, of_M = _different(gallery_MD)
    unique_UD = gallery_MD if len(first_U) == len(gallery_MD) else gallery_MD[first_U]
    products = (
        (rows, query_ND[rows] @ unique_UD.T) for rows in _chunks(matches.matched_rows, chunk)
    )
    if unique_UD is gallery_MD:
        return _rank(products, matches)
    return _rank(((rows, scores_BU[:, of_M]) for rows, scores_BU in products), matches)


def rank_scores(
    scores_NM: Floats, query_people: People, gallery_people: People, *, chunk: int = CHUNK
) -> Ranking:
    """Rank by a similarity matrix that is already there (higher is better); it is left as it is.

    Raises:
        DataError: as `rank_features`; a score is NaN.
    """
    if scores_NM.ndim != 2:
        raise ValueError(f"expected scores (N, M); found {scores_NM.shape}")
    queries, items = scores_NM.shape
    _require_lengths(queries, items, query_people, gallery_people)
    # Rows picked by a list of indices are a copy, which the ranking may then sort in place.
    return rank_blocks(lambda rows: scores_NM[rows], query_people, gallery_people, chunk=chunk)


def rank_blocks(
    scores_of: Callable[[NDArray[np.intp]], Floats],
    query_people: People,
    gallery_people: People,
    *,
    chunk: int = CHUNK,
) -> Ranking:
    """Rank by similarities computed when they are needed: `scores_of(rows)` gives (B, M) of these
    queries, at most `chunk` of them, an array that may be sorted in place.

    Raises:
        DataError: as `rank_features`; a score is NaN.
    """
    matches = _Matches(query_people, gallery_people)
    blocks = ((rows, scores_of(rows)) for rows in _chunks(matches.matched_rows, chunk))
    return _rank(blocks, matches).ranking()


def _different(gallery_MD: Floats) -> tuple[list[int], list[int]]:
    """The first row of each kind among equal rows, and for every row the number of its kind."""
    kinds: dict[bytes, int] = {}
    first_U: list[int] = []
    of_M: list[int] = []
    for row, features_D in enumerate(gallery_MD):
        kind = kinds.setdefault(features_D.tobytes(), len(kinds))
        if kind == len(first_U):
            first_U.append(row)
        of_M.append(kind)
    return first_U, of_M


class _Matches:
    """Which gallery items show the person of a query, without an N x M comparison."""

    def __init__(self, query_people: People, gallery_people: People) -> None:
        numbers: dict[Hashable, int] = {}
        gallery_M = np.array([numbers.setdefault(p, len(numbers)) for p in _listed(gallery_people)])
        self.person_N = np.array([numbers.get(p, -1) for p in _listed(query_people)])
        # Gallery items in order of person: those of person p stand together.
        self.items_M = np.argsort(gallery_M, kind="stable")
        self.ends = np.cumsum(np.bincount(gallery_M))
        self.matched_rows = np.flatnonzero(self.person_N >= 0)
        if not self.matched_rows.size:
            raise DataError(
                f"none of the {len(self.person_N)} queries shows a person of the gallery; "
                "check that both come from the same split"
            )

    def of(self, row: int) -> NDArray[np.intp]:
        """The gallery items that match a matched query."""
        person = self.person_N[row]
        start = self.ends[person - 1] if person else 0
        return self.items_M[start : self.ends[person]]


def _rank(blocks: Iterator[tuple[NDArray[np.intp], Floats]], matches: _Matches) -> Outcomes:
    """Collect (first rank, AP, INP) of every matched query; `blocks` are sorted in place."""
    threads = cores()
    found: list[NDArray[np.float64]] = []
    with ThreadPoolExecutor(threads) as pool:
        for rows, scores_BM in blocks:
            # The product uses all cores by itself; sorting gets them by shares of the chunk.
            shares = np.array_split(np.arange(len(rows)), threads)
            found += pool.map(
                lambda share, rows=rows, scores=scores_BM: _rank_rows(
                    scores[share[0] : share[-1] + 1], rows[share], matches
                ),
                (share for share in shares if share.size),
            )
    queries = len(matches.person_N)
    outcomes = Outcomes(
        np.zeros(queries, np.int64), np.full(queries, np.nan), np.full(queries, np.nan)
    )
    whole = (outcomes.first_N, outcomes.precision_N, outcomes.inverse_N)
    for column_N, values in zip(whole, np.concatenate(found, axis=1), strict=True):
        column_N[matches.matched_rows] = values
    return outcomes


def _rank_rows(scores_BM: Floats, rows: NDArray[np.intp], matches: _Matches) -> NDArray[np.float64]:
    """(3, B): rank of the first match, average precision and inverse negative penalty."""
    thresholds = [np.sort(scores_BM[b, matches.of(row)]) for b, row in enumerate(rows)]
    # Sorting values is some twenty times faster than sorting indices, and counting the scores
    # above a threshold needs no more.
    scores_BM.sort(axis=1)
    if np.isnan(scores_BM[:, -1]).any():  # NaN sorts last
        raise DataError("a similarity is NaN; the features are broken or overflow")
    found_3B = np.empty((3, len(rows)))
    for b, match_m in enumerate(thresholds):
        count = len(match_m)
        place_m = np.arange(count, 0, -1)  # ascending scores: the last is the best
        above_m = scores_BM.shape[1] - scores_BM[b].searchsorted(match_m)
        above_m -= count - match_m.searchsorted(match_m)  # leaves the non-matches
        rank_m = place_m + above_m
        found_3B[:, b] = rank_m[-1], (place_m / rank_m).mean(), count / rank_m[0]
    return found_3B


def _chunks(rows: NDArray[np.intp], chunk: int) -> Iterator[NDArray[np.intp]]:
    if chunk < 1:
        raise ValueError(f"chunk must be at least 1, found {chunk}")
    return (rows[start : start + chunk] for start in range(0, len(rows), chunk))


def _require_lengths(queries: int, items: int, query_people: People, items_people: People) -> None:
    if (queries, items) != (len(query_people), len(items_people)):
        raise ValueError(
            f"{queries} queries and {items} gallery items, but people for {len(query_people)} "
            f"and {len(items_people)}"
        )
    if not queries or not items:
        raise DataError(
            f"nothing to rank: {queries} queries and {items} gallery items; both are needed"
        )


def _listed(people: People) -> Sequence[Hashable]:
    return people.tolist() if isinstance(people, np.ndarray) else people
