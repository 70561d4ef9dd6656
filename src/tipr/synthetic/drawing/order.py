"""Draw a person: the pieces in the order in which they hide one another."""

import math

from tipr.synthetic.drawing import bags, carried
from tipr.synthetic.drawing.arms import draw_arm
from tipr.synthetic.drawing.figure import Figure
from tipr.synthetic.drawing.hair import draw_hair, draw_hair_behind, draw_hair_over
from tipr.synthetic.drawing.hats import draw_hat, draw_scarf, hidden_above
from tipr.synthetic.drawing.head import Head, draw_beard, draw_ears, draw_face, draw_glasses
from tipr.synthetic.drawing.lower import draw_lower
from tipr.synthetic.drawing.skeleton import SIDES
from tipr.synthetic.drawing.upper import draw_neck, draw_trunk, trunk_of

BEHIND = -0.045
"""An arm farther away than this, in statures, is hidden by the trunk."""


def draw_figure(figure: Figure) -> None:
    """Draw a figure onto its canvas."""
    bags.prepare(figure)
    carried.prepare(figure)
    head = Head(figure)
    away = math.cos(head.facing) < -0.2
    sides = sorted(SIDES, key=lambda side: _near(figure, side))
    carried.draw_bicycle(figure, before=False)
    carried.draw_shaft(figure, before=False)
    bags.draw_behind(figure)
    for side in sides:
        if _near(figure, side) < BEHIND:
            _arm(figure, side)
    draw_lower(figure)
    trunk = trunk_of(figure)
    if not away:
        draw_hair_behind(head)
    draw_neck(figure)
    draw_trunk(figure, trunk)
    bags.draw_on_trunk(figure, trunk)
    if away:
        draw_scarf(figure)
    _head(head, away=away)
    if not away:
        draw_scarf(figure)
    for side in sides:
        if _near(figure, side) >= BEHIND:
            _arm(figure, side)
    bags.draw_before(figure)
    carried.draw_bicycle(figure, before=True)
    carried.draw_shaft(figure, before=True)
    carried.draw_canopy(figure)


def _head(head: Head, *, away: bool) -> None:
    person = head.figure.person
    draw_face(head)
    if person.beard:
        draw_beard(head)
    limit = hidden_above(person.hat.kind if person.hat else None)
    draw_hair(head, limit)
    if limit > 0:
        draw_ears(head)
    if person.glasses:
        draw_glasses(head)
    if limit > 0:
        if away:
            draw_hair_behind(head)
        if person.hat is None or person.hair.style != "bun":
            draw_hair_over(head)
    draw_hat(head)


def _arm(figure: Figure, side: int) -> None:
    bags.draw_beside(figure, side)
    draw_arm(figure, side)
    bags.draw_held(figure, side)
    carried.draw_held(figure, side)


def _near(figure: Figure, side: int) -> float:
    elbow, wrist = figure.bones.arms[side][1:]
    return figure.view.near(*(0.5 * (elbow + wrist))[:2])
