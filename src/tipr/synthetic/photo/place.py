"""A place in the making: a wide canvas, the line where its ground begins, and what to build with.

Sizes are in pixels of the finished picture; x goes right, y down.
"""

import numpy as np

from tipr.synthetic.drawing.canvas import Canvas, Colour, Points, moved
from tipr.synthetic.drawing.parts import Part
from tipr.synthetic.people.palette import COLOURS, mixed, toned

WIDE, HIGH = 520, 232
"""Larger than a picture: people stand in many spots of it."""
Rng = np.random.Generator
_OCTAGON = np.linspace(0, 2 * np.pi, 9)[:-1]
_ROUND = np.linspace(0, 2 * np.pi, 12)[:-1]


class Place:
    """Draws onto `canvas`; `line` is how far down the ground begins."""

    def __init__(self, rng: Rng, line: float) -> None:
        self.rng, self.line = rng, line
        self.canvas = Canvas(np.full((HIGH, WIDE, 3), 128, np.uint8))

    def box(
        self, x: float, y: float, wide: float, high: float, colour: Colour, light: float = 1.0
    ) -> None:
        """An upright rectangle; `x`, `y` is its upper left corner."""
        self.area(rectangle(x, y, wide, high), colour, light)

    def area(self, points: Points, colour: Colour, light: float = 1.0) -> None:
        """Any closed area."""
        self.canvas.fill(points, colour, Part.NOTHING, light)

    def blob(
        self, x: float, y: float, wide: float, high: float, colour: Colour, light: float = 1.0
    ) -> None:
        """Something roundish around a middle."""
        rough = 1 + 0.18 * self.rng.standard_normal(len(_ROUND))
        ring = np.stack([np.cos(_ROUND) * wide * rough, np.sin(_ROUND) * high * rough], -1) / 2
        self.area(moved(ring, x, y), colour, light)

    def stroke(
        self, start: tuple[float, float], end: tuple[float, float], width: float, colour: Colour,
        alpha: float = 1.0,
    ) -> None:  # fmt: skip
        """A straight line."""
        self.canvas.draw(np.array([start, end], float), width, colour, alpha=alpha)

    def wall(self, low: float, high: float, tint: float = 8) -> Colour:
        """A colour of walls and floors: grey, a little tinted."""
        red, green, blue = np.clip(
            self.rng.uniform(low, high) + self.rng.normal(0, tint, 3), 0, 255
        )
        return float(red), float(green), float(blue)

    def paint(self) -> Colour:
        """Any colour of things."""
        names = tuple(COLOURS)
        return mixed(COLOURS[names[int(self.rng.integers(len(names)))]], self.rng)

    def pick(self, *colours: Colour) -> Colour:
        """One of several."""
        return colours[int(self.rng.integers(len(colours)))]

    def everywhere(self, count: int) -> list[float]:
        """Places from left to right, in any order."""
        return [float(x) for x in self.rng.uniform(0, WIDE, count)]

    def leaves(self, x: float, y: float, wide: float, high: float, count: int) -> None:
        """A tuft of leaves, brighter at the front."""
        rng = self.rng
        for i in range(count):
            green = rng.uniform(52, 118)
            colour = (green * rng.uniform(0.6, 0.95), green, green * rng.uniform(0.35, 0.6))
            middle = (x + rng.normal(0, wide / 3), y + rng.normal(0, high / 3))
            self.blob(
                *middle, rng.uniform(8, 20), rng.uniform(6, 14), colour, 0.7 + 0.5 * i / count
            )

    def ground(self, colour: Colour, seams: Colour | None, across: float, stains: int) -> None:
        """A floor with seams `across` pixels apart that run towards a vanishing point."""
        self.box(0, self.line, WIDE, HIGH - self.line, colour)
        self.gleam(rectangle(0, self.line, WIDE, HIGH - self.line), 0.25)
        if seams is not None:
            self._seams(seams, across)
        for _ in range(stains):
            x, y = self.rng.uniform(0, WIDE), self.rng.uniform(self.line, HIGH)
            near = (y - self.line) / (HIGH - self.line) + 0.2
            spot = toned(colour, self.rng.uniform(0.8, 1.12))
            size = near * self.rng.uniform(0.3, 1.5)
            ring = np.stack([np.cos(_OCTAGON) * 14 * size, np.sin(_OCTAGON) * 4 * size], -1)
            self.canvas.dye([moved(ring, x, y)], spot, None, 0.5)

    def gleam(self, points: Points, strength: float) -> None:
        """Light on the ground that fades towards the camera."""
        top, low = np.array([0, self.line]), np.array([0, HIGH])
        self.canvas.veil(points, top, low, 1.55, ((0, strength), (1, 0.0)))

    def _seams(self, colour: Colour, across: float) -> None:
        y, step = self.line + 3.0, 5.0
        while y < HIGH:
            self.stroke((0, y), (WIDE, y), 0.8, colour, 0.6)
            y, step = y + step, step * 1.28
        vanishing = self.line - 130.0
        for x in np.arange(-WIDE, 2 * WIDE, across):
            slope = (x - WIDE / 2) / (HIGH - vanishing)
            start = WIDE / 2 + slope * (self.line - vanishing)
            self.stroke((start, self.line), (float(x), HIGH), 0.8, colour, 0.6)


def rectangle(x: float, y: float, wide: float, high: float) -> Points:
    """Corners, from the upper left one on."""
    return np.array([[x, y], [x + wide, y], [x + wide, y + high], [x, y + high]], float)
