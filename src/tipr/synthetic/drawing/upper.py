"""The trunk and what it wears, from the collar to the hem."""

import numpy as np

from tipr.synthetic.drawing import fabric
from tipr.synthetic.drawing.canvas import moved
from tipr.synthetic.drawing.cut import UPPER, UpperCut
from tipr.synthetic.drawing.figure import Figure
from tipr.synthetic.drawing.garments import DETAILS
from tipr.synthetic.drawing.limb import Limb
from tipr.synthetic.drawing.lower import hang, skirted
from tipr.synthetic.drawing.parts import Part
from tipr.synthetic.drawing.stack import Stack
from tipr.synthetic.drawing.trimmings import AROUND

# Folds from both arm pits, then across the waist.
FOLDS_H = np.array([(0.745, 0.725, 0.690)] * 4 + [(0.64, 0.628, 0.63)] * 4)
FOLDS_FALL = np.array([0.03] * 4 + [0.12] * 4)[:, None]
FOLDS_TURN = np.array([(1.45, 1.0, 0.6)] * 4 + [(1.5, 0.95, 0.4)] * 4)
FOLDS_SIDE = np.array([-1, -1, 1, 1, -1, 1, -1, 1])[:, None]


def draw_neck(figure: Figure) -> None:
    """The bare neck, in the shadow of the chin."""
    body, lean = figure.body, figure.bones.lean
    low, high = body.h(0.815), 1 - body.head * 0.72
    joints = np.array([(0, lean * (low - 0.5) - 0.004, low), (0, lean * (high - 0.5), high)])
    neck = Limb(figure.view, joints, [(0, body.neck * 1.15), (1, body.neck)])
    figure.canvas.fill(neck.outline(), figure.skin, Part.SKIN, neck.shine(figure.light, 0, 1))
    figure.canvas.relight(neck.outline(0.35, 1.0, round_start=False), 0.35, 0.45)


def trunk_of(figure: Figure) -> Stack:
    """The trunk as the upper garment shapes it, down to its hem."""
    garment, body = figure.person.upper, figure.body
    cut = UPPER[garment.kind]
    levels = _eased(figure, cut)
    if cut.hem < 0.45:
        flare = 0.05 if garment.kind == "coat" else (0.03, 0.13, 0.22)[int(figure.taste.cut * 3)]
        hem = cut.hem
        if garment.kind == "dress":
            hem = {"short": 0.36, "knee": 0.27, "long": 0.09}[_dress_length(figure)]
        levels = skirted(figure, levels, hem + 0.04 * (figure.taste.hem - 0.5), flare)
    else:
        hem = body.h(cut.hem + 0.02 * (figure.taste.hem - 0.5))
        levels = levels[levels[:, 0] > hem]
        below = levels[-1].copy()
        below[0] = hem
        levels = np.concatenate([levels, [below]])
    return figure.trunk(levels)


def _dress_length(figure: Figure) -> str:
    return ("short", "knee", "knee", "long")[int(figure.taste.skirt * 4)]


def draw_trunk(figure: Figure, stack: Stack) -> None:
    """The upper garment without its sleeves."""
    garment, canvas, body = figure.person.upper, figure.canvas, figure.body
    cut = UPPER[garment.kind]
    outline = stack.outline()
    canvas.fill(outline, garment.rgb, Part.UPPER, stack.shine(figure.light))
    fabric.decorate_stack(figure, stack, garment, Part.PATTERN, body.h(0.835), stack.h_K[-1])
    top, low = figure.view.project(np.array([[0, 0, body.h(0.86)], [0, 0, body.h(0.52)]]))
    canvas.veil(outline, top, low, 0.2, ((0, 0.30), (0.10, 0.0), (0.62, 0.0), (1, 0.18)))
    if figure.person.gender == "woman" and figure.person.age != "child":
        _bust(figure, stack, cut)
    if cut.hem < 0.45:
        hang(figure, stack, body.h(0.54), float(stack.h_K[-1]), 0.5)
    _wrinkles(figure, stack, cut)
    DETAILS[garment.kind](figure, stack)
    hem = stack.seen(AROUND, stack.bottom)
    if cut.hem > 0.45:
        canvas.crease(moved(hem, down=0.006 * figure.px), 0.014 * figure.px, 0.25, 0.45)


def _eased(figure: Figure, cut: UpperCut) -> np.ndarray:
    levels = figure.body.trunk_K4.copy()
    adult = levels[:, 0] / figure.body.grown
    below = np.clip((0.80 - adult) / 0.05, 0.15, 1.0)
    levels[:, 1] += cut.ease * below
    levels[:, 2] += cut.ease * below
    waist = (adult < 0.74) & (adult > 0.5)
    for column in (1, 2):
        wide = np.interp(-adult, [-0.74, -0.5], levels[[7, 13], column])
        straight = levels[:, column] + cut.straight * np.maximum(0, wide - levels[:, column])
        levels[:, column] = np.where(waist, straight, levels[:, column])
    return levels[levels[:, 0] < figure.body.h(0.85)]


def _bust(figure: Figure, stack: Stack, cut: UpperCut) -> None:
    soft = max(0.0, 0.34 - 9 * cut.ease)
    for turn in (-0.62, 0.62):
        h = figure.body.h(0.705) + np.array([0.012, 0.0, -0.004, 0.0, 0.012])
        turns = turn + np.linspace(-0.5, 0.5, 5)
        arc = stack.patch(turns, h)
        if arc is not None:
            figure.canvas.crease(arc, 0.012 * figure.px, 0.3, soft)


def _wrinkles(figure: Figure, stack: Stack, cut: UpperCut) -> None:
    """Folds that run from the arm pit and across the waist."""
    chance = figure.rng.random((len(FOLDS_H), 1))
    h_MN = figure.body.h(FOLDS_H - FOLDS_FALL * chance)
    side_MN = FOLDS_SIDE * (FOLDS_TURN - 0.25 * chance[::-1])
    figure.fold(stack.lines(side_MN, h_MN), 0.010, 0.28 * cut.folds)
