"""Legs and what they wear: trousers of many cuts, shorts, leggings, skirts."""

import numpy as np

from tipr.synthetic.drawing import fabric
from tipr.synthetic.drawing.canvas import Colour, moved
from tipr.synthetic.drawing.cut import LEG_BARE, LEG_CUTS, LEGS, SKIRT_HEMS
from tipr.synthetic.drawing.figure import Figure
from tipr.synthetic.drawing.limb import Limb
from tipr.synthetic.drawing.parts import Part
from tipr.synthetic.drawing.shoes import draw_shoe
from tipr.synthetic.drawing.skeleton import SIDES
from tipr.synthetic.drawing.stack import Stack
from tipr.synthetic.people.palette import toned
from tipr.synthetic.people.person import Garment

# Folds in threes: at the hip, where the thigh turns; around the knee; on the shoe.
FOLDS_AT = np.repeat([(0.05, 0.13, 0.27), (0.85, 0.90, 0.93), (1.70, 1.74, 1.68)], 3, axis=0)
FOLDS_SPREAD = np.repeat([0.30, 0.35, 0.25], 3)[:, None]
FOLDS_ACROSS = np.repeat([(0.9, 0.3, -0.2), (0.95, 0.3, -0.35), (-0.9, 0.0, 0.9)], 3, axis=0)


def draw_lower(figure: Figure) -> None:
    """Both legs with their shoes, the farther one first, then what covers the hips."""
    garment = figure.person.lower or figure.person.upper
    sides = sorted(SIDES, key=lambda side: _nearness(figure, side))
    for side, far in zip(sides, (True, False), strict=True):
        _leg(figure, garment, side, far=far)
    if garment.kind in ("dress", "coat"):
        return
    if garment.kind == "skirt":
        _skirt(figure, garment)
    else:
        _hips(figure, garment)


def skirted(figure: Figure, levels_K4: np.ndarray, hem: float, flare: float) -> np.ndarray:
    """The levels of a trunk continued down to a hem that is wide enough for the legs' step."""
    top = levels_K4[levels_K4[:, 0] > 0.47 * figure.body.grown]
    rows = []
    for h in np.linspace(0.44, hem, 5) * figure.body.grown:
        reach = np.array([_place(figure, side, h) for side in SIDES])
        radius = 0.036 + 0.012 * figure.body.leg + flare * (0.47 - h / figure.body.grown)
        wide = max((np.ptp(reach[:, 0])) / 2 + radius, top[-1, 1] * 0.96)
        deep = np.ptp(reach[:, 1]) / 2 + radius
        rows.append((h, wide, deep, reach[:, 1].mean()))
    return np.concatenate([top, rows])


def _place(figure: Figure, side: int, h: float) -> np.ndarray:
    leg = figure.bones.legs[side]
    return np.array([np.interp(-h, -leg[:, 2], leg[:, axis]) for axis in (0, 1)])


def _nearness(figure: Figure, side: int) -> float:
    leg = figure.bones.legs[side]
    return figure.view.near(*leg[1:, :2].mean(axis=0))


def _leg(figure: Figure, garment: Garment, side: int, *, far: bool) -> None:
    canvas, joints = figure.canvas, figure.bones.legs[side]
    girth = figure.body.leg
    # The leg behind stands in the shadow of the one before it.
    shade = 0.80 if far else 1.0
    cut = _cut(figure, garment)
    if cut is None or garment.kind == "shorts":
        bare = LEG_BARE * [1.0, girth]
        _limb(figure, Limb(figure.view, joints, bare), figure.skin, Part.LEG, 2.0, shade)
    draw_shoe(figure, side, shade, covered=cut is not None and cut[-1, 0] > 1.85)
    if cut is None:
        return
    rows = cut * [1.0, girth]
    limb = Limb(figure.view, joints, rows)
    colour = garment.rgb
    end = min(float(rows[-1, 0]), 2.0)
    _limb(figure, limb, colour, Part.LOWER, end, shade)
    fabric.decorate_limb(figure, limb, garment, Part.LOWER_PATTERN, end)
    _folds(figure, limb, garment, end)
    if garment.kind in ("jeans", "shorts", "trousers"):
        canvas.crease(limb.ring(end - 0.08), 1.2, 0.5, 0.35)


