"""The light of a place: where it comes from and how much of it is everywhere."""

import math
from dataclasses import dataclass
from functools import lru_cache

from tipr.synthetic.drawing.canvas import Light1D, Points, Stops

PLACES = (-1.0, -0.8, -0.45, 0.0, 0.45, 0.8, 1.0)
STEPS = 24
"""Directions in which the light across a limb is worked out."""


@dataclass(frozen=True, slots=True)
class Light:
    """`x` to the right, `up` and `y` to the camera point at the lamp; `even` is 0 to 1."""

    x: float
    up: float
    y: float
    even: float

    def across(self, start: Points, end: Points) -> Light1D:
        """Light on something round that reaches from one edge to the other."""
        run, fall = float(end[0] - start[0]), float(end[1] - start[1])
        step = round(math.atan2(fall, run) / (2 * math.pi) * STEPS) % STEPS
        return Light1D(start, end, _round(self, step))


@lru_cache(maxsize=4096)
def _round(light: Light, step: int) -> Stops:
    """Brightness across a cylinder: Lambert's law, and less light the more it is turned away."""
    angle = 2 * math.pi * step / STEPS
    x, down = math.cos(angle), math.sin(angle)
    length = math.sqrt(light.x**2 + light.up**2 + light.y**2)
    stops = []
    for place in PLACES:
        towards = math.sqrt(1 - place * place)
        direct = (place * x * light.x - place * down * light.up + towards * light.y) / length
        bright = light.even + (1.25 - light.even) * max(0.0, direct) ** 0.8
        rim = 1 - 0.22 * abs(place) ** 3
        stops.append(((place + 1) / 2, bright * rim))
    return tuple(stops)
