"""Pictures of one appearance as one hit: near-duplicates, and tracks past one camera.

Shape legend: B pictures of a block, best first, R of them in doubt, D the encoder's width.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tipr.encoder.protocol import Vectors
from tipr.gallery.reader import Reader
from tipr.search.stored import vectors_of

_AT_ONCE = 500  # SQLite bounds the number of variables of a statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """When two pictures are one appearance; what holds for neighbours in a chain holds for all.

    Near-duplicates: equal pixels, or perceptual hashes that differ in at most `bits` of 64 and a
    cosine of at least `twin`. A track: one camera (or one video), at most `gap_s` seconds apart,
    not in one frame, and a cosine of at least `track`.
    """

    bits: int = 8
    twin: float = 0.95
    gap_s: float = 10.0
    track: float = 0.85


class Sights(NamedTuple):
    """What is known of B pictures; -1 stands for an unknown camera, NaN for an unknown time.

    `file_B` and `camera_B` and `content_B` are numbers: equal ones mean the same. Times are in
    seconds, `frame_B` within a video. `look_B` is 0 where it is not known.
    """

    file_B: NDArray[np.int64]
    camera_B: NDArray[np.int64]
    time_B: NDArray[np.float64]
    frame_B: NDArray[np.float64]
    content_B: NDArray[np.int64]
    look_B: NDArray[np.uint64]


def groups(gallery: Reader, ids_B: NDArray[np.int64], grouping: Grouping) -> list[list[int]]:
    """Rows of `ids_B` by appearance: each group in their order, the groups in that of its first."""
    if len(ids_B) == 0:
        return []

    def vectors(rows_R: NDArray[np.intp]) -> Vectors:
        return vectors_of(gallery, ids_B[rows_R])

    return list(_connected(alike(sights(gallery, ids_B), vectors, grouping)))


def alike(
    sights: Sights, vectors: Callable[[NDArray[np.intp]], Vectors], grouping: Grouping
) -> NDArray[np.bool_]:
    """(B, B), True where two pictures are one appearance, before chains are followed.

    `vectors` gives the vectors (R, D) of some of the rows: it is asked for those alone that what is
    known of them leaves in doubt.
    """
    same_BB = (sights.content_B[:, None] == sights.content_B) & (sights.content_B >= 0)
    looks_BB, times_BB = _near_looks(sights, grouping.bits), _near_times(sights, grouping.gap_s)
    maybe_BB = np.triu(looks_BB | times_BB, 1)
    rows_R = np.flatnonzero(maybe_BB.any(axis=0) | maybe_BB.any(axis=1))
    if len(rows_R):
        vectors_RD = vectors(rows_R)
        cosine_RR = vectors_RD @ vectors_RD.T
        among = np.ix_(rows_R, rows_R)
        same_BB[among] |= looks_BB[among] & (cosine_RR >= grouping.twin)
        same_BB[among] |= times_BB[among] & (cosine_RR >= grouping.track)
    same_BB |= same_BB.T  # a product need not be symmetric to the last bit
    np.fill_diagonal(same_BB, False)
    return same_BB


def sights(gallery: Reader, ids_B: NDArray[np.int64]) -> Sights:
    """What the gallery knows of pictures that it holds, in the order of `ids_B`."""
    found = {}
    for start in range(0, len(ids_B), _AT_ONCE):
        some = ids_B[start : start + _AT_ONCE].tolist()
        for number, *known in gallery.ask(
            "SELECT id, file, camera, time_ms, frame_ms, content, look FROM items "
            f"WHERE id IN ({', '.join('?' * len(some))})",
            some,
        ):
            found[number] = known
    rows = [found[number] for number in ids_B.tolist()]
    file, camera, time_ms, frame_ms, content, look = zip(*rows, strict=True)
    return Sights(
        np.array(file, np.int64),
        _numbered(camera),
        np.array(time_ms, np.float64) / 1000,  # None becomes NaN
        np.array(frame_ms, np.float64) / 1000,
        _numbered(content),
        np.array(look, np.int64).view(np.uint64),
    )


def _numbered(values: Sequence[str | bytes | None]) -> NDArray[np.int64]:
    """Equal values as equal numbers, nothing as -1."""
    numbers: dict[object, int] = {}
    return np.array([numbers.setdefault(one, len(numbers)) if one else -1 for one in values])


def _near_looks(sights: Sights, bits: int) -> NDArray[np.bool_]:
    """(B, B)"""
    look_B, known_B = sights.look_B, sights.look_B != 0
    differ_BB = np.bitwise_count(look_B[:, None] ^ look_B)
    return (differ_BB <= bits) & known_B[:, None] & known_B


def _near_times(sights: Sights, gap_s: float) -> NDArray[np.bool_]:
    """(B, B)"""

    def gap(values_B: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.abs(values_B[:, None] - values_B)  # NaN, which nothing is below, if unknown

    camera_B, file_B, still_B = sights.camera_B, sights.file_B, np.isnan(sights.frame_B)
    same_camera_BB = (camera_B[:, None] == camera_B) & (camera_B >= 0)
    same_file_BB = file_B[:, None] == file_B
    frame_BB = gap(sights.frame_B)
    one_frame_BB = same_file_BB & ((still_B[:, None] & still_B) | (frame_BB == 0))
    together_BB = same_camera_BB & (gap(sights.time_B) <= gap_s)
    return (together_BB | (same_file_BB & (frame_BB <= gap_s))) & ~one_frame_BB


def _connected(same_BB: NDArray[np.bool_]) -> Iterator[list[int]]:
    """The connected components, rows ascending, in the order of their first rows."""
    left_B = np.ones(len(same_BB), np.bool_)
    linked_B = same_BB.max(axis=1, initial=False)
    for row in range(len(same_BB)):
        if left_B[row] and linked_B[row]:
            member_B = np.zeros_like(left_B)
            edge = np.array([row])
            while len(edge):
                member_B[edge] = True
                edge = np.flatnonzero(same_BB[edge].any(axis=0) & ~member_B)
            left_B[member_B] = False
            yield np.flatnonzero(member_B).tolist()
        elif left_B[row]:
            yield [row]