def _limb(figure: Figure, limb: Limb, colour: Colour, part: Part, end: float, shade: float) -> None:
    canvas = figure.canvas
    tone = toned(colour, shade)
    middle = min(1.0, end)
    canvas.fill(limb.outline(0, end), tone, part, limb.shine(figure.light, 0.0, middle))
    if end > 1.0:
        shin = limb.outline(1.0, end)
        canvas.fill(shin, tone, part, limb.shine(figure.light, 1.0, end))


def _folds(figure: Figure, limb: Limb, garment: Garment, end: float) -> None:
    rng = figure.rng
    stiff = {"leggings": 0.25, "jeans": 1.0, "trousers": 0.8, "sweatpants": 1.0}.get(
        garment.kind, 0.5
    )
    count = 3 if end < 1.1 else 6 if end < 1.9 else 9
    along = FOLDS_AT[:count] + FOLDS_SPREAD[:count] * rng.random((count, 1))
    sides = FOLDS_ACROSS[:count] * rng.choice((-1.0, 1.0), (count, 1))
    figure.fold(limb.lines(along, sides), 0.0075, 0.28 * stiff)


def _cut(figure: Figure, garment: Garment) -> np.ndarray | None:
    kinds = LEG_CUTS.get(garment.kind)
    if kinds is None:
        return None
    rows = LEGS[kinds[int(figure.taste.cut * len(kinds))]].copy()
    if garment.kind == "shorts":
        rows[-1, 0] = 0.62 + 0.34 * figure.taste.leg
    return rows


def _hips(figure: Figure, garment: Garment) -> None:
    levels = figure.body.trunk_K4.copy()
    levels[:, 1:3] += 0.005
    trunk = Stack(figure.view, levels[levels[:, 0] < 0.63 * figure.body.grown])
    canvas = figure.canvas
    canvas.fill(trunk.outline(), garment.rgb, Part.LOWER, trunk.shine(figure.light))
    fabric.decorate_stack(figure, trunk, garment, Part.LOWER_PATTERN, trunk.h_K[0], trunk.h_K[-1])
    top, low = figure.body.h(0.50), figure.body.h(0.462)
    for turn in (0.0, np.pi):
        seam = trunk.patch(np.array([turn - 0.05, turn + 0.05, turn]), np.array([top, top, low]))
        if seam is not None:
            canvas.crease(seam[1:], 2.0, 0.3, 0.45)
    if garment.kind == "jeans":
        for turn in (np.pi - 0.55, np.pi + 0.55):
            pocket = trunk.box(turn - 0.3, turn + 0.3, figure.body.h(0.535), figure.body.h(0.49))
            if pocket is not None:
                canvas.draw(np.concatenate([pocket, pocket[:1]]), 1.2, toned(garment.rgb, 0.7))


def _skirt(figure: Figure, garment: Garment) -> None:
    flare = (0.02, 0.12, 0.24)[int(figure.taste.cut * 3)]
    levels = figure.body.trunk_K4.copy()
    levels[:, 1:3] += 0.004
    levels = levels[levels[:, 0] < 0.63 * figure.body.grown]
    draw_skirt(figure, skirted(figure, levels, SKIRT_HEMS[garment.length], flare), garment,
               Part.LOWER, Part.LOWER_PATTERN, flare)  # fmt: skip


def draw_skirt(figure: Figure, levels: np.ndarray, garment: Garment, part: Part, pattern: Part,
               flare: float) -> None:  # fmt: skip
    """A skirt, of its own or of a dress or coat, with folds that fall from the hips."""
    stack = Stack(figure.view, levels)
    canvas = figure.canvas
    canvas.fill(stack.outline(), garment.rgb, part, stack.shine(figure.light))
    fabric.decorate_stack(figure, stack, garment, pattern, stack.h_K[0], stack.h_K[-1])
    hang(figure, stack, figure.body.h(0.53), float(levels[-1, 0]), 0.25 + 1.6 * flare)


def hang(figure: Figure, stack: Stack, top: float, hem: float, depth: float) -> None:
    """Folds that hang down from the hips to the hem."""
    for turn in figure.rng.uniform(-1.3, 1.3, 6):
        h = np.linspace(top - figure.rng.uniform(0.02, 0.1), hem + 0.004, 4)
        line = stack.seen(turn, h)
        figure.canvas.crease(line, 0.010 * figure.px, 0.4, min(0.4, depth * 0.6))
        figure.canvas.crease(moved(line, 0.012 * figure.px), 0.008 * figure.px, 1.4, depth * 0.3)
