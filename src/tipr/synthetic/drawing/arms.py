"""Arms: sleeve, skin and hand."""

import numpy as np

from tipr.synthetic.drawing import fabric
from tipr.synthetic.drawing.canvas import Colour
from tipr.synthetic.drawing.cut import UPPER
from tipr.synthetic.drawing.figure import Figure
from tipr.synthetic.drawing.limb import Limb
from tipr.synthetic.drawing.parts import Part
from tipr.synthetic.people.palette import toned

BARE = np.array(
    [
        (0.0, 0.015),
        (0.12, 0.022),
        (0.35, 0.027),
        (0.8, 0.023),
        (1.0, 0.021),
        (1.3, 0.022),
        (2.0, 0.014),
    ]
)
"""Rows (place along the arm, radius in statures); place 1 is the elbow, 2 the wrist."""


HAND = np.array([(0.0, 0.014), (0.7, 0.019), (1.2, 0.018), (2.0, 0.010)])
# Folds of a long sleeve, two at the cuff and three at the elbow; the last is a short sleeve's too.
FOLDS_AT = np.array([(1.60, 1.65, 1.61)] * 2 + [(0.70, 0.77, 0.75)] * 3 + [(0.15, 0.22, 0.20)])
FOLDS_SPREAD = np.array([0.28] * 2 + [0.65] * 3 + [0.25])[:, None]
FOLDS_ACROSS = np.array([(-0.9, 0.0, 0.9)] * 2 + [(0.95, 0.2, -0.5)] * 4)


def draw_arm(figure: Figure, side: int) -> None:
    """One arm from the shoulder to the fingers."""
    canvas, garment = figure.canvas, figure.person.upper
    cut, joints = UPPER[garment.kind], figure.bones.arms[side]
    near = figure.view.near(*joints[1:, :2].mean(axis=0))
    shade = 0.86 if near < -0.04 else 1.0
    skin = toned(figure.skin, shade)
    bare = BARE * [1.0, figure.body.arm]
    arm = Limb(figure.view, joints, bare)
    end = {"none": 0.0, "short": 0.55 + 0.3 * figure.taste.sleeve, "long": 1.94}[garment.length]
    _hand(figure, joints, skin)
    if end < 1.5:
        for start, stop in ((0.0, 1.0), (1.0, 2.0)):
            canvas.fill(
                arm.outline(start, stop), skin, Part.ARM, arm.shine(figure.light, start, stop)
            )
    if end == 0.0:
        return
    girth = bare.copy()
    girth[:, 1] += cut.sleeve * np.interp(girth[:, 0], [0, 0.1, 0.4, 2], [0.2, 0.45, 0.9, 0.75])
    if garment.length == "short":
        girth[:, 1] += 0.004
    if end > 1.5 and cut.cuff < 1:
        girth = np.concatenate(
            [girth[:-1], [(1.82, girth[-1, 1] * 1.15), (1.94, girth[-1, 1] * cut.cuff)]]
        )
    sleeve = Limb(figure.view, joints, girth)
    colour = toned(garment.rgb, shade)
    canvas.fill(
        sleeve.outline(0, end), colour, Part.SLEEVE, sleeve.shine(figure.light, 0, min(1, end))
    )
    if end > 1.0:
        fore = sleeve.outline(1.0, end)
        canvas.fill(fore, colour, Part.SLEEVE, sleeve.shine(figure.light, 1.0, end))
    fabric.decorate_limb(figure, sleeve, garment, Part.PATTERN, end)
    _creases(figure, sleeve, end, cut.folds)
    if garment.kind == "puffer jacket":
        for t in np.arange(0.15, end, 0.2):
            canvas.crease(sleeve.ring(t), 0.010 * figure.px, 0.35, 0.45)
    canvas.crease(sleeve.ring(end), 0.006 * figure.px, 0.3, 0.4)
    # Where the arm lies on the trunk it keeps the light away.
    inner = sleeve.at(
        np.linspace(0.25, min(end, 1.6), 6), side * 1.0 * np.sign(np.cos(figure.view.yaw) or 1)
    )
    canvas.crease(inner, 0.010 * figure.px, 0.25, 0.30)


def _hand(figure: Figure, joints: np.ndarray, skin: Colour) -> None:
    elbow, wrist = joints[1], joints[2]
    way = (wrist - elbow) / max(float(np.linalg.norm(wrist - elbow)), 1e-6)
    size = 0.94 if figure.person.gender == "woman" else 1.0
    tip = wrist + way * 0.066 * size
    curl = wrist + way * 0.036 * size
    hand = Limb(figure.view, np.stack([wrist, curl, tip]), HAND * [1, size])
    figure.canvas.fill(hand.outline(round_end=True), skin, Part.ARM, hand.shine(figure.light, 0, 2))


def _creases(figure: Figure, sleeve: Limb, end: float, folds: float) -> None:
    rng = figure.rng
    count = 6 if end > 1.5 else 1
    along = FOLDS_AT[-count:] + FOLDS_SPREAD[-count:] * rng.random((count, 1))
    sides = FOLDS_ACROSS[-count:] * rng.choice((-1.0, 1.0), (count, 1))
    figure.fold(sleeve.lines(along, sides), 0.007, 0.33 * folds)
