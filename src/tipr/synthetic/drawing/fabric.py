"""What is woven into or printed on cloth: stripes, checks, dots, flowers, blocks of colour."""

from itertools import pairwise

import numpy as np

from tipr.synthetic.drawing.canvas import Points
from tipr.synthetic.drawing.figure import Figure
from tipr.synthetic.drawing.limb import Limb
from tipr.synthetic.drawing.parts import Part
from tipr.synthetic.drawing.stack import HALF, Stack
from tipr.synthetic.people.palette import toned
from tipr.synthetic.people.person import Garment

ROUND = np.linspace(0, 2 * np.pi, 7)[:-1]
THIGH = 0.24
"""Statures from one joint of a limb to the next, near enough to space a pattern."""


def decorate_stack(
    figure: Figure, stack: Stack, garment: Garment, part: Part, top: float, bottom: float
) -> None:
    """Draw a garment's pattern on a trunk between two heights."""
    if garment.pattern in ("plain", "print") or garment.second is None:
        return
    pitch = 0.020 + 0.026 * figure.taste.pitch
    areas: list[Points] = []
    if garment.pattern == "striped":
        areas = [stack.band(h, h - pitch * 0.45) for h in np.arange(top, bottom + pitch, -pitch)]
    elif garment.pattern == "pinstriped":
        areas = _upright(stack, top, bottom, 0.20, 0.05)
    elif garment.pattern == "checked":
        wide = pitch * 1.35
        across = [stack.band(h, h - wide * 0.4) for h in np.arange(top, bottom + wide, -wide)]
        up = _upright(stack, top, bottom, wide / 0.1, wide * 0.4 / 0.1)
        figure.canvas.dye(across, garment.second_rgb, part, 0.62)
        figure.canvas.dye(up, garment.second_rgb, None, 0.62)
        return
    elif garment.pattern == "two-tone":
        split = top + (bottom - top) * (0.38 + 0.3 * figure.taste.pitch)
        areas = [stack.band(h, low) for h, low in pairwise(np.linspace(split, bottom, 5))]
    else:
        areas = _sown(figure, stack, garment.pattern, top, bottom)
    if areas:
        figure.canvas.dye(areas, garment.second_rgb, part)
    if garment.pattern == "floral" and areas:
        figure.canvas.dye(areas[1::3], toned(garment.second_rgb, 1.5), None, 0.9)
        figure.canvas.dye(areas[2::3], (70, 120, 70), None, 0.8)


def decorate_limb(figure: Figure, limb: Limb, garment: Garment, part: Part, end: float) -> None:
    """The same on a sleeve or a trouser leg."""
    if garment.pattern in ("plain", "print", "two-tone") or garment.second is None:
        return
    pitch = (0.020 + 0.026 * figure.taste.pitch) / THIGH
    canvas = figure.canvas
    if garment.pattern == "striped":
        rings = [limb.band(t, t + pitch * 0.45) for t in np.arange(0.0, end - pitch * 0.5, pitch)]
        canvas.dye(rings, garment.second_rgb, part)
    elif garment.pattern == "pinstriped":
        t = np.linspace(0.02, end, 6)
        for side in (-0.6, 0.0, 0.6):
            canvas.draw(limb.at(t, side), 1.0, garment.second_rgb, alpha=0.8)
    elif garment.pattern == "checked":
        wide = pitch * 1.35
        rings = [limb.band(t, t + wide * 0.4) for t in np.arange(0.0, end - wide * 0.5, wide)]
        canvas.dye(rings, garment.second_rgb, part, 0.62)
        t = np.linspace(0.02, end, 6)
        for side in (-0.45, 0.45):
            canvas.draw(limb.at(t, side), 0.012 * figure.px, garment.second_rgb, alpha=0.62)
    elif garment.pattern == "side stripe":
        t = np.linspace(0.0, end, 8)
        canvas.draw(limb.at(t, 0.72), 0.012 * figure.px, garment.second_rgb, part)
    else:
        count = int(26 * end)
        t, side = _scatter(figure, count)
        spots = limb.at(t * end, side * 1.7 - 0.85)
        size = (0.0062 if garment.pattern == "dotted" else 0.010) * figure.px
        canvas.dye([spot + size * _circle() for spot in spots], garment.second_rgb, part)


def _upright(stack: Stack, top: float, bottom: float, step: float, width: float) -> list[Points]:
    h = np.linspace(top, bottom, 6)
    found = [
        stack.patch(np.concatenate([np.full(6, turn), np.full(6, turn + width)]),
                    np.concatenate([h, h[::-1]]))
        for turn in np.arange(-np.pi, np.pi, step)
    ]  # fmt: skip
    return [area for area in found if area is not None]


def _sown(figure: Figure, stack: Stack, pattern: str, top: float, bottom: float) -> list[Points]:
    """Dots in rows or flowers anywhere, foreshortened towards the edges."""
    if pattern == "dotted":
        step = 0.024 + 0.012 * figure.taste.pitch
        rows = np.arange(top - step / 2, bottom, -step)
        turns = np.arange(-HALF, HALF, step / 0.085)
        turn = np.concatenate([turns + (i % 2) * step / 0.17 for i in range(len(rows))])
        h = np.repeat(rows, len(turns))
        size = 0.0062
    else:
        count = int(900 * (top - bottom) * 0.25) + 8
        t, u = _scatter(figure, count)
        h, turn = top + (bottom - top) * t, (u - 0.5) * np.pi
        size = 0.0115
    face = stack.facing(h)
    inside = np.abs(turn) < HALF - 0.1
    spots = stack.surface(face[inside] + turn[inside], h[inside])
    narrow = np.cos(turn[inside])[:, None]
    ring = size * figure.px * _circle()
    return [spot + ring * [max(0.25, float(slim[0])), 1.0]
            for spot, slim in zip(spots, narrow, strict=True)]  # fmt: skip


def _scatter(figure: Figure, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Evenly scattered places; the same ones for the same person."""
    steps = np.arange(1, count + 1)
    return (figure.taste.across + steps * 0.754877666) % 1, (
        figure.taste.along + steps * 0.569840291
    ) % 1


def _circle() -> Points:
    return np.stack([np.cos(ROUND), np.sin(ROUND)], -1)
