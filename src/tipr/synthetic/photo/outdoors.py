"""Places under the sky: a street of houses and shops, a park, a railway platform."""

import numpy as np

from tipr.synthetic.drawing.canvas import Colour, moved
from tipr.synthetic.people.palette import COLOURS, mixed, toned
from tipr.synthetic.photo.place import HIGH, WIDE, Place, rectangle

CAR = np.array([[0, -8], [4, -20], [22, -22], [34, -36], [72, -36], [86, -22], [102, -18],
                [106, -6], [100, -4], [4, -4]], float)  # fmt: skip
CAR_SHADOW = np.array([[0, -4], [108, -4], [104, 4], [6, 4]], float)
CAR_GLASS = np.array([[26, -22], [36, -33], [70, -33], [80, -22]], float)
CAR_PAINTS = ("grey", "black", "white", "red", "dark blue", "blue")
SHADE = np.array([[-30, 0], [0, -5], [30, 0], [0, 6]], float)


def street(place: Place) -> None:
    """Houses, a pavement, and mostly a road with parked cars between them and the walkers."""
    rng, line = place.rng, place.line
    x = -20.0
    while x < WIDE:
        wide = float(rng.uniform(70, 150))
        _house(place, x, wide)
        x += wide
    place.ground(place.wall(112, 152, 5), place.wall(84, 100, 4), 34, 50)
    kerb = line + float(rng.uniform(8, 18))
    place.box(0, line, WIDE, kerb - line, place.wall(130, 160, 4))
    if rng.random() < 0.7:
        place.box(0, kerb, WIDE, 30, place.wall(70, 96, 3))
        place.stroke((0, kerb + 16), (WIDE, kerb + 16), 1.6, (205, 205, 200), 0.7)
        for x in place.everywhere(int(rng.integers(1, 4))):
            _car(place, x, kerb + float(rng.uniform(12, 26)))
    for x in place.everywhere(int(rng.integers(2, 5))):
        if rng.random() < 0.5:
            place.box(x, 0, 4, line + 24, (70, 74, 78), 0.9)
        else:
            _tree(place, x, line + float(rng.uniform(2, 22)))
    for x in place.everywhere(5):
        place.box(x, line + 4, 4, 17, place.wall(50, 90))


def park(place: Place) -> None:
    """Trees, a lawn, a path in front, a bench beside it."""
    rng, line = place.rng, place.line
    place.box(0, 0, WIDE, line, place.wall(190, 232))
    for x in place.everywhere(90):
        place.leaves(x, float(rng.uniform(0, line)), 40, 30, 5)
    for x in place.everywhere(6):
        _tree(place, x, line + float(rng.uniform(-4, 14)))
    grass = (float(rng.uniform(88, 128)), float(rng.uniform(118, 148)), float(rng.uniform(56, 84)))
    place.ground(grass, None, 0, 120)
    top = line + float(rng.uniform(14, 60))
    path = np.array([[0, top], [WIDE, top - 6], [WIDE, HIGH], [0, HIGH]], float)
    place.area(path, place.pick((186, 170, 142), (150, 148, 144), (168, 150, 124)))
    for x in place.everywhere(160):
        y = float(rng.uniform(line, top))
        blade = toned(grass, float(rng.uniform(0.7, 1.3)))
        place.stroke((x, y), (x + float(rng.normal(0, 1.5)), y - 4), 1.0, blade)
    for x in place.everywhere(14):
        shade = moved(SHADE * rng.uniform(0.5, 1.5), x, float(rng.uniform(line, HIGH)))
        place.canvas.relight(shade, 0.5, 0.4)
    x = float(rng.uniform(20, WIDE - 90))
    for y in (top - 24, top - 17, top - 11):
        place.box(x, y, 66, 4.5, (116, 84, 58))
    for leg in (6, 56):
        place.box(x + leg, top - 24, 4, 28, (54, 54, 56))


