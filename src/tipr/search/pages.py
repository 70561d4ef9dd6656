"""A ranking cut into pages that neither repeat nor skip a picture.

An approximate index that is asked for more may order even its first hits otherwise, and what is
one group depends on which pictures are looked at. So a ranking is made of blocks of a fixed size: a
block is what a search of its depth adds to the blocks before it, groups lie within one block, and
a page is a stretch of their sequence. It depends on the query and the gallery's content alone.

Shape legend: B pictures of a block.
"""

from collections.abc import Callable, Iterator, Set
from itertools import count, islice
from typing import NamedTuple

import numpy as np

from tipr.search.neighbours import Found, Ids

Look = Callable[[int], Found]
"""The so many best pictures, all where there are fewer."""

Split = Callable[[Ids], list[list[int]]]
"""The rows of a block by group; rows and groups best first."""


class Group(NamedTuple):
    """Pictures that are shown as one hit, best first.

    `rank` is its place in the whole ranking, from 1; `score` that of its best picture.
    """

    rank: int
    score: float
    ids: tuple[int, ...]


def blocks(look: Look, size: int, left_out: Set[int] = frozenset()) -> Iterator[Found]:
    """The whole ranking without some pictures, `size` at a time; the last may be shorter."""
    passed_X = np.array(sorted(left_out), np.int64)
    depth = len(passed_X)
    while True:
        depth += size
        ids_C, scores_C = look(depth)
        new_C = ~np.isin(ids_C, passed_X)
        ids_B, scores_B = ids_C[new_C][:size], scores_C[new_C][:size]
        yield ids_B, scores_B
        if len(ids_B) < size:
            return
        passed_X = np.concatenate([passed_X, ids_B])


def grouped(found: Iterator[Found], split: Split) -> Iterator[Group]:
    """The groups of each block, one after the other."""
    rank = count(1)
    for ids_B, scores_B in found:
        for rows in split(ids_B):
            yield Group(next(rank), float(scores_B[rows[0]]), tuple(ids_B[rows].tolist()))


def alone(ids_B: Ids) -> list[list[int]]:
    """Every picture a group of its own."""
    return [[row] for row in range(len(ids_B))]


def page(sequence: Iterator[Group], number: int, k: int) -> tuple[list[Group], bool]:
    """The groups of a page, which count from 1, and whether there are more behind it."""
    some = list(islice(sequence, (number - 1) * k, number * k + 1))
    return some[:k], len(some) > k
