"""What makes a garment of the trunk what it is: the details of each kind."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from tipr.synthetic.drawing.figure import Figure
from tipr.synthetic.drawing.parts import Part
from tipr.synthetic.drawing.stack import Stack
from tipr.synthetic.drawing.trimmings import (
    AROUND,
    buttons,
    collar,
    hood,
    neckline,
    opening,
    printed,
    seam,
)
from tipr.synthetic.people.palette import toned


def _tee(figure: Figure, stack: Stack) -> None:
    deep = 0.012 + 0.03 * figure.taste.detail * (figure.person.gender == "woman")
    neckline(figure, stack, deep, 0.9)
    printed(figure, stack)


def _tank(figure: Figure, stack: Stack) -> None:
    neckline(figure, stack, 0.045, 1.15)
    printed(figure, stack)


def _polo(figure: Figure, stack: Stack) -> None:
    garment = figure.person.upper
    neckline(figure, stack, 0.03, 0.35)
    collar(figure, stack, toned(garment.rgb, 0.88), 0.030)
    seam(figure, stack, 0.0, 0.815, 0.765, 0.6)


def _shirt(figure: Figure, stack: Stack) -> None:
    garment = figure.person.upper
    neckline(figure, stack, 0.02, 0.30)
    collar(figure, stack, toned(garment.rgb, 0.93), 0.034)
    seam(figure, stack, 0.03, 0.83, 0.48, 0.55)
    buttons(figure, stack, (235, 235, 230), 0.80, 0.52, 6)
    pocket = stack.box(0.35, 0.75, figure.body.h(0.755), figure.body.h(0.705))
    if pocket is not None and figure.taste.detail < 0.5:
        figure.canvas.draw(np.concatenate([pocket, pocket[:1]]), 1.0, toned(garment.rgb, 0.75))


def _blouse(figure: Figure, stack: Stack) -> None:
    neckline(figure, stack, 0.05, 0.42, pointed=True)
    seam(figure, stack, 0.0, 0.78, 0.50, 0.35)


def _sweater(figure: Figure, stack: Stack) -> None:
    canvas, body = figure.canvas, figure.body
    neckline(figure, stack, 0.010 if figure.taste.detail < 0.6 else 0.040, 0.8,
              pointed=figure.taste.detail >= 0.6)  # fmt: skip
    hem = float(stack.h_K[-1])
    canvas.relight(stack.band(hem + 0.022, hem), 0.55, 0.30)
    for h in np.arange(hem + 0.04, body.h(0.80), 0.024):
        line = stack.seen(AROUND, h)
        canvas.crease(line, 1.0, 0.6, 0.14)


def _hoodie(figure: Figure, stack: Stack) -> None:
    garment = figure.person.upper
    canvas, body = figure.canvas, figure.body
    hem = float(stack.h_K[-1])
    canvas.relight(stack.band(hem + 0.020, hem), 0.55, 0.28)
    if garment.open:
        opening(figure, stack, 0.20)
    else:
        neckline(figure, stack, 0.012, 0.55)
        pouch = stack.patch([-0.85, 0.85, 1.15, -1.15], body.h(np.array([0.60, 0.60, 0.53, 0.53])))
        if pouch is not None:
            canvas.crease(np.concatenate([pouch, pouch[:1]]), 0.008 * figure.px, 0.35, 0.35)
    if figure.taste.detail < 0.7:
        for turn in (-0.22, 0.22):
            string = stack.patch([turn, turn * 1.1], body.h(np.array([0.815, 0.755])))
            if string is not None:
                canvas.draw(string, 0.006 * figure.px, toned((238, 238, 236), 0.95))
    printed(figure, stack)
    hood(figure, stack, garment.rgb)


def _jacket(figure: Figure, stack: Stack) -> None:
    garment = figure.person.upper
    canvas, body = figure.canvas, figure.body
    if garment.open:
        opening(figure, stack, 0.34)
    else:
        neckline(figure, stack, 0.004, 0.5)
        seam(figure, stack, 0.0, 0.84, 0.48, 0.9, 0.007)
    collar(figure, stack, toned(garment.rgb, 0.85), 0.030)
    for turn in (-0.95, 0.95):
        pocket = stack.patch([turn * 0.75, turn], body.h(np.array([0.585, 0.535])))
        if pocket is not None:
            canvas.crease(pocket, 0.008 * figure.px, 0.3, 0.5)
    hem = float(stack.h_K[-1])
    canvas.relight(stack.band(hem + 0.018, hem), 0.5, 0.22)


def _puffer(figure: Figure, stack: Stack) -> None:
    garment = figure.person.upper
    canvas, body = figure.canvas, figure.body
    hem = float(stack.h_K[-1])
    pitch = 0.036 + 0.018 * figure.taste.pitch
    for h in np.arange(body.h(0.80), hem, -pitch):
        canvas.crease(stack.seen(AROUND, h), 0.011 * figure.px, 0.35, 0.5)
        canvas.crease(stack.seen(AROUND, h - pitch * 0.4), 0.013 * figure.px, 1.5, 0.22)
    if garment.open:
        opening(figure, stack, 0.28)
    else:
        seam(figure, stack, 0.0, 0.845, hem / body.grown, 0.9, 0.007)
    collar = stack.box(-1.6, 1.6, body.h(0.848), body.h(0.832))
    if collar is not None:
        canvas.relight(collar, 0.5, 0.3)


def _blazer(figure: Figure, stack: Stack) -> None:
    garment = figure.person.upper
    canvas, body = figure.canvas, figure.body
    shirt = garment.second_rgb if garment.second else (232, 232, 230)
    gap = stack.patch([-0.42, 0.42, 0.0], body.h(np.array([0.848, 0.848, 0.655])))
    if gap is not None:
        canvas.dye([gap], shirt, Part.INNER)
        if figure.person.gender == "man" and figure.taste.detail < 0.6:
            tie = stack.patch([-0.07, 0.07, 0.10, 0.0, -0.10],
                              body.h(np.array([0.835, 0.835, 0.69, 0.665, 0.69])))  # fmt: skip
            if tie is not None:
                canvas.dye([tie], toned(garment.rgb, 0.55), Part.TIE)
    for side in (-1, 1):
        lapel = stack.patch(side * np.array([0.46, 0.70, 0.62, 0.02]),
                            body.h(np.array([0.845, 0.80, 0.765, 0.655])))  # fmt: skip
        if lapel is not None:
            canvas.dye([lapel], toned(garment.rgb, 1.08))
            canvas.crease(np.concatenate([lapel[1:], lapel[:1]]), 1.6, 0.4, 0.5)
    hem = float(stack.h_K[-1]) / body.grown
    seam(figure, stack, 0.04, 0.655, hem, 0.6)
    buttons(figure, stack, toned(garment.rgb, 0.5), 0.64, 0.56, 2)


def _coat(figure: Figure, stack: Stack) -> None:
    garment = figure.person.upper
    canvas, body = figure.canvas, figure.body
    hem = float(stack.h_K[-1]) / body.grown
    if garment.open:
        opening(figure, stack, 0.30)
    else:
        seam(figure, stack, 0.10, 0.76, hem, 0.8, 0.008)
        buttons(figure, stack, toned(garment.rgb, 0.45), 0.73, 0.45, 5, 0.14)
    for side in (-1, 1):
        lapel = stack.patch(side * np.array([0.40, 0.85, 0.70, 0.05]),
                            body.h(np.array([0.85, 0.805, 0.775, 0.745])))  # fmt: skip
        if lapel is not None:
            canvas.dye([lapel], toned(garment.rgb, 1.1))
            canvas.crease(np.concatenate([lapel[1:], lapel[:1]]), 1.8, 0.4, 0.5)
    if figure.taste.detail < 0.35 and not garment.open:
        canvas.dye([stack.band(body.h(0.63), body.h(0.605))], toned(garment.rgb, 0.6))
    vent = stack.surface(np.pi, body.h(np.array([0.46, hem])))
    if abs(stack.ahead) > np.pi - 1.0:
        canvas.crease(vent, 0.008 * figure.px, 0.3, 0.5)


def _dress(figure: Figure, stack: Stack) -> None:
    garment = figure.person.upper
    neckline(figure, stack, 0.02 + 0.035 * figure.taste.detail, 0.75)
    canvas, body = figure.canvas, figure.body
    waist = body.h(0.625)
    line = stack.seen(AROUND, waist)
    if figure.taste.extra < 0.4:
        canvas.dye([stack.band(body.h(0.635), body.h(0.612))], toned(garment.rgb, 0.5))
    else:
        canvas.crease(line, 0.007 * figure.px, 0.4, 0.4)


DETAILS: Mapping[str, Callable[[Figure, Stack], None]] = MappingProxyType({
    "t-shirt": _tee, "polo shirt": _polo, "tank top": _tank, "shirt": _shirt, "blouse": _blouse,
    "sweater": _sweater, "hoodie": _hoodie, "jacket": _jacket, "puffer jacket": _puffer,
    "blazer": _blazer, "coat": _coat, "dress": _dress,
})  # fmt: skip