def station(place: Place) -> None:
    """A platform with its yellow line, columns and signs, and a train behind it."""
    rng, line = place.rng, place.line
    place.box(0, 0, WIDE, line, place.wall(120, 180))
    _train(place, place.wall(178, 214, 6), place.paint())
    place.ground(place.wall(126, 166, 5), place.wall(96, 118, 4), 40, 40)
    place.box(0, line + float(rng.uniform(6, 14)), WIDE, 5, (222, 190, 58))
    for x in place.everywhere(4):
        wide, high = float(rng.uniform(10, 18)), line + float(rng.uniform(16, 40))
        place.box(x, 0, wide, high, place.wall(110, 170), 0.95)
        place.canvas.relight(rectangle(x, 0, wide * 0.3, high), 0.5, 0.4)
    for x in place.everywhere(2):
        place.box(x, 8, 56, 15, (36, 52, 96))
        for i in range(4):
            place.box(x + 6 + 12 * i, 13, 8, 4, (226, 226, 226))


def _house(place: Place, x: float, wide: float) -> None:
    rng, line = place.rng, place.line
    wall = place.pick(place.wall(90, 190, 14), (148, 92, 74), (176, 150, 118))
    place.box(x, 0, wide, line, wall)
    if rng.random() < 0.5:
        for y in np.arange(2, line, 4):
            place.stroke((x, float(y)), (x + wide, float(y)), 0.6, toned(wall, 0.8), 0.5)
    shop = rng.random() < 0.55
    if shop:
        _window(place, x, wide, wall)
    elif rng.random() < 0.6:
        place.box(x + wide * 0.4, line - 52, 24, 52, place.wall(40, 110, 20))
    for left in np.arange(x + 10, x + wide - 16, 26):
        for top in np.arange(line - (112 if shop else 60), -30, -46):
            glass = toned((92, 108, 124), float(rng.uniform(0.6, 1.2)))
            place.box(float(left), float(top), 14, 26, glass)
            place.box(float(left) - 1, float(top) + 26, 16, 2, toned(wall, 1.15))


def _window(place: Place, x: float, wide: float, wall: Colour) -> None:
    """A shop window with goods, a door and an awning."""
    rng, line = place.rng, place.line
    place.box(x + 6, line - 62, wide - 12, 58, place.wall(45, 90))
    for _ in range(6):
        left, top = x + float(rng.uniform(8, wide - 20)), line - float(rng.uniform(22, 50))
        size = float(rng.uniform(4, 12)), float(rng.uniform(10, 20))
        place.box(left, top, *size, toned(place.paint(), 0.7))
    place.box(x + 3, line - 74, wide - 6, 14, place.paint())
    middle = x + wide * 0.5
    place.stroke((middle, line - 60), (middle, line - 4), 2, toned(wall, 0.6))


def _train(place: Place, body: Colour, stripe: Colour) -> None:
    line = place.line
    roof = max(4.0, line - 92)
    place.box(0, roof, WIDE, line - roof - 4, body)
    place.box(0, line - 34, WIDE, 10, stripe)
    x = float(place.rng.uniform(-60, 0))
    while x < WIDE:
        place.box(x, line - 74, 46, 32, (52, 62, 72))
        place.stroke((x + 4, line - 70), (x + 26, line - 46), 5, (120, 134, 146), 0.35)
        for door in (x + 56, x + 73):
            place.box(door, line - 80, 16, 74, toned(body, 0.86))
            place.box(door + 3, line - 72, 10, 30, (58, 68, 78))
        x += 104
    place.box(0, line - 4, WIDE, 6, (40, 40, 42))


def _car(place: Place, x: float, y: float) -> None:
    rng = place.rng
    paint = mixed(COLOURS[CAR_PAINTS[int(rng.integers(len(CAR_PAINTS)))]], rng)
    place.canvas.relight(moved(CAR_SHADOW, x, y), 0.35, 0.7)
    place.area(moved(CAR, x, y), paint)
    place.area(moved(CAR_GLASS, x, y), (58, 68, 78))
    place.stroke((x + 54, y - 36), (x + 54, y - 22), 2, paint)
    for hub in (22, 84):
        place.blob(x + hub, y - 6, 18, 18, (28, 28, 30))
        place.blob(x + hub, y - 6, 8, 8, (150, 150, 154))


def _tree(place: Place, x: float, y: float) -> None:
    wide = float(place.rng.uniform(5, 11))
    bark = toned((98, 80, 64), float(place.rng.uniform(0.7, 1.1)))
    place.box(x - wide / 2, 0, wide, y, bark, 0.9)
    place.leaves(x, float(place.rng.uniform(0, 26)), 62, 40, 26)
