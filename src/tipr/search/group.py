"""Pictures of one appearance as one hit: near-duplicates, and tracks past one camera.

Shape legend: B pictures of a block, best first, D the encoder's width, E pairs that look alike.
"""

from collections.abc import Iterator, Sequence
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
    vectors_BD = vectors_of(gallery, ids_B)
    return list(_connected(alike(sights(gallery, ids_B), vectors_BD, grouping)))


def alike(sights: Sights, vectors_BD: Vectors, grouping: Grouping) -> NDArray[np.bool_]:
    """(B, B), True where two pictures are one appearance, before chains are followed."""
    cosine_BB = vectors_BD @ vectors_BD.T
    same_BB = (sights.content_B[:, None] == sights.content_B) & (sights.content_B >= 0)
    one_E, two_E = np.nonzero(cosine_BB >= min(grouping.twin, grouping.track))
    one_E, two_E = one_E[one_E < two_E], two_E[one_E < two_E]
    cosine_E = cosine_BB[one_E, two_E]
    near_E = (cosine_E >= grouping.twin) & _near_looks(sights, one_E, two_E, grouping.bits)
    near_E |= (cosine_E >= grouping.track) & _near_times(sights, one_E, two_E, grouping.gap_s)
    same_BB[one_E[near_E], two_E[near_E]] = True
    same_BB |= same_BB.T
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


def _near_looks(
    sights: Sights, one_E: NDArray[np.intp], two_E: NDArray[np.intp], bits: int
) -> NDArray[np.bool_]:
    one, two = sights.look_B[one_E], sights.look_B[two_E]
    differ_E8 = np.ascontiguousarray(one ^ two).view(np.uint8).reshape(-1, 8)
    differ_E = np.unpackbits(differ_E8, axis=1).sum(axis=1)
    return (one != 0) & (two != 0) & (differ_E <= bits)


def _near_times(
    sights: Sights, one_E: NDArray[np.intp], two_E: NDArray[np.intp], gap_s: float
) -> NDArray[np.bool_]:
    def gap(values_B: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.abs(values_B[one_E] - values_B[two_E])  # NaN, which nothing is below, if unknown

    camera_E = sights.camera_B[one_E]
    same_camera_E = (camera_E >= 0) & (camera_E == sights.camera_B[two_E])
    same_file_E = sights.file_B[one_E] == sights.file_B[two_E]
    frame_E = gap(sights.frame_B)
    still_E = np.isnan(sights.frame_B[one_E]) & np.isnan(sights.frame_B[two_E])
    one_frame_E = same_file_E & (still_E | (frame_E == 0))
    together_E = same_camera_E & (gap(sights.time_B) <= gap_s)
    return (together_E | (same_file_E & (frame_E <= gap_s))) & ~one_frame_E


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
