"""What the hands are busy with: a phone, an umbrella, a bicycle, pockets."""

import numpy as np

from tipr.synthetic.drawing.bags import HELD, bag_side
from tipr.synthetic.drawing.figure import Figure
from tipr.synthetic.drawing.parts import Part
from tipr.synthetic.drawing.stack import HALF, Stack

RIM = np.linspace(0, 2 * np.pi, 25)
CANOPY = (
    (1.185, 0.01),
    (1.178, 0.075),
    (1.155, 0.15),
    (1.12, 0.215),
    (1.075, 0.262),
    (1.045, 0.28),
)
"""Heights and half widths of an open umbrella, in statures."""
HANDLEBAR = np.array(
    [(-0.14, -0.05, 0.0), (-0.10, 0.02, 0.01), (0.10, 0.02, 0.01), (0.14, -0.05, 0.0)]
)
SADDLE = np.array([(0.0, -0.07, 0.03), (0.0, 0.06, 0.03)])
WHEEL = 0.200
"""Radius in statures."""


def free_side(figure: Figure) -> int:
    """The hand that carries no bag."""
    return -bag_side(figure)


def prepare(figure: Figure) -> None:
    """Bring the arms to what they hold; a phone is at the ear or before the eyes."""
    person, body, bones = figure.person, figure.body, figure.bones
    side = free_side(figure)
    if person.bicycle:
        bones.reach(side, (side * 0.20, 0.20, 0.565 * body.grown), (side * 0.6, -1.0, -0.3))
        bones.reach(-side, (side * 0.06, 0.22, 0.565 * body.grown), (-side * 0.8, -0.6, -0.4))
    elif person.umbrella:
        bones.reach(side, (side * 0.115, 0.12, body.h(0.70)), (side * 0.5, -0.3, -1.0))
    elif person.phone:
        if figure.calling:
            bones.reach(side, (side * 0.075, 0.03, 1 - body.head * 0.92), (side * 0.5, 0.5, -1.0))
        else:
            bones.reach(side, (side * 0.03, 0.19, body.h(0.735)), (side * 0.6, -0.2, -1.0))
    elif figure.pockets:
        busy = person.bag is not None and (person.bag.kind in HELD or person.bag.kind == "suitcase")
        for hand in (-1, 1):
            if not (busy and hand == bag_side(figure)):
                low = (hand * (body.shoulder + 0.004), 0.035, body.h(0.508))
                bones.reach(hand, low, (hand * 0.7, -1.0, 0.0))


def draw_held(figure: Figure, side: int) -> None:
    """A phone in that hand."""
    person = figure.person
    if not person.phone or person.umbrella or person.bicycle or side != free_side(figure):
        return
    elbow, wrist = figure.bones.arms[side][1:]
    chin = 1 - figure.body.head
    if figure.calling:
        line = np.array([(side * 0.070, 0.045, chin + 0.012), (side * 0.066, 0.005, chin + 0.062)])
    else:
        way = (wrist - elbow) / max(float(np.linalg.norm(wrist - elbow)), 1e-6)
        start = wrist + np.array([0.0, 0.008, 0.012])
        line = np.stack([start + way * 0.035, start + way * 0.085])
    canvas, ends = figure.canvas, figure.view.project(line)
    canvas.draw(ends, 0.026 * figure.px, (26, 27, 32), Part.PHONE, light=0.9)
    if not figure.calling and figure.back > -0.3:
        canvas.draw(ends, 0.013 * figure.px, (120, 140, 165), light=1.1)


def draw_shaft(figure: Figure, *, before: bool) -> None:
    """The shaft of an open umbrella; drawn when it is on the side that is asked for."""
    if figure.person.umbrella is None or (figure.back < 0) != before:
        return
    side = free_side(figure)
    foot = figure.bones.arms[side][2] + [0, 0.02, -0.05]
    line = np.stack([foot, np.array([side * 0.07, 0.07, 1.17])])
    figure.canvas.draw(figure.view.project(line), 0.009 * figure.px, (50, 48, 50), Part.UMBRELLA)


def draw_canopy(figure: Figure) -> None:
    """An open umbrella above its owner."""
    umbrella = figure.person.umbrella
    if umbrella is None:
        return
    side, canvas = free_side(figure), figure.canvas
    rows = [(h, wide, wide, 0.07) for h, wide in CANOPY]
    dome = Stack(figure.view, rows, aside=side * 0.05)
    canvas.fill(dome.outline(), umbrella.rgb, Part.UMBRELLA, dome.shine(figure.light))
    h = np.array([1.183, 1.155, 1.12, 1.075, 1.046])
    spread = np.linspace(-HALF, HALF, 6)
    for i, turn in enumerate(spread):
        rib = dome.seen(turn, h)
        canvas.crease(rib, 1.5, 0.3, 0.5)
        if umbrella.kind == "striped umbrella" and i % 2 == 0 and i + 1 < len(spread):
            other = dome.seen(spread[i + 1], h)
            canvas.dye([np.concatenate([rib, other[::-1]])], (236, 236, 232))
    edge = dome.seen(np.linspace(-HALF, HALF, 11), h[-1])
    canvas.crease(edge, 0.012 * figure.px, 0.3, 0.5)


def draw_bicycle(figure: Figure, *, before: bool) -> None:
    """A bicycle pushed alongside; drawn when it is on the side that is asked for."""
    bicycle = figure.person.bicycle
    side = free_side(figure)
    if bicycle is None or (figure.view.near(side * 0.27, 0.0) >= 0) != before:
        return
    canvas, view, px = figure.canvas, figure.view, figure.px
    a = side * 0.27
    rear, front = np.array([a, -0.26, WHEEL]), np.array([a, 0.36, WHEEL])
    ring = np.stack([0 * RIM, WHEEL * np.cos(RIM), WHEEL * np.sin(RIM)], -1)
    for hub in (rear, front):
        tyre = view.project(hub + ring)
        for i in range(0, 24, 3):
            canvas.draw(
                np.stack([view.project(hub[None])[0], tyre[i]]), 1.0, (150, 152, 156), alpha=0.45
            )
        canvas.draw(tyre, 0.018 * px, (26, 26, 28), Part.BICYCLE, light=0.8)
    crank, seat = np.array([a, 0.0, 0.17]), np.array([a, -0.075, 0.50])
    head, bar = np.array([a, 0.255, 0.47]), np.array([a, 0.235, 0.56])
    tubes = [(rear, crank), (crank, seat), (seat, rear), (seat, head), (crank, head), (head, bar),
             (head, front)]  # fmt: skip
    for start, end in tubes:
        canvas.draw(
            view.project(np.stack([start, end])), 0.016 * px, bicycle.rgb, Part.BICYCLE, light=1.05
        )
    canvas.draw(view.project(seat + SADDLE), 0.030 * px, (28, 26, 26), Part.BICYCLE, light=0.85)
    canvas.draw(view.project(bar + HANDLEBAR), 0.016 * px, (70, 72, 76), Part.BICYCLE, light=1.0)
