"""Colours as people name them: each name is a range, so that no two blues are quite alike."""

import colorsys
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

RGB = tuple[int, int, int]
"""0 to 255."""


class Range(NamedTuple):
    """Hue in degrees, saturation and value in hundredths; hues may pass 360."""

    hue: tuple[int, int]
    saturation: tuple[int, int]
    value: tuple[int, int]


COLOURS: Mapping[str, Range] = MappingProxyType(
    {
        "black": Range((200, 300), (3, 18), (9, 17)),
        "white": Range((30, 60), (1, 5), (86, 95)),
        "grey": Range((200, 260), (2, 8), (46, 62)),
        "dark grey": Range((200, 260), (3, 10), (25, 33)),
        "red": Range((353, 364), (76, 90), (64, 80)),
        "dark red": Range((345, 360), (62, 76), (34, 44)),
        "blue": Range((214, 226), (66, 84), (56, 74)),
        "dark blue": Range((218, 234), (50, 68), (22, 33)),
        "light blue": Range((203, 216), (30, 44), (76, 88)),
        "turquoise": Range((172, 188), (55, 78), (56, 70)),
        "green": Range((118, 150), (50, 72), (42, 58)),
        "dark green": Range((95, 150), (32, 50), (21, 30)),
        "yellow": Range((46, 54), (68, 86), (84, 94)),
        "orange": Range((20, 28), (80, 92), (82, 92)),
        "pink": Range((332, 348), (32, 50), (86, 95)),
        "purple": Range((268, 288), (45, 62), (42, 58)),
        "brown": Range((20, 30), (44, 58), (33, 45)),
        "beige": Range((34, 42), (22, 34), (74, 84)),
    }
)
DENIM: Mapping[str, Range] = MappingProxyType(
    {
        "blue": Range((212, 220), (44, 58), (44, 56)),
        "dark blue": Range((216, 226), (42, 56), (25, 34)),
        "light blue": Range((208, 216), (22, 34), (66, 78)),
    }
)
HAIRS: Mapping[str, Range] = MappingProxyType(
    {
        "black": Range((10, 40), (12, 28), (8, 13)),
        "dark brown": Range((18, 28), (40, 55), (18, 25)),
        "brown": Range((20, 30), (46, 58), (32, 42)),
        "blond": Range((36, 44), (38, 54), (68, 82)),
        "red": Range((12, 20), (64, 78), (46, 58)),
        "grey": Range((30, 60), (2, 7), (52, 66)),
        "white": Range((30, 60), (1, 5), (80, 90)),
    }
)
SKINS: tuple[RGB, ...] = (
    (247, 218, 200), (240, 202, 180), (232, 188, 160), (222, 172, 138), (206, 152, 114),
    (186, 130, 92), (162, 108, 74), (136, 88, 60), (108, 70, 50), (84, 54, 41),
)  # fmt: skip


def mixed(within: Range, rng: np.random.Generator) -> RGB:
    """One colour of a range."""
    hue, saturation, value = (rng.uniform(low, high) for low, high in within)
    red, green, blue = colorsys.hsv_to_rgb(hue % 360 / 360, saturation / 100, value / 100)
    return round(red * 255), round(green * 255), round(blue * 255)


def brightness(colour: RGB) -> float:
    """0 to 255, as the eye weighs the channels."""
    return 0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2]


def toned(colour: tuple[float, float, float], by: float) -> tuple[float, float, float]:
    """The colour `by` times as bright; above 1 it moves towards white."""
    if by <= 1:
        return colour[0] * by, colour[1] * by, colour[2] * by
    rest = 1 / by
    return (
        255 - (255 - colour[0]) * rest,
        255 - (255 - colour[1]) * rest,
        255 - (255 - colour[2]) * rest,
    )
