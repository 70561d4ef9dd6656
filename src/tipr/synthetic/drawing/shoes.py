"""Shoes: sneakers, leather shoes, boots, sandals, heels."""

import numpy as np

from tipr.synthetic.drawing.canvas import Colour
from tipr.synthetic.drawing.figure import Figure
from tipr.synthetic.drawing.limb import Limb
from tipr.synthetic.drawing.parts import Part
from tipr.synthetic.people.palette import brightness, toned

SOLES: dict[str, Colour] = {
    "sneakers": (232, 230, 224),
    "boots": (52, 44, 38),
    "shoes": (40, 36, 34),
}
HEEL = 0.022
"""How high a heel is, in statures."""
UP = np.array([0.0, 0.0, 1.0])
FOOT = np.array([(0.0, 0.020), (0.6, 0.021), (1.3, 0.019), (2.0, 0.013)])
ANKLE = np.array([(0.0, 0.020), (1.0, 0.021)])
SHAFT = np.array([(0.0, 0.034), (1.0, 0.027), (2.0, 0.024)])


def draw_shoe(figure: Figure, side: int, shade: float, *, covered: bool) -> None:
    """The shoe of one foot; `covered` says that a trouser leg hides its upper end."""
    shoes = figure.person.shoes
    colour = toned(shoes.rgb, shade)
    heel, toe = figure.bones.feet[side]
    if shoes.kind == "heels":
        _heeled(figure, heel, toe, colour, shade)
        return
    foot = _foot(figure, heel, toe)
    if shoes.kind == "sandals":
        bare = toned(figure.skin, shade)
        figure.canvas.fill(foot.outline(round_end=True), bare, Part.LEG, 0.95)
        for t in (0.5, 1.35):
            figure.canvas.dye([foot.band(t, t + 0.3)], colour, Part.SHOES)
        return
    _sole(figure, heel, toe, shade)
    light = foot.shine(figure.light, 0.2, 1.8)
    figure.canvas.fill(foot.outline(round_end=True), colour, Part.SHOES, light)
    if not covered:
        _shaft(figure, side, colour)
    if shoes.kind == "sneakers":
        laces = (235, 235, 235) if brightness(shoes.rgb) < 150 else (150, 150, 155)
        for t in (0.75, 1.05, 1.3):
            line = foot.at(np.full(2, t), np.array([-0.45, 0.35]))
            figure.canvas.draw(line, 1.0, toned(laces, shade), alpha=0.6)


def _foot(figure: Figure, heel: np.ndarray, toe: np.ndarray) -> Limb:
    joints = np.stack([heel + 0.016 * UP, (heel + toe) / 2 + 0.016 * UP, toe + 0.010 * UP])
    return Limb(figure.view, joints, FOOT)


def _shaft(figure: Figure, side: int, colour: Colour) -> None:
    """What reaches up from the foot: a little, or the shaft of a boot."""
    _, knee, ankle = figure.bones.legs[side]
    heel = figure.bones.feet[side][0]
    if figure.person.shoes.kind == "boots":
        joints = np.stack([ankle + (knee - ankle) * 0.30, ankle, heel + 0.012 * UP])
        shaft = Limb(figure.view, joints, SHAFT)
    else:
        joints = np.stack([ankle + 0.012 * UP, (heel + ankle) / 2 + 0.004 * UP])
        shaft = Limb(figure.view, joints, ANKLE)
    figure.canvas.fill(shaft.outline(), colour, Part.SHOES, shaft.shine(figure.light, 0, 1))


def _heeled(
    figure: Figure, heel: np.ndarray, toe: np.ndarray, colour: Colour, shade: float
) -> None:
    canvas, raised = figure.canvas, heel + HEEL * UP
    foot = _foot(figure, raised, toe)
    canvas.fill(foot.outline(round_end=True), toned(figure.skin, shade), Part.LEG, 0.95)
    spike = figure.view.project(np.stack([raised + 0.020 * UP, heel]))
    canvas.draw(spike, 0.009 * figure.px, colour, Part.SHOES, light=0.8)
    canvas.dye([foot.outline(0.0, 0.5)], colour, Part.SHOES)
    light = foot.shine(figure.light, 0.2, 1.8)
    canvas.fill(foot.outline(0.9, round_end=True), colour, Part.SHOES, light)


def _sole(figure: Figure, heel: np.ndarray, toe: np.ndarray, shade: float) -> None:
    shoes = figure.person.shoes
    pale = shoes.kind == "sneakers" and brightness(shoes.rgb) > 190
    rgb = (206, 204, 198) if pale else SOLES[shoes.kind]
    line = figure.view.project(np.stack([heel, (heel + toe) / 2, toe]) + 0.007 * UP)
    width = 0.026 if shoes.kind == "sneakers" else 0.024
    figure.canvas.draw(line, width * figure.px, toned(rgb, shade), Part.SHOES, light=0.8)
