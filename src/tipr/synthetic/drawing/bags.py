"""Bags: on the back, over the shoulder, in the hand, on wheels."""

import math

import numpy as np

from tipr.synthetic.drawing.box import draw_box
from tipr.synthetic.drawing.canvas import Points, moved
from tipr.synthetic.drawing.figure import Figure
from tipr.synthetic.drawing.parts import Part
from tipr.synthetic.drawing.stack import Stack
from tipr.synthetic.people.palette import toned

Triple = tuple[float, float, float]

HELD = ("handbag", "shopping bag")


def bag_side(figure: Figure) -> int:
    """On which side of the body it is carried, always the same for one person."""
    return 1 if figure.taste.hand < 0.5 else -1


def prepare(figure: Figure) -> None:
    """Bring the arms to where the bag is held."""
    bag = figure.person.bag
    if bag is None:
        return
    side, grown = bag_side(figure), figure.body.grown
    if bag.kind in HELD:
        figure.bones.reach(side, (side * 0.135, 0.02, 0.475 * grown), (side * 0.3, -1.0, 0.0))
    elif bag.kind == "suitcase":
        figure.bones.reach(side, (side * 0.15, -0.12, 0.47 * grown), (side * 0.3, -1.0, 0.3))


def draw_behind(figure: Figure) -> None:
    """What is carried on the far side of the trunk."""
    bag = figure.person.bag
    if bag is None:
        return
    if bag.kind == "backpack" and figure.back < -0.1:
        _backpack(figure)
    elif bag.kind == "suitcase" and figure.view.near(bag_side(figure) * 0.15, -0.3) < 0:
        _suitcase(figure)


def draw_on_trunk(figure: Figure, trunk: Stack) -> None:
    """Straps that lie on the trunk, and a backpack seen from behind."""
    bag = figure.person.bag
    if bag is None:
        return
    if bag.kind == "backpack":
        _braces(figure, trunk)
        if figure.back >= -0.1:
            _backpack(figure)
    elif bag.kind == "shoulder bag":
        _sash(figure, trunk)


def draw_beside(figure: Figure, side: int) -> None:
    """A bag that hangs at one side, under the arm."""
    bag = figure.person.bag
    if bag is None or bag_side(figure) != side:
        return
    body = figure.body
    if bag.kind == "shoulder bag":
        place = (side * (body.shoulder + 0.005), -0.02, body.h(0.485))
        _pouch(figure, place, (0.05, 0.150, 0.115))
    elif bag.kind == "tote bag":
        place = (side * (body.shoulder + 0.022), -0.01, body.h(0.545))
        top = body.h(0.625)
        for b in (-0.045, 0.045):
            line = np.array([(side * body.shoulder * 0.8, 0.0, body.h(0.825)), (place[0], b, top)])
            figure.canvas.draw(figure.view.project(line), 0.010 * figure.px, toned(bag.rgb, 0.8),
                               Part.STRAP, light=0.9)  # fmt: skip
        draw_box(figure, place, (0.045, 0.19, 0.17), bag.rgb, Part.BAG, 1.05)


def draw_held(figure: Figure, side: int) -> None:
    """A bag in the hand of that arm."""
    bag = figure.person.bag
    if bag is None or bag.kind not in HELD or bag_side(figure) != side:
        return
    hand = _hand(figure, side)
    canvas, view = figure.canvas, figure.view
    if bag.kind == "handbag":
        size, narrow, drop = (0.060, 0.155, 0.105), 0.82, 0.055
    else:
        size, narrow, drop = (0.070, 0.150, 0.190), 0.95, 0.035
    middle = (hand[0], hand[1], hand[2] - drop - size[2] / 2)
    top = middle[2] + size[2] / 2
    grip = hand[2] - 0.005
    arch = np.array(
        [(0.0, b, h) for b, h in ((-0.045, top), (-0.02, grip), (0.02, grip), (0.045, top))]
    )
    arch[:, :2] += hand[:2]
    canvas.draw(view.project(arch), 0.009 * figure.px, toned(bag.rgb, 0.7), Part.BAG, light=0.9)
    corners = draw_box(figure, middle, size, bag.rgb, Part.BAG, narrow)
    if bag.kind == "shopping bag":
        at = figure.rng.uniform(0.2, 0.8, (3, 2, 1))
        ends = corners[:4].mean(axis=0) * (1 - at) + corners[4:].mean(axis=0) * at
        figure.fold(ends + figure.rng.uniform(-3, 3, (3, 2, 2)), 0.008, 0.4)


def draw_before(figure: Figure) -> None:
    """What stands nearer to the camera than its owner."""
    bag = figure.person.bag
    if bag and bag.kind == "suitcase" and figure.view.near(bag_side(figure) * 0.15, -0.3) >= 0:
        _suitcase(figure)


def _hand(figure: Figure, side: int) -> np.ndarray:
    elbow, wrist = figure.bones.arms[side][1:]
    way = wrist - elbow
    return wrist + way / max(float(np.linalg.norm(way)), 1e-6) * 0.05


