"""A picture as three drawings kept in step: its colours, its light, and what is where.

A piece of a figure is filled into all three, so that folds, shadows and blur touch the light
alone, and what a caption may mention is counted from the pixels that are left to be seen.
Points are (x, y) in pixels of the canvas, y down.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np

from tipr.errors import DependencyError
from tipr.synthetic.drawing.parts import Part

try:
    import celiagg
except ModuleNotFoundError as error:
    raise DependencyError("drawing people needs celiagg: pip install celiagg") from error

Points = np.ndarray
"""(N, 2) of float64."""
Colour = tuple[float, float, float]
"""RGB, 0 to 255."""
Stops = tuple[tuple[float, float], ...]
"""Light along a gradient: (place from 0 to 1, brightness), 1 being the brightness of the colour."""

LIT = 150
"""What brightness 1 is on the light's canvas, where 255 is the most."""

_HERE = celiagg.Transform()
_FILL = celiagg.GraphicsState(drawing_mode=celiagg.DrawingMode.DrawFill)
_HARD = celiagg.GraphicsState(drawing_mode=celiagg.DrawingMode.DrawFill, anti_aliased=False)


class Canvas:
    """Draws onto a copy of a background; `recording` says whether pieces are noted as seen."""

    def __init__(self, background_HWC: np.ndarray) -> None:
        self.colour_HWC = np.array(background_HWC, dtype=np.uint8, order="C")
        self.light_HW = np.full(self.colour_HWC.shape[:2], LIT, dtype=np.uint8)
        self.part_HW = np.zeros(self.colour_HWC.shape[:2], dtype=np.uint8)
        self.recording = True
        self._colour = celiagg.CanvasRGB24(self.colour_HWC)
        self._light = celiagg.CanvasG8(self.light_HW)
        self._part = celiagg.CanvasG8(self.part_HW)

    def fill(
        self, points: Points, colour: Colour, part: Part, light: "Light1D | float" = 1.0
    ) -> None:
        """A closed piece: its colour, its light and its name."""
        path = _polygon(points)
        self._colour.draw_shape(path, _HERE, _FILL, fill=_ink(colour))
        self._light.draw_shape(path, _HERE, _FILL, fill=_paint(light))
        self._note(path, _HARD, part)

    def dye(
        self, areas: Sequence[Points], colour: Colour, part: Part | None = None, alpha: float = 1.0
    ) -> None:
        """Another colour on pieces that are there; their light stays."""
        path = celiagg.Path()
        for points in areas:
            path.lines(points)
            path.close()
        self._colour.draw_shape(path, _HERE, _FILL, fill=_ink(colour, alpha))
        if part is not None:
            self._note(path, _HARD, part)

    def draw(
        self,
        points: Points,
        width: float,
        colour: Colour,
        part: Part | None = None,
        alpha: float = 1.0,
        light: float | None = None,
    ) -> None:
        """A line of colour; with `light` it also gets a brightness of its own."""
        path = celiagg.Path()
        path.lines(points)
        pen = _pen(round(width, 1))
        self._colour.draw_shape(path, _HERE, pen, stroke=_ink(colour, alpha))
        if light is not None:
            self._light.draw_shape(path, _HERE, pen, stroke=_grey(light))
        if part is not None:
            self._note(path, _pen(round(width, 1), hard=True), part, stroke=True)

    def relight(self, points: Points, light: float, alpha: float) -> None:
        """Move the light of an area towards a brightness."""
        self._light.draw_shape(_polygon(points), _HERE, _FILL, fill=_grey(light, alpha))

    def veil(self, points: Points, start: Points, end: Points, light: float, alphas: Stops) -> None:
        """Move the light of an area towards a brightness, more here than there."""
        value = min(1.0, light * LIT / 255)
        paint = celiagg.LinearGradientPaint(
            float(start[0]),
            float(start[1]),
            float(end[0]),
            float(end[1]),
            [(at, value, value, value, alpha) for at, alpha in alphas],
            celiagg.GradientSpread.SpreadPad,
            celiagg.GradientUnits.UserSpace,
        )
        self._light.draw_shape(_polygon(points), _HERE, _FILL, fill=paint)

    def crease(self, points: Points, width: float, light: float, alpha: float) -> None:
        """A line of shadow or brightness, such as a fold."""
        self.creases([points], width, light, alpha)

    def creases(self, lines: Iterable[Points], width: float, light: float, alpha: float) -> None:
        """Several such lines."""
        path = celiagg.Path()
        for points in lines:
            path.lines(points)
        self._light.draw_shape(path, _HERE, _pen(round(width, 1)), stroke=_grey(light, alpha))

    def _note(
        self, path: celiagg.Path, state: celiagg.GraphicsState, part: Part, stroke: bool = False
    ) -> None:
        paint = _number(int(part) if self.recording else 0)
        if stroke:
            self._part.draw_shape(path, _HERE, state, stroke=paint)
        else:
            self._part.draw_shape(path, _HERE, state, fill=paint)


class Light1D:
    """Light that changes from one point to another, level across."""

    def __init__(self, start: Points, end: Points, stops: Stops) -> None:
        self.paint = celiagg.LinearGradientPaint(
            float(start[0]),
            float(start[1]),
            float(end[0]),
            float(end[1]),
            [(at, *(min(1.0, value * LIT / 255),) * 3, 1.0) for at, value in stops],
            celiagg.GradientSpread.SpreadPad,
            celiagg.GradientUnits.UserSpace,
        )


def moved(points: Points, right: float = 0.0, down: float = 0.0) -> Points:
    """The points elsewhere."""
    return points + np.array([right, down])


def _polygon(points: Points) -> celiagg.Path:
    path = celiagg.Path()
    path.lines(points)
    path.close()
    return path


def _paint(light: "Light1D | float") -> celiagg.LinearGradientPaint | celiagg.SolidPaint:
    return light.paint if isinstance(light, Light1D) else _grey(light)


def _ink(colour: Colour, alpha: float = 1.0) -> celiagg.SolidPaint:
    red, green, blue = colour
    return celiagg.SolidPaint(red / 255, green / 255, blue / 255, alpha)


def _grey(light: float, alpha: float = 1.0) -> celiagg.SolidPaint:
    value = min(1.0, light * LIT / 255)
    return celiagg.SolidPaint(value, value, value, alpha)


@lru_cache
def _number(number: int) -> celiagg.SolidPaint:
    return celiagg.SolidPaint(number / 255, number / 255, number / 255)


@lru_cache(maxsize=256)
def _pen(width: float, *, hard: bool = False) -> celiagg.GraphicsState:
    return celiagg.GraphicsState(
        drawing_mode=celiagg.DrawingMode.DrawStroke,
        line_width=width,
        line_cap=celiagg.LineCap.CapRound,
        line_join=celiagg.LineJoin.JoinRound,
        anti_aliased=not hard,
    )
