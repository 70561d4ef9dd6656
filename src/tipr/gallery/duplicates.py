"""Pictures that are in a gallery twice, pixel by pixel or nearly so, in groups.

Shape legend: N different looks (64-bit perceptual hashes), P pairs that are compared at once.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from tipr.gallery.reader import Reader

NEAR = 5
"""Bits out of 64 in which the looks of near duplicates may differ.

Of 400 photographs of CUHK-PEDES saved again at JPEG quality 60, 99.8 % stay within, at half the
size 89 %; of the 12 million pairs among 4,981 of them none is, but five with equal pixels.
"""
_1, _2, _PAIRS = np.uint64(1), np.uint64(2), np.uint64(0x3333333333333333)
_WIDEST = 6  # beyond it chains join what has nothing in common
_AGREE = 3  # bands; with more the keys get longer, and many


@dataclass(frozen=True, slots=True)
class Group:
    """Pictures, at least two, by ascending id; `exact` if all have the same pixels."""

    ids: tuple[int, ...]
    exact: bool


def groups(gallery: Reader, near: int = NEAR) -> list[Group]:
    """The groups of a gallery, by the first id in them; a picture is in one group at most.

    Two pictures are in one group if they have the same pixels, if their looks differ in at most
    `near` bits, or if a chain of such pairs joins them. Pictures without a look (of one colour, or
    indexed by an older tipr) have exact duplicates only.

    Raises:
        ValueError: `near` is not within 0 and 6.
    """
    rows = gallery.ask("SELECT id, content, look FROM items ORDER BY id")
    by_content, by_look = defaultdict[bytes, list[int]](list), defaultdict[int, list[int]](list)
    for place, (_, content, look) in enumerate(rows):
        if content:
            by_content[content].append(place)
        if look:
            by_look[look].append(place)
    sets = _Sets(len(rows))
    for places in (*by_content.values(), *by_look.values()):
        for place in places[1:]:
            sets.join(places[0], place)
    firsts = [places[0] for places in by_look.values()]
    for one, other in near_pairs(np.fromiter(by_look, np.int64, len(by_look)), near):
        sets.join(firsts[one], firsts[other])
    return [
        Group(
            tuple(rows[place][0] for place in places),
            exact=len({rows[place][1] for place in places}) == 1,
        )
        for places in sets.together()
    ]


def near_pairs(looks_N: NDArray[np.int64], near: int) -> Iterator[tuple[int, int]]:
    """Pairs of indices of different looks that differ in at most `near` bits; of those that
    others join already some are left out.

    The 64 bits are cut into `near` + 3 bands. At most `near` of them differ in such a pair, so it
    agrees in three: looks are sorted by each three bands, and only those that agree in them are
    compared (after Manku, Jain and Das Sarma, WWW 2007).

    Raises:
        ValueError: `near` is not within 0 and 6.
    """
    if not 0 <= near <= _WIDEST:
        raise ValueError(f"near must be within 0 and {_WIDEST}, found {near}")
    if near == 0:
        return
    words_N, sets = looks_N.view(np.uint64), _Sets(len(looks_N))
    count = near + _AGREE
    edges = [round(64 * number / count) for number in range(count + 1)]
    bands = [(1 << last) - (1 << first) for first, last in pairwise(edges)]
    for some in combinations(bands, _AGREE):
        for one_P, other_P in _alike(words_N & np.uint64(sum(some))):
            close_P = _bits(words_N[one_P] ^ words_N[other_P]) <= near
            for one, other in zip(one_P[close_P].tolist(), other_P[close_P].tolist(), strict=True):
                if sets.join(one, other):
                    yield one, other


def _alike(keys_N: NDArray[np.uint64]) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """All pairs of indices with equal keys, (P,) and (P,) at a time."""
    order_N = np.argsort(keys_N, kind="stable")
    sorted_N = keys_N[order_N]
    start_P, apart = np.arange(len(keys_N)), 0
    while len(start_P):
        apart += 1
        start_P = start_P[start_P + apart < len(keys_N)]
        start_P = start_P[sorted_N[start_P] == sorted_N[start_P + apart]]
        yield order_N[start_P], order_N[start_P + apart]


def _bits(words_P: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """(P,) numbers of bits that are set, summed in pairs, fours and bytes; numpy 1 has no such."""
    words_P = words_P - ((words_P >> _1) & np.uint64(0x5555555555555555))
    words_P = (words_P & _PAIRS) + ((words_P >> _2) & _PAIRS)
    words_P = (words_P + (words_P >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return (words_P * np.uint64(0x0101010101010101)) >> np.uint64(56)


class _Sets:
    """Disjoint sets of the numbers below `count` (union-find with path halving)."""

    def __init__(self, count: int) -> None:
        self._parent = list(range(count))

    def join(self, one: int, other: int) -> bool:
        """Make one set of two; False if it is one already."""
        first, second = sorted((self._root(one), self._root(other)))
        self._parent[second] = first
        return first != second

    def together(self) -> Iterable[list[int]]:
        """The sets of two and more, each ascending, by their first number."""
        members = defaultdict[int, list[int]](list)
        for number in range(len(self._parent)):
            members[self._root(number)].append(number)
        return [some for some in members.values() if len(some) > 1]

    def _root(self, number: int) -> int:
        parent = self._parent
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number
