"""What is worn on the head and around the neck: caps, hats, a headscarf, a helmet, a scarf."""

import numpy as np

from tipr.synthetic.drawing.canvas import moved
from tipr.synthetic.drawing.figure import Figure
from tipr.synthetic.drawing.hair import TURNS, cap
from tipr.synthetic.drawing.head import Head
from tipr.synthetic.drawing.limb import Limb
from tipr.synthetic.drawing.parts import Part
from tipr.synthetic.drawing.stack import HALF
from tipr.synthetic.people.palette import toned

EDGES = {
    "cap": np.interp(TURNS, [0, np.pi], [0.74, 0.56]),
    "knitted hat": np.interp(TURNS, [0, 1.5, np.pi], [0.74, 0.56, 0.46]),
    "hat": np.interp(TURNS, [0, np.pi], [0.76, 0.66]),
    "helmet": np.interp(TURNS, [0, 1.3, np.pi], [0.78, 0.60, 0.44]),
    "headscarf": np.array([0.84, 0.82, 0.66, 0.40, 0.02, -0.05, -0.10, -0.12, -0.12]),
}
THICK = {"cap": 0.06, "knitted hat": 0.075, "hat": 0.075, "helmet": 0.13, "headscarf": 0.05}


def hidden_above(hat: str | None) -> float:
    """Above which height of the head a hat hides the hair; 2 without one."""
    return {None: 2.0, "headscarf": -1.0}.get(hat, 0.70)


def draw_hat(head: Head) -> None:
    """A hat or cap on top of everything else of the head."""
    hat = head.figure.person.hat
    if hat is None:
        return
    canvas, thick = head.figure.canvas, THICK[hat.kind]
    if hat.kind == "headscarf":
        _drape(head)
    if hat.kind == "hat":
        _brim(head)
    ahead = np.cos(head.facing)
    if hat.kind == "cap" and ahead < 0:
        _visor(head)
    area = cap(head, EDGES[hat.kind], thick)
    if area is None:
        return
    grown = head.grown(thick)
    canvas.fill(area, hat.rgb, Part.HAT, grown.shine(head.figure.light))
    edge = area[:15]
    if hat.kind == "knitted hat":
        canvas.crease(edge - [0, 0.12 * head.px], 0.05 * head.px, 0.45, 0.4)
        for i in range(1, 15, 2):
            canvas.crease(np.stack([edge[i], edge[i] - [0, 0.12 * head.px]]), 1.0, 0.5, 0.3)
    if hat.kind == "hat":
        canvas.dye([np.concatenate([edge, edge[::-1] - [0, 0.07 * head.px]])], toned(hat.rgb, 0.5))
    if hat.kind == "helmet":
        for turn in (-0.8, 0.0, 0.8):
            h = head.h(np.array([0.82, 0.92, 1.05]))
            line = grown.seen(turn, h)
            canvas.draw(line, 0.05 * head.px, (30, 30, 32), alpha=0.8)
    canvas.crease(edge, 0.05 * head.px, 0.3, 0.45)
    if hat.kind == "cap" and ahead >= 0:
        _visor(head)


def _visor(head: Head) -> None:
    hat = head.figure.person.hat
    assert hat is not None
    turn = np.linspace(-1.15, 1.15, 9)
    skull = head.grown(0.06)
    height = float(head.h(0.745))
    w, d, o = skull.level(height)
    reach = 0.34 * head.height * np.cos(turn) ** 0.6
    rim = np.stack([(w + reach * 0.35) * np.sin(turn), o + (d + reach) * np.cos(turn),
                    height - head.height * (0.10 + 0.05 * np.cos(turn))], -1)  # fmt: skip
    root = np.stack([w * np.sin(turn), o + d * np.cos(turn), np.full(9, height)], -1)
    points = head.view.project(np.concatenate([root, rim[::-1]]))
    head.figure.canvas.fill(points, toned(hat.rgb, 0.82), Part.HAT, 0.92)
    rim_px = head.view.project(rim)
    head.figure.canvas.crease(moved(rim_px, down=0.06 * head.px), 0.10 * head.px, 0.3, 0.35)


def _brim(head: Head) -> None:
    hat = head.figure.person.hat
    assert hat is not None
    turn = np.linspace(0, 2 * np.pi, 25)[:-1]
    skull = head.grown(0.05)
    height = float(head.h(0.74))
    w, d, o = skull.level(height)
    out = (0.22 + 0.16 * head.figure.taste.brim) * head.height
    ring = np.stack([(w + out) * np.sin(turn), o + (d + out) * np.cos(turn),
                     np.full(24, height) - 0.07 * head.height * np.cos(2 * turn)], -1)  # fmt: skip
    points = head.view.project(ring)
    points[:, 1] += 0.02 * head.px * np.sign(points[:, 1] - points[:, 1].mean())
    head.figure.canvas.fill(points, hat.rgb, Part.HAT, 0.85)


def _drape(head: Head) -> None:
    hat = head.figure.person.hat
    assert hat is not None
    rows = np.array([(0.5, 0.36, 0.40, 0.0), (0.2, 0.38, 0.40, 0.0), (-0.1, 0.42, 0.40, -0.02),
                     (-0.30, 0.56, 0.42, -0.02), (-0.42, 0.60, 0.40, -0.02)])  # fmt: skip
    stack = head.stack(rows)
    canvas = head.figure.canvas
    below = stack.outline(top=float(head.h(0.16)))
    canvas.fill(below, hat.rgb, Part.HAT, stack.shine(head.figure.light))
    for shift in (0.0, -0.14, -0.28):
        h = head.h(np.array([0.02, -0.08, -0.02]) + shift)
        canvas.crease(stack.seen(np.array([-1.0, 0.1, 1.1]), h),
                      0.05 * head.px, 0.4, 0.35)  # fmt: skip


def draw_scarf(figure: Figure) -> None:
    """A scarf around the neck, one end hanging down in front."""
    scarf = figure.person.scarf
    if scarf is None:
        return
    body, canvas = figure.body, figure.canvas
    rows = np.array([(0.872, 0.046, 0.050, 0.012), (0.858, 0.060, 0.060, 0.010),
                     (0.838, 0.066, 0.062, 0.008), (0.822, 0.056, 0.056, 0.008)])  # fmt: skip
    rows[:, 0] *= body.grown
    ring = figure.trunk(rows)
    hang = np.array([(0.03, 0.055, 0.835), (0.035, 0.082, 0.76), (0.03, 0.085, 0.655)])
    hang[:, 2] *= body.grown
    if np.cos(figure.view.yaw) > -0.2:
        end = Limb(figure.view, hang, [(0, 0.022), (2, 0.027)])
        canvas.fill(
            end.outline(), toned(scarf.rgb, 0.92), Part.SCARF, end.shine(figure.light, 0, 2)
        )
    canvas.fill(ring.outline(), scarf.rgb, Part.SCARF, ring.shine(figure.light))
    for h in body.h(np.array([0.856, 0.840])):
        line = ring.seen(np.linspace(-HALF, HALF, 5), h + np.array([0, -0.004, -0.008, -0.004, 0]))
        canvas.crease(line, 0.008 * figure.px, 0.35, 0.45)
