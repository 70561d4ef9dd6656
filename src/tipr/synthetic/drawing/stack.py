"""A body of level ellipses one above the other: a trunk, a head, a skirt, a bag.

Its surface is measured by `turn`, the angle around the upright axis (0 is the front, positive
to the figure's left), and `h`, the height. Shape legend: K levels, F of them finely spaced,
N points.
"""

import math
from collections.abc import Sequence

import numpy as np

from tipr.synthetic.drawing.canvas import Light1D, Points
from tipr.synthetic.drawing.lens import View
from tipr.synthetic.drawing.light import Light

HALF = math.pi / 2
FINE = 80
"""Levels of the table from which widths are read; heights themselves stay exact."""
_STEPS_F = np.linspace(0.0, 1.0, FINE)
_ARC = np.linspace(HALF, -HALF, 9)[1:-1]
_ACROSS = np.linspace(-HALF, HALF, 9)
_SIDE = np.linspace(0.0, 1.0, 5)


class Stack:
    """`levels` are rows (h, half width, half depth, forward offset), from the top down."""

    def __init__(
        self, view: View, levels: Sequence[Sequence[float]] | np.ndarray, aside: float = 0.0
    ) -> None:
        self.view, self.aside = view, aside
        levels_K4 = np.asarray(levels, dtype=np.float64)
        self.h_K = levels_K4[:, 0]
        self.top, self.bottom = float(self.h_K[0]), float(self.h_K[-1])
        rising, fine_F = -self.h_K, -(self.top + (self.bottom - self.top) * _STEPS_F)
        self._wide_F = np.interp(fine_F, rising, levels_K4[:, 1])
        self._deep_F = np.interp(fine_F, rising, levels_K4[:, 2])
        self._ahead_F = np.interp(fine_F, rising, levels_K4[:, 3])
        cos, sin = math.cos(view.yaw), math.sin(view.yaw)
        facing_F = -np.arctan2(self._deep_F * sin, self._wide_F * cos)
        if cos < 0:  # seen from behind, where the angle would jump at half a turn
            facing_F = np.where(facing_F < 0, facing_F + 2 * math.pi, facing_F)
        self._facing_F = facing_F
        self._scale = (FINE - 1) / max(self.top - self.bottom, 1e-9)

    def _row(self, h: np.ndarray) -> np.ndarray:
        """Rows of the table; some lie outside, which `take` mends."""
        return ((self.top - h) * self._scale + 0.5).astype(np.intp)

    def level(self, h: float) -> tuple[float, float, float]:
        """Half width, half depth and forward offset at a height."""
        row = min(max(int(self._row(np.array([h]))[0]), 0), FINE - 1)
        return float(self._wide_F[row]), float(self._deep_F[row]), float(self._ahead_F[row])

    def facing(self, h: np.ndarray) -> np.ndarray:
        """The turn that faces the camera, at these heights."""
        return self._facing_F.take(self._row(h), mode="clip")

    @property
    def ahead(self) -> float:
        """The turn that faces the camera, in the middle; between -pi and pi."""
        turn = float(self._facing_F[FINE // 2])
        return turn - 2 * math.pi if turn > math.pi else turn

    def surface(self, turn: np.ndarray | float, h: np.ndarray | float, out: float = 0.0) -> Points:
        """(N, 2) pixels of points on the surface, or `out` above it."""
        if not isinstance(h, np.ndarray):
            h = np.full(np.shape(turn), float(h))
        row = self._row(h)
        wide, deep, ahead = (
            table_F.take(row, mode="clip")
            for table_F in (self._wide_F, self._deep_F, self._ahead_F)
        )
        a = (wide + out) * np.sin(turn) + self.aside
        b = (deep + out) * np.cos(turn) + ahead
        return self.view.at(a, b, h)

    def seen(self, ahead: np.ndarray | float, h: np.ndarray | float) -> Points:
        """Points at turns from where the camera looks: -pi/2 to pi/2 is what it sees."""
        if not isinstance(h, np.ndarray):
            h = np.full(np.shape(ahead), float(h))
        return self.surface(self.facing(h) + ahead, h)

    def lines(self, ahead_MN: np.ndarray, h_MN: np.ndarray) -> np.ndarray:
        """(M, N, 2) points of M lines at once."""
        return self.seen(ahead_MN.ravel(), h_MN.ravel()).reshape(*h_MN.shape, 2)

    def outline(self, top: float | None = None, bottom: float | None = None) -> Points:
        """The silhouette between two heights; its lower end bends as the front does."""
        high = self.top if top is None else top
        low = self.bottom if bottom is None else bottom
        between = self.h_K[(self.h_K < high) & (self.h_K > low)]
        h = np.concatenate([[high], between, np.full(9, low), between[::-1], [high]])
        sides = len(between) + 1
        ahead = np.concatenate([np.full(sides + 1, HALF), _ARC, np.full(sides + 1, -HALF)])
        return self.seen(ahead, h)

    def patch(
        self, turn: Sequence[float] | np.ndarray, h: Sequence[float] | np.ndarray, out: float = 0.0
    ) -> Points | None:
        """What is seen of an area of the surface, given by its corners; None if nothing is."""
        turn_N, h_N = np.asarray(turn, float), np.asarray(h, float)
        face = self.facing(h_N)
        ahead = turn_N - face
        low, high = float(ahead.min()), float(ahead.max())
        whole = 2 * math.pi * round((low + high) / (4 * math.pi))
        if low - whole > HALF - 0.05 or high - whole < 0.05 - HALF:
            return None
        seen = np.minimum(np.maximum(ahead - whole, -HALF), HALF)
        return self.surface(face + seen, h_N, out)

    def box(self, left: float, right: float, top: float, bottom: float) -> Points | None:
        """The patch between two turns and two heights."""
        turn = left + (right - left) * _SIDE
        return self.patch(
            np.concatenate([turn, turn[::-1]]), np.repeat([float(top), float(bottom)], 5)
        )

    def band(self, top: float, bottom: float) -> Points:
        """What is seen of a ring around the surface."""
        ahead = np.concatenate([_ACROSS, -_ACROSS])
        return self.seen(ahead, np.repeat([float(top), float(bottom)], 9))

    def shine(self, light: Light) -> Light1D:
        """The light across it, as on a round body."""
        h = np.full(2, (self.top + self.bottom) / 2)
        ends = self.seen(_ACROSS[[0, -1]], h)
        return light.across(ends[0], ends[1])
