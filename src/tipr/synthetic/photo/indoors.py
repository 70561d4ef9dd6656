"""Places under a roof: a shop between its shelves, the corridor of an office."""

import numpy as np

from tipr.synthetic.drawing.canvas import moved
from tipr.synthetic.people.palette import toned
from tipr.synthetic.photo.place import HIGH, WIDE, Place, rectangle


def shop(place: Place) -> None:
    """Shelves full of goods, and a floor that mirrors the lamps."""
    rng, line = place.rng, place.line
    place.box(0, 0, WIDE, line, place.wall(150, 205))
    x = -30.0
    while x < WIDE:
        wide = float(rng.uniform(80, 150))
        _shelf(place, x, wide)
        x += wide + float(rng.uniform(6, 46))
    place.ground(place.wall(138, 182, 6), place.wall(112, 130, 4), 38, 25)
    _lamps(place, 9, 10)
    for x in place.everywhere(2):
        place.box(x, 4, 50, 16, place.paint())
        place.box(x + 8, 9, 32, 5, (240, 240, 236))


def corridor(place: Place) -> None:
    """A wall with doors, windows, posters and plants."""
    rng, line = place.rng, place.line
    wall = place.wall(176, 220, 7)
    place.box(0, 0, WIDE, line, wall)
    shade = rectangle(0, 0, WIDE, line)
    place.canvas.veil(shade, np.array([0, 0]), np.array([0, line]), 0.4, ((0, 0.0), (1, 0.22)))
    x = float(rng.uniform(-30, 10))
    while x < WIDE:
        chance = rng.random()
        if chance < 0.4:
            _door(place, x)
        elif chance < 0.65:
            place.box(x, line - 100, 58, 62, (96, 112, 128))
            place.box(x + 3, line - 97, 25, 56, (188, 206, 222))
            place.box(x + 31, line - 97, 25, 56, (196, 212, 226))
        elif chance < 0.8:
            place.box(x + 8, line - 86, 34, 44, (238, 238, 234))
            place.box(x + 11, line - 83, 28, 24, place.paint())
        else:
            place.box(x + 10, line - 20, 18, 22, (150, 96, 70))
            place.leaves(x + 19, line - 38, 26, 30, 22)
        x += float(rng.uniform(70, 120))
    place.box(0, line - 7, WIDE, 7, toned(wall, 0.7))
    floor = place.pick(place.wall(120, 165), (122, 128, 140), (158, 140, 116))
    place.ground(floor, toned(floor, 0.88) if rng.random() < 0.6 else None, 44, 20)
    _lamps(place, 6, 14)


def _shelf(place: Place, x: float, wide: float) -> None:
    rng, line = place.rng, place.line
    place.box(x, max(0.0, line - 150), wide, 150, place.wall(60, 120))
    for top in np.arange(line - 16, max(-20, line - 150), -22):
        board, at = float(top) + 14, x + 4
        while at < x + wide - 8:
            size, high = float(rng.uniform(4, 11)), float(rng.uniform(9, 17))
            place.box(
                at, board - high, size, high, toned(place.paint(), float(rng.uniform(0.7, 1)))
            )
            at += size + float(rng.uniform(0.5, 2.5))
        place.box(x, board, wide, 3, (196, 192, 186))
        for tag in np.arange(x + 8, x + wide - 8, 24):
            place.box(float(tag), board, 7, 3, (236, 230, 210))


def _door(place: Place, x: float) -> None:
    line = place.line
    place.box(x - 3, line - 104, 50, 104, (150, 148, 144))
    place.box(x, line - 101, 44, 101, place.pick((134, 96, 64), (96, 108, 124), (168, 160, 148)))
    place.box(x + 36, line - 52, 4, 8, (206, 204, 196))
    place.box(x + 12, line - 90, 20, 24, (176, 192, 204))


def _lamps(place: Place, count: int, half: float) -> None:
    """Lamps mirrored in the floor."""
    shape = np.array([[-half, 0], [half, 0], [half * 1.5, HIGH], [-half * 1.5, HIGH]], float)
    for x in place.everywhere(count):
        place.gleam(moved(shape, x, place.line), 0.38)
