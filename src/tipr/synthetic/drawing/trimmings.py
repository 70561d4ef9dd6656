"""What several garments have: necklines, collars, seams, buttons, openings, hoods, prints."""

import numpy as np

from tipr.synthetic.drawing.canvas import Colour
from tipr.synthetic.drawing.figure import Figure
from tipr.synthetic.drawing.parts import Part
from tipr.synthetic.drawing.stack import Stack
from tipr.synthetic.people.palette import toned

AROUND = np.linspace(-1.45, 1.45, 7)
"""Turns from one edge of what is seen to the other."""
_CIRCLE = np.linspace(0, 2 * np.pi, 9)


def neckline(figure: Figure, stack: Stack, deep: float, wide: float, *, pointed: bool = False
              ) -> None:  # fmt: skip
    """Bare skin at the throat and its hem."""
    top, low = figure.body.h(0.850), figure.body.h(0.836 - deep)
    turn = np.linspace(-wide, wide, 9)
    curve = np.abs(turn) / wide if pointed else (turn / wide) ** 2
    edge = stack.patch(turn, low + (top - low) * curve)
    area = stack.patch(np.concatenate([turn, turn[::-1]]),
                       np.concatenate([low + (top - low) * curve, np.full(9, top)]))  # fmt: skip
    if area is None or edge is None:
        return
    figure.canvas.dye([area], figure.skin, Part.SKIN)
    figure.canvas.relight(area, 0.4, 0.35)
    figure.canvas.crease(edge, 0.007 * figure.px, 0.4, 0.5)


def collar(figure: Figure, stack: Stack, colour: Colour, size: float) -> None:
    body, canvas = figure.body, figure.canvas
    back = stack.box(np.pi - 1.5, np.pi + 1.5, body.h(0.850), body.h(0.836))
    if back is not None:
        canvas.dye([back], colour)
        canvas.crease(back[5:], 1.5, 0.4, 0.5)
    for side in (-1, 1):
        point = stack.patch(side * np.array([0.25, 1.5, 1.4, 0.62]),
                            body.h(np.array([0.846, 0.85, 0.836, 0.842 - size])))  # fmt: skip
        if point is not None:
            canvas.dye([point], colour)
            canvas.crease(point[1:], 1.6, 0.4, 0.5)


def seam(figure: Figure, stack: Stack, turn: float, top: float, low: float, dark: float,
          width: float = 0.004) -> None:  # fmt: skip
    """An upright seam, such as a zip or a button placket."""
    h = figure.body.h(np.linspace(top, low, 6))
    if abs(stack.ahead - turn) < 1.45:
        figure.canvas.crease(stack.surface(turn, h), max(1.0, width * figure.px), 0.3, dark * 0.7)


def buttons(figure: Figure, stack: Stack, colour: Colour, top: float, low: float, count: int,
             turn: float = 0.03) -> None:  # fmt: skip
    h = figure.body.h(np.linspace(top, low, count))
    if abs(stack.ahead - turn) > 1.3:
        return
    for spot in stack.surface(turn, h):
        dot = spot + 0.004 * figure.px * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
        figure.canvas.dye([dot], colour, None, 0.8)


def opening(figure: Figure, stack: Stack, wide: float) -> None:
    """What is under an open garment."""
    garment = figure.person.upper
    body, canvas = figure.body, figure.canvas
    low = float(stack.h_K[-1])
    h = np.array([body.h(0.848), body.h(0.76), body.h(0.62), low])
    half = wide * np.array([0.55, 0.75, 1.0, 1.25])
    area = stack.patch(np.concatenate([-half, half[::-1]]), np.concatenate([h, h[::-1]]))
    if area is None:
        return
    end = max(low, body.h(0.50))
    h = np.array([body.h(0.848), body.h(0.76), body.h(0.62), end])
    inner = stack.patch(np.concatenate([-half, half[::-1]]), np.concatenate([h, h[::-1]]))
    if figure.person.lower and low < body.h(0.48):
        canvas.dye([area], figure.person.lower.rgb, Part.LOWER)
    if inner is not None:
        canvas.dye([inner], garment.second_rgb, Part.INNER)
    canvas.relight(area, 0.55, 0.30)
    for edge in (area[:4], area[4:]):
        canvas.crease(edge, 0.010 * figure.px, 0.3, 0.45)
    neckline(figure, stack, 0.014, 0.3)


def hood(figure: Figure, stack: Stack, colour: Colour) -> None:
    """A hood that lies on the back."""
    body, canvas = figure.body, figure.canvas
    turn = np.pi + np.array([-1.5, -0.9, -0.4, 0.0, 0.4, 0.9, 1.5])
    low = body.h(np.array([0.84, 0.795, 0.765, 0.755, 0.765, 0.795, 0.84]))
    area = stack.patch(np.concatenate([turn, turn[::-1]]),
                       np.concatenate([low, np.full(7, body.h(0.858))]), 0.014)  # fmt: skip
    if area is not None:
        canvas.fill(area, colour, Part.HOOD, 0.95)
        canvas.crease(area[:7], 0.012 * figure.px, 0.3, 0.5)
    for side in (-1, 1):
        roll = stack.patch(side * np.array([0.5, 1.2, 1.9]), body.h(np.array([0.828, 0.845, 0.85])))
        if roll is not None:
            canvas.draw(roll, 0.022 * figure.px, colour, Part.HOOD, light=0.9)


def printed(figure: Figure, stack: Stack) -> None:
    """A picture or a word on the chest."""
    garment = figure.person.upper
    if garment.pattern != "print" or garment.second is None:
        return
    body, canvas, form = figure.body, figure.canvas, int(figure.taste.extra * 4)
    wide, top, low = 0.55, 0.775, 0.69
    if form == 0:
        area = stack.box(-wide, wide, body.h(top), body.h(low))
        if area is not None:
            canvas.dye([area], garment.second_rgb, Part.PRINT)
            inner = stack.box(-wide * 0.5, wide * 0.5, body.h(top - 0.02), body.h(low + 0.02))
            if inner is not None:
                canvas.dye([inner], toned(garment.rgb, 0.8))
        return
    if form == 1:
        turn, h = 0.5 * np.cos(_CIRCLE), 0.735 + 0.042 * np.sin(_CIRCLE)
        area = stack.patch(turn, body.h(h))
        if area is not None:
            canvas.dye([area], garment.second_rgb, Part.PRINT)
        return
    rows = (0.76,) if form == 2 else (0.775, 0.75, 0.725)
    for row in rows:  # letters
        places = np.linspace(-wide, wide, 7 if form == 2 else 6)
        for left, right in zip(places[:-1], places[1:] - 0.06, strict=True):
            area = stack.box(
                left, right, body.h(row), body.h(row - (0.035 if form == 2 else 0.016))
            )
            if area is not None:
                canvas.dye([area], garment.second_rgb, Part.PRINT)