def _backpack(figure: Figure) -> None:
    bag, body, canvas = figure.person.bag, figure.body, figure.canvas
    assert bag is not None
    size = 0.85 + 0.3 * figure.taste.pack
    deep = 0.058 * size
    back = -0.058 - deep
    wide = 0.088 * (0.8 + 0.2 * size)
    low = 0.815 - 0.27 * size
    rows = np.array([
        (0.835, wide * 0.35, deep * 0.3, back + 0.02),
        (0.828, wide * 0.72, deep * 0.6, back + 0.014),
        (0.805, wide * 0.95, deep * 0.85, back + 0.006),
        (0.76, wide, deep, back),
        (low + 0.05, wide * 1.04, deep * 1.12, back),
        (low + 0.012, wide * 1.0, deep * 1.05, back),
        (low, wide * 0.85, deep * 0.85, back),
    ])  # fmt: skip
    rows[:, 0] *= body.grown
    stack = figure.trunk(rows)
    outline = stack.outline()
    canvas.fill(outline, bag.rgb, Part.BAG, stack.shine(figure.light))
    top, bottom = figure.view.project(np.array([(0, back, rows[0, 0]), (0, back, rows[-1, 0])]))
    canvas.veil(outline, top, bottom, 0.2, ((0, 0.0), (0.7, 0.05), (1, 0.4)))
    pocket = stack.box(math.pi - 1.0, math.pi + 1.0, body.h(low + 0.125), body.h(low + 0.02))
    if pocket is not None:
        if figure.taste.pocket < 0.4:
            canvas.dye([pocket], toned(bag.rgb, 0.75))
        canvas.crease(np.concatenate([pocket, pocket[:1]]), 0.007 * figure.px, 0.3, 0.5)
        canvas.crease(moved(pocket[:5], down=2.0), 0.006 * figure.px, 1.5, 0.3)
    zip_ = stack.patch(math.pi + np.linspace(-1.2, 1.2, 7), body.h(np.array(
        [0.73, 0.79, 0.812, 0.818, 0.812, 0.79, 0.73])))  # fmt: skip
    if zip_ is not None:
        canvas.crease(zip_, 0.006 * figure.px, 0.3, 0.5)


def _braces(figure: Figure, trunk: Stack) -> None:
    bag, body, canvas = figure.person.bag, figure.body, figure.canvas
    assert bag is not None
    h = body.h(np.array([0.838, 0.80, 0.75, 0.70, 0.665]))
    for side in (-1, 1):
        turn = side * np.array([0.95, 0.72, 0.72, 0.95, 1.35])
        strap = trunk.patch(np.concatenate([turn - 0.15, (turn + 0.15)[::-1]]),
                            np.concatenate([h, h[::-1]]), 0.004)  # fmt: skip
        if strap is not None:
            canvas.fill(strap, toned(bag.rgb, 0.85), Part.STRAP, 0.9)
            canvas.crease(strap[:5], 1.6, 0.35, 0.4)


def _sash(figure: Figure, trunk: Stack) -> None:
    """A strap from one shoulder across to the bag at the other side."""
    bag, body, side = figure.person.bag, figure.body, bag_side(figure)
    assert bag is not None
    h = body.h(np.array([0.838, 0.78, 0.70, 0.62, 0.55]))
    for turn in (side * np.array([-0.8, -0.45, 0.2, 0.85, 1.35]),
                 math.pi - side * np.array([-0.8, -0.45, 0.2, 0.85, 1.35])):  # fmt: skip
        strap = trunk.patch(np.concatenate([turn - 0.07, (turn + 0.07)[::-1]]),
                            np.concatenate([h + 0.004, h[::-1] - 0.004]), 0.004)  # fmt: skip
        if strap is not None:
            figure.canvas.fill(strap, toned(bag.rgb, 0.85), Part.STRAP, 0.9)


def _pouch(figure: Figure, place: Triple, size: Triple) -> None:
    bag, canvas = figure.person.bag, figure.canvas
    assert bag is not None
    corners = draw_box(figure, place, size, bag.rgb, Part.BAG, 0.92)
    middle, top = corners[:4].mean(axis=0), corners[4:].mean(axis=0)
    line = _level((middle + top) / 2, float(np.ptp(corners[:, 0])) * 0.45)
    canvas.crease(line, 0.007 * figure.px, 0.3, 0.45)


def _level(middle: Points, half: float) -> Points:
    """A level line around a point."""
    return np.stack([moved(middle, -half), moved(middle, half)])


def _suitcase(figure: Figure) -> None:
    bag, side, view = figure.person.bag, bag_side(figure), figure.view
    assert bag is not None
    place = (side * 0.16, -0.30, 0.20)
    hand = _hand(figure, side)
    for a in (-0.03, 0.03):
        line = np.array([(hand[0] + a, hand[1], hand[2]), (place[0] + a, place[1] + 0.02, 0.37)])
        figure.canvas.draw(view.project(line), 0.007 * figure.px, (120, 122, 126), Part.BAG)
    corners = draw_box(figure, place, (0.20, 0.12, 0.34), bag.rgb, Part.BAG, 0.97)
    low, top = corners[:4], corners[4:]
    for share in (0.25, 0.5, 0.75):
        middle = (low * (1 - share) + top * share).mean(axis=0)
        line = _level(middle, float(np.ptp(corners[:, 0])) * 0.42)
        figure.canvas.crease(line, 0.006 * figure.px, 0.4, 0.35)
    for wheel in low:
        end = moved(wheel, 0.01, 0.02 * figure.px)
        figure.canvas.draw(
            np.stack([wheel, end]), 0.022 * figure.px, (28, 28, 30), Part.BAG, light=0.8
        )
