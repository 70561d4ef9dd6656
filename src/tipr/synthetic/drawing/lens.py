"""Where a point of the world falls on the canvas.

The world is measured in statures: x to the camera's right, y towards the camera, z up from the
ground. A figure has axes of its own: `a` to its left, `b` forward, `h` up; turned by `yaw` 0 it
faces the camera, by 90 degrees it faces the camera's right.
"""

import math
from dataclasses import dataclass, field, replace

import numpy as np

from tipr.synthetic.drawing.canvas import Points


@dataclass(frozen=True, slots=True)
class Lens:
    """A camera `distance` statures away that looks down by `tilt` radians.

    The ground under the figure falls on (`x`, `y`); a stature at its distance is `scale` pixels.
    """

    x: float
    y: float
    scale: float
    tilt: float = 0.1
    distance: float = 5.0


@dataclass(frozen=True, slots=True)
class View:
    """A lens and a figure before it, `yaw` radians turned, standing `beside` and `before`."""

    lens: Lens
    yaw: float
    beside: float = 0.0
    before: float = 0.0
    _matrix_33: np.ndarray = field(init=False, repr=False, compare=False)
    _shift_3: np.ndarray = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Seeing is one matrix, then a division by the depth, 1 where the figure stands."""
        lens, cos, sin = self.lens, math.cos(self.yaw), math.sin(self.yaw)
        down, level, far = math.sin(lens.tilt), math.cos(lens.tilt), lens.distance
        right_3, towards_3, up_3 = (cos, sin, 0.0), (-sin, cos, 0.0), (0.0, 0.0, 1.0)
        axes_33 = np.array([right_3, towards_3, up_3])
        place_3 = np.array([self.beside, self.before, -0.5])
        seen_33 = np.array([
            (lens.scale, 0.0, 0.0),
            (0.0, lens.scale * down, -lens.scale * level),
            (0.0, -level / far, -down / far),
        ])  # fmt: skip
        object.__setattr__(self, "_matrix_33", (seen_33 @ axes_33).T)
        object.__setattr__(self, "_shift_3", seen_33 @ place_3 + (0.0, 0.0, 1.0))

    def at(self, a: np.ndarray, b: np.ndarray, h: np.ndarray) -> Points:
        """(N, 2) pixels of points of the figure, given axis by axis."""
        points_N3 = np.empty((len(h), 3))
        points_N3[:, 0], points_N3[:, 1], points_N3[:, 2] = a, b, h
        return self.project(points_N3)

    def project(self, points_N3: np.ndarray) -> Points:
        """(N, 3) points a, b, h of the figure -> (N, 2) pixels."""
        seen_N3 = points_N3 @ self._matrix_33 + self._shift_3
        lens = self.lens
        middle = (lens.x, lens.y - 0.5 * lens.scale * math.cos(lens.tilt))
        return seen_N3[:, :2] / seen_N3[:, 2:] + middle

    def near(self, a: float, b: float) -> float:
        """How much nearer to the camera than the figure's middle, in statures."""
        return b * math.cos(self.yaw) - a * math.sin(self.yaw)

    def size(self, a: float = 0.0, b: float = 0.0, h: float = 0.5) -> float:
        """Pixels of one stature there."""
        first, second, third = self._matrix_33[:, 2]
        depth = a * first + b * second + h * third + self._shift_3[2]
        return float(self.lens.scale / depth)

    def turned(self, yaw: float) -> "View":
        """The same place, turned further by `yaw`, as a head is on its shoulders."""
        return replace(self, yaw=self.yaw + yaw)
