"""What stands between the camera and a person: a post, a bin, a rail, leaves, a car, a table."""

import numpy as np

from tipr.synthetic.drawing.canvas import Canvas, Colour, moved
from tipr.synthetic.drawing.parts import Part
from tipr.synthetic.people.palette import COLOURS, mixed, toned
from tipr.synthetic.photo.frame import FINE, HEIGHT, WIDTH

Rng = np.random.Generator
THINGS = {
    "street": ("post", "bin", "car", "rail"), "park": ("leaves", "post", "rail"),
    "station": ("rail", "bin", "post"), "shop": ("table", "rail"), "corridor": ("table", "leaves"),
}  # fmt: skip


def draw_thing(canvas: Canvas, place: str, rng: Rng) -> str:
    """Draw something of that place in front of everything; returns what it is."""
    kinds = THINGS[place]
    kind = kinds[int(rng.integers(len(kinds)))]
    DRAW[kind](canvas, rng, WIDTH * FINE, HEIGHT * FINE)
    return kind


def _box(
    canvas: Canvas, x: float, y: float, wide: float, high: float, colour: Colour, light: float
) -> None:
    corners = np.array([[x, y], [x + wide, y], [x + wide, y + high], [x, y + high]], float)
    canvas.fill(corners, colour, Part.NOTHING, light)


def _post(canvas: Canvas, rng: Rng, wide: float, high: float) -> None:
    x, thick, shade = rng.uniform(0.1, 0.9) * wide, rng.uniform(8, 16), rng.uniform(60, 130)
    _box(canvas, x, -2, thick, high + 4, (shade, shade, shade + 4), 0.9)
    _box(canvas, x, -2, thick * 0.3, high + 4, (shade * 0.8, shade * 0.8, shade * 0.85), 0.8)


def _bin(canvas: Canvas, rng: Rng, wide: float, high: float) -> None:
    x, top = rng.uniform(-0.15, 0.75) * wide, high * rng.uniform(0.68, 0.82)
    colour = mixed(COLOURS[("dark green", "grey", "dark blue")[int(rng.integers(3))]], rng)
    _box(canvas, x, top, 52, high - top + 2, colour, 0.9)
    _box(canvas, x - 3, top - 8, 58, 12, toned(colour, 0.7), 1.0)
    _box(canvas, x + 40, top, 12, high - top + 2, toned(colour, 0.8), 0.7)


def _rail(canvas: Canvas, rng: Rng, wide: float, high: float) -> None:
    top, shade = high * rng.uniform(0.70, 0.82), rng.uniform(90, 170)
    metal = (shade, shade, shade + 5)
    for y in (top, top + 34):
        _box(canvas, -2, y, wide + 4, 7, metal, 1.0)
    for x in np.arange(rng.uniform(-20, 0), wide, 26):
        _box(canvas, x, top, 5, high - top + 2, toned(metal, 0.85), 0.95)


def _leaves(canvas: Canvas, rng: Rng, wide: float, high: float) -> None:
    left, top = rng.random() < 0.5, high * rng.uniform(0.62, 0.8)
    angle = np.linspace(0, 2 * np.pi, 9)[:-1]
    for i in range(46):
        x = abs(rng.normal(0, 0.42)) * wide
        green = rng.uniform(48, 112)
        ring = np.stack(
            [np.cos(angle) * rng.uniform(6, 15), np.sin(angle) * rng.uniform(5, 12)], -1
        )
        middle = [x if left else wide - x, rng.uniform(top, high + 8)]
        canvas.fill(
            ring + middle, (green * 0.75, green, green * 0.5), Part.NOTHING, 0.6 + 0.5 * i / 46
        )


def _car(canvas: Canvas, rng: Rng, wide: float, high: float) -> None:
    top = high * rng.uniform(0.72, 0.84)
    colour = mixed(
        COLOURS[("grey", "black", "white", "red", "dark blue")[int(rng.integers(5))]], rng
    )
    slope = rng.uniform(-14, 14)
    body = np.array(
        [[-2, top + slope], [wide + 2, top - slope], [wide + 2, high + 2], [-2, high + 2]]
    )
    canvas.fill(body, colour, Part.NOTHING, 0.95)
    canvas.veil(body, np.array([0, top]), np.array([0, high]), 0.2, ((0, 0.0), (1, 0.5)))
    canvas.crease(moved(body[:2], down=6), 7, 1.6, 0.4)


def _table(canvas: Canvas, rng: Rng, wide: float, high: float) -> None:
    top = high * rng.uniform(0.72, 0.82)
    colour = ((150, 112, 78), (200, 198, 192), (92, 78, 66))[int(rng.integers(3))]
    _box(canvas, -2, top, wide + 4, 16, toned(colour, 1.1), 1.05)
    _box(canvas, -2, top + 16, wide + 4, high - top, toned(colour, 0.7), 0.8)
    for x in rng.uniform(0, wide, 2):
        thing = mixed(list(COLOURS.values())[int(rng.integers(len(COLOURS)))], rng)
        _box(canvas, x, top - 20, 16, 22, thing, 0.95)


DRAW = {"post": _post, "bin": _bin, "rail": _rail, "leaves": _leaves, "car": _car, "table": _table}
