"""The rows with the largest inner products, found by faiss in float16 rows where they lie.

"Where they lie" may be a mapped file: nothing is copied, and nothing is read but what is looked at.
faiss and threads are imported where they are used, here and in `rough`, `approximate`, `centres`:
to search a small gallery once takes less time than importing them.

Shape legend: N rows, D their width, C candidates.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Halves = NDArray[np.float16]
"""(N, D) float16, contiguous."""

Rows = NDArray[np.int64]
Scores = NDArray[np.float32]
Found = tuple[Rows, Scores]

_BLOCK = 4096  # rows of the second look that are held in float64 at once


def nearest(
    halves_ND: Halves,
    spans: Sequence[tuple[int, int]],
    query_D: NDArray[np.float32],
    k: int,
    *,
    names_N: Rows | None = None,
    allowed: NDArray[np.bool_] | None = None,
) -> Found:
    """The k best rows within some spans (from, to) of the rows, in no order; all if they are fewer.

    Scores are float32 sums. Rows are told by their numbers, or by their names; rows for whose
    number or name `allowed` is False are passed over.
    """
    import faiss

    swig: Any = faiss  # its wrappers are made at run time; type checkers do not see them
    if names_N is None:
        names_N = np.arange(len(halves_ND))
    if not (halves_ND.flags.c_contiguous and names_N.flags.c_contiguous):
        raise ValueError("rows and names must lie side by side in memory")
    query_D = np.ascontiguousarray(query_D, np.float32)
    scores_k = np.full(k, -np.inf, np.float32)
    names_k = np.full(k, -1, np.int64)
    selector = None
    if allowed is not None:
        selector = swig.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))
    quantizer = swig.ScalarQuantizer(len(query_D), swig.ScalarQuantizer.QT_fp16)
    scanner = quantizer.select_InvertedListScanner(
        swig.METRIC_INNER_PRODUCT, None, False, selector, False
    )
    # Addresses once, sums in the loop: there may be a hundred spans in a millisecond.
    rows, names, width = halves_ND.ctypes.data, names_N.ctypes.data, halves_ND.strides[0]
    scores, found = swig.swig_ptr(scores_k), swig.swig_ptr(names_k)
    try:
        scanner.set_query(swig.swig_ptr(query_D))
        scanner.set_list(0, 0.0)
        for start, end in spans:
            scanner.scan_codes(
                end - start,
                swig.cast_integer_to_uint8_ptr(rows + start * width),
                swig.cast_integer_to_idx_t_ptr(names + start * names_N.itemsize),
                scores,
                found,
                k,
            )
    finally:
        if not scanner.thisown:  # faiss makes it for us, but its wrapper does not know that
            swig.InvertedListScanner.__swig_destroy__(scanner)
    there = names_k >= 0
    return names_k[there], scores_k[there]


def candidates(look: Callable[[int], Found], k: int, everything: Rows, margin: float) -> Rows:
    """Rows, ascending, that hold the k best of `everything` and whatever ties with them.

    `look(n)` finds the n best by rough scores. What belongs among the k best has a rough score not
    below the k-th rough score less `margin`, twice the largest error of a score; so more is asked
    for until something is below.
    """
    want = 2 * k + 64
    while want < len(everything):
        rows_C, scores_C = look(want)
        least = np.partition(scores_C, -k)[-k] - margin
        if scores_C.min() < least:
            return np.sort(rows_C[scores_C >= least])
        want *= 16
    return everything


def rounding(query_D: NDArray[np.float32]) -> float:
    """The largest error of a float32 product of this query with a row of length one.

    Sums err by D * eps / 2 times the two lengths at most, whatever their order.
    """
    return len(query_D) * float(np.finfo(np.float32).eps) * float(np.linalg.norm(query_D))


def ranked(
    rows_C: Rows, vectors_ND: NDArray[np.floating], query_D: NDArray[np.float32], k: int
) -> Found:
    """The k best places in `rows_C`, best first, with their scores; equal scores keep its order.

    Scores are summed row by row in float64: equal vectors get exactly equal scores.
    """
    scores_C = np.empty(len(rows_C), np.float32)
    for start in range(0, len(rows_C), _BLOCK):
        part = slice(start, start + _BLOCK)
        block_BD = vectors_ND[rows_C[part]].astype(np.float64)
        scores_C[part] = (block_BD * query_D).sum(axis=1)
    best = np.argsort(-scores_C, kind="stable")[:k]
    return best, scores_C[best]
