"""A round limb bent at its joints: an arm, a leg, a strap, a tube of a bicycle.

A place on it is `t`, 0 at its beginning and 1 at each further joint, and `side`, -1 to 1 across
what is seen of it. Shape legend: J joints, F finely spaced places, N points.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from tipr.synthetic.drawing.canvas import Light1D, Points
from tipr.synthetic.drawing.lens import View
from tipr.synthetic.drawing.light import Light

FINE = 24
"""Places from one joint to the next in the table from which points are read."""
REACH = 0.18
"""How far before and behind a place its direction is taken: joints bend round, not sharply."""
_CAP = np.linspace(0, np.pi, 6)[1:-1]
_ACROSS = np.linspace(-1, 1, 5)
_HOLLOW = 1 - _ACROSS**2


class Limb:
    """`joints_J3` are points a, b, h; `girth` are rows (t, radius) in statures."""

    def __init__(
        self, view: View, joints_J3: np.ndarray, girth: Sequence[Sequence[float]] | np.ndarray
    ) -> None:
        joints_J3 = np.asarray(joints_J3, dtype=np.float64)
        self.last = len(joints_J3) - 1
        t_F, between_FJ, along_FJ = _places(self.last)
        joints_J2 = view.project(joints_J3)
        self._middle_F2 = between_FJ @ joints_J2
        way_F2 = along_FJ @ joints_J2
        girth = np.asarray(girth, dtype=np.float64)
        radius_F = np.interp(t_F, girth[:, 0], girth[:, 1]) * view.size(*joints_J3.mean(axis=0))
        radius_F /= np.maximum(np.sqrt((way_F2 * way_F2).sum(axis=1)), 1e-6)
        self._half_F2 = np.empty_like(way_F2)
        self._half_F2[:, 0] = -way_F2[:, 1] * radius_F
        self._half_F2[:, 1] = way_F2[:, 0] * radius_F

    def _row(self, t: np.ndarray) -> np.ndarray:
        """Rows of the table; some lie outside, which `take` mends."""
        return (t * FINE + 0.5).astype(np.intp)

    def outline(
        self,
        start: float = 0.0,
        end: float | None = None,
        *,
        round_start: bool = True,
        round_end: bool = False,
    ) -> Points:
        """The silhouette from one place to another."""
        first = round(start * FINE)
        last = len(self._middle_F2) - 1 if end is None else min(
            round(end * FINE), len(self._middle_F2) - 1)  # fmt: skip
        rows = np.append(np.arange(first, last, 4), last)
        middle, half = self._middle_F2[rows], self._half_F2[rows]
        pieces = [middle + half]
        if round_end:
            pieces.append(_cap(middle[-1], half[-1]))
        pieces.append((middle - half)[::-1])
        if round_start:
            pieces.append(_cap(middle[0], -half[0]))
        return np.concatenate(pieces)

    def at(self, t: np.ndarray, side: np.ndarray | float) -> Points:
        """(N, 2) pixels of places on it."""
        row = self._row(t)
        if isinstance(side, np.ndarray):
            side = side[:, None]
        middle = self._middle_F2.take(row, axis=0, mode="clip")
        return middle + self._half_F2.take(row, axis=0, mode="clip") * side

    def lines(self, t_MN: np.ndarray, side_MN: np.ndarray) -> np.ndarray:
        """(M, N, 2) points of M lines at once."""
        return self.at(t_MN.ravel(), side_MN.ravel()).reshape(*t_MN.shape, 2)

    def band(self, start: float, end: float, sag: float = 0.12) -> Points:
        """A ring around it."""
        t = np.concatenate([start + sag * _HOLLOW, end + sag * _HOLLOW])
        return self.at(t, np.concatenate([_ACROSS, -_ACROSS]))

    def ring(self, t: float, sag: float = 0.04) -> Points:
        """A line around it."""
        return self.at(t + sag * _HOLLOW, _ACROSS)

    def shine(self, light: Light, start: float, end: float) -> Light1D:
        """The light across the stretch between two places."""
        row = round((start + end) / 2 * FINE)
        middle, half = self._middle_F2[row], self._half_F2[row]
        return light.across(middle + half, middle - half)


@lru_cache
def _places(last: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Finely spaced places, their weights of the joints, and the weights of their direction."""
    t_F = np.arange(last * FINE + 2) / FINE
    return t_F, _weights(t_F, last), _weights(t_F + REACH, last) - _weights(t_F - REACH, last)


def _weights(t_F: np.ndarray, last: int) -> np.ndarray:
    """How much of each joint a place is: straight between two of them."""
    return np.maximum(0.0, 1 - np.abs(np.clip(t_F, 0, last)[:, None] - np.arange(last + 1)))


def _cap(middle: Points, half: Points) -> Points:
    turned = np.array([-half[1], half[0]])
    return middle + np.cos(_CAP)[:, None] * half - np.sin(_CAP)[:, None] * turned
