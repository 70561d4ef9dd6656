"""A box in a figure's axes: what is seen of its sides, each in its own light."""

import math
from itertools import product

import numpy as np

from tipr.synthetic.drawing.canvas import Colour, Points
from tipr.synthetic.drawing.figure import Figure
from tipr.synthetic.drawing.parts import Part

SIDES = tuple((axis, sign) for axis in range(3) for sign in (-1, 1))
ROUND = ((-1, -1), (1, -1), (1, 1), (-1, 1))


def draw_box(
    figure: Figure,
    middle: tuple[float, float, float],
    size: tuple[float, float, float],
    colour: Colour,
    part: Part,
    narrow: float = 1.0,
) -> Points:
    """A box `size` statures along a, b, h, `narrow` times as wide at its top.

    Returns the corners in pixels, (8, 2), the lower four first.
    """
    half = np.array(size) / 2
    corners = np.array(list(product((-1, 1), repeat=3)), dtype=float)
    corners = corners[np.argsort(corners[:, 2], kind="stable")]
    points = corners * half
    points[4:, :2] *= narrow
    points += np.array(middle)
    pixels = figure.view.project(points)
    for axis, sign in SIDES:
        light = _light(figure, axis, sign)
        if light is None:
            continue
        chosen = [
            int(np.argmin(np.abs(corners - _corner(axis, sign, first, second)).sum(axis=1)))
            for first, second in ROUND
        ]
        figure.canvas.fill(pixels[chosen], colour, part, light)
    return pixels


def _corner(axis: int, sign: int, first: int, second: int) -> np.ndarray:
    corner = np.empty(3)
    corner[axis] = sign
    corner[[i for i in range(3) if i != axis]] = first, second
    return corner


def _light(figure: Figure, axis: int, sign: int) -> float | None:
    """How bright a side is; None if it is turned away."""
    if axis == 2:
        return 1.12 if sign > 0 and figure.view.lens.tilt > 0.02 else None
    near = figure.view.near(*((sign, 0) if axis == 0 else (0, sign)))
    if near < 0.02:
        return None
    lamp = figure.light
    across = (sign if axis == 0 else 0) * math.cos(figure.view.yaw)
    across += (sign if axis == 1 else 0) * math.sin(figure.view.yaw)
    length = math.sqrt(lamp.x**2 + lamp.up**2 + lamp.y**2)
    direct = max(0.0, (across * lamp.x + near * lamp.y) / length)
    return lamp.even + (1.2 - lamp.even) * direct
