"""Rows in a byte a number: read several times as fast as the rows, and how wrong they are at most.

Rows and queries are turned by one random rotation first: it changes no product, and leaves no axis
that is much longer than the others, as CLIP's vectors have some, for which all others would be
rounded coarsely. Products of bytes are exact, and what rounding has taken away was measured row by
row, so that a rough score comes with a bound of its error that always holds.

Shape legend: N rows, D their width, B some rows, A allowed by a filter.
"""

import contextlib
import os
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tipr.cores import cores
from tipr.encoder.protocol import Vectors
from tipr.gallery.nearest import Rows, rounding

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

_MOST = 127
_SEED = 0
_BLOCK = 4096  # rows that are fetched together
_PART = 25_000  # rows that are worth a thread
_SPARSE = 20  # times as many rows as are allowed, from which on only those are read


@dataclass(frozen=True, eq=False)
class Rough:
    """Row n, turned, is about `steps_N[n] * bytes_ND[n]`; `errors_N[n]` is the distance of both."""

    bytes_ND: NDArray[np.int8]
    steps_N: NDArray[np.float32]
    errors_N: NDArray[np.float32]
    turn_DD: NDArray[np.float32]

    def likely(self, query_D: NDArray[np.float32], k: int, rows: Rows | None = None) -> Rows:
        """Rows, ascending, with the k best among them and whatever ties with these; k >= 1.

        `rows`: ascending, the only ones to look at. Rows are taken to have length one.
        """
        # Not a product: BLAS' threads stay awake after it, and would take a core from the look.
        turned_D = np.einsum("d,de->e", query_D, self.turn_DD)
        (byte_D,), (step,), (error,) = in_bytes(turned_D[None])
        few = rows is not None and len(rows) * _SPARSE <= len(self.steps_N)
        read = slice(None) if rows is None else rows
        scores_A = self._products(byte_D, rows if few else None)
        if not few:
            scores_A = scores_A[read]
        scores_A *= self.steps_N[read] * step
        # q v - q' v' = q (v - v') + (q - q') v', and the length of v' is 1 + |v - v'| at most.
        # The rotations of both and the sums above them err by less than three sums of D terms.
        length = float(np.linalg.norm(query_D))
        common = float(error) + 3 * rounding(query_D)
        off_A = self.errors_N[read] * (length + float(error)) + common
        bar = np.partition(scores_A - off_A, -k)[-k]
        near = np.flatnonzero(scores_A + off_A >= bar)
        return near if rows is None else rows[near]

    def _products(self, byte_D: NDArray[np.int8], rows: Rows | None) -> NDArray[np.float64]:
        """Exact inner products with these rows or all, on all cores."""
        import numkong

        kernels: Any = numkong

        def product(bytes_BD: NDArray[np.int8]) -> NDArray[np.float64]:
            return np.asarray(kernels.cdist(byte_D[None], bytes_BD, "dot"))[0]

        def of(part: slice) -> NDArray[np.float64]:
            if rows is None:
                return product(self.bytes_ND[part])
            own = rows[part]
            blocks = (own[start : start + _BLOCK] for start in range(0, len(own), _BLOCK))
            return np.concatenate([product(self.bytes_ND[block]) for block in blocks])

        count = len(self.bytes_ND) if rows is None else len(rows)
        size = max(_PART, -(-count // cores()))
        parts = [slice(start, start + size) for start in range(0, count, size)]
        if len(parts) == 1:
            return of(parts[0])
        return np.concatenate(list(_threads().map(of, parts)))


def in_bytes(
    turned_BD: Vectors,
) -> tuple[NDArray[np.int8], NDArray[np.float32], NDArray[np.float32]]:
    """Of rows: bytes (B, D), the step of each row, and how far it is from step times bytes."""
    largest_B = np.abs(turned_BD).max(axis=1)
    steps_B = np.maximum(largest_B / _MOST, np.finfo(np.float32).tiny)
    whole_BD = np.rint(turned_BD / steps_B[:, None])
    errors_B = np.linalg.norm(turned_BD - whole_BD * steps_B[:, None], axis=1)
    return whole_BD.astype(np.int8), steps_B, errors_B


def rotation(width: int) -> NDArray[np.float32]:
    """(D, D), orthogonal, drawn evenly from all rotations and mirrorings; the same every time."""
    drawn_DD = np.random.default_rng(_SEED).standard_normal((width, width))
    return np.linalg.qr(drawn_DD).Q.astype(np.float32)


@cache
def _threads() -> "ThreadPoolExecutor":
    """One for each core, kept: to start them takes as long as to look at some 10,000 rows."""
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(cores(), "tipr-rough", _own_core, (count(),))


def _own_core(turn: count) -> None:
    """Left alone, two threads woken by one share its core for a dozen queries."""
    if hasattr(os, "sched_setaffinity"):
        mine = sorted(os.sched_getaffinity(0))
        with contextlib.suppress(PermissionError):  # a sandbox may forbid it; it is slower then
            os.sched_setaffinity(0, {mine[next(turn) % len(mine)]})
