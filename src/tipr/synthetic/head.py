"""Head, face, hair and hat."""

from tipr.synthetic.pen import Pen, shaded
from tipr.synthetic.people import COLOURS, HAIRS, SKINS, Colour, Person
from tipr.synthetic.pose import Direction

EYE = (40, 32, 32)


def draw_head(pen: Pen, person: Person, direction: Direction) -> None:
    """Everything above the neck, and hair that hangs over the back.

    Hair that hangs behind a face is drawn by `draw_hair_behind`, before the body.
    """
    skin = SKINS[person.skin]
    hair = skin if person.hair == "bald" else HAIRS[person.hair_colour]
    if direction == "back":
        _from_behind(pen, person.hair, skin, hair)
    elif direction == "front":
        _face(pen, skin, shaded(HAIRS[person.hair_colour], 0.9))
        if person.hair != "bald":
            _fringe(pen, hair, low=66 if person.hair == "short" else 92)
    else:
        _profile(pen, skin)
        if person.hair != "bald":
            _side_hair(pen, person.hair, hair)
    if person.hat:
        _hat(pen, person.hat.kind, COLOURS[person.hat.colour], direction)


def draw_hair_behind(pen: Pen, person: Person) -> None:
    """Of someone who faces the camera: the hair seen on both sides of neck and shoulders."""
    hair = HAIRS[person.hair_colour]
    if person.hair == "long":
        pen.shape([(-54, 50), (54, 50), (70, 180), (58, 250), (-58, 250), (-70, 180)], hair)
    elif person.hair == "medium":
        pen.shape([(-53, 50), (53, 50), (58, 146), (-58, 146)], hair)
    elif person.hair == "bun":
        pen.oval(0, 2, 28, 26, shaded(hair, 0.85))


def _face(pen: Pen, skin: Colour, brow: Colour) -> None:
    pen.oval(0, 72, 47, 62, shaded(skin))
    pen.oval(-5 * pen.side, 72, 40, 58, skin)
    for side in (-1, 1):
        pen.oval(side * 18, 68, 6, 6, EYE)
        pen.line([(side * 10, 55), (side * 27, 54)], 5, brow)
    pen.line([(-13, 107), (13, 107)], 6, shaded(skin, 0.6))


def _profile(pen: Pen, skin: Colour) -> None:
    pen.oval(4, 72, 52, 62, shaded(skin))
    pen.oval(4 - 5 * pen.side, 72, 45, 58, skin)
    pen.flat([(50, 68), (66, 92), (48, 98)], skin)  # the nose
    pen.oval(34, 66, 6, 6, EYE)
    pen.line([(32, 108), (48, 106)], 6, shaded(skin, 0.6))


def _from_behind(pen: Pen, style: str, skin: Colour, hair: Colour) -> None:
    pen.oval(0, 70, 50, 64, shaded(hair))
    pen.oval(-5 * pen.side, 66, 42, 58, hair)
    if style == "long":
        pen.shape([(-54, 50), (54, 50), (70, 180), (60, 300), (-60, 300), (-70, 180)], hair)
    elif style == "medium":
        pen.shape([(-53, 50), (53, 50), (58, 146), (-58, 146)], hair)
    else:
        pen.oval(0, 118, 34, 22, skin)  # the nape
    if style == "ponytail":
        pen.limb([(0, 50), (0, 120), (0, 215)], [30, 36, 16], shaded(hair, 0.85))
    elif style == "bun":
        pen.oval(0, 20, 28, 26, shaded(hair, 0.85))


def _fringe(pen: Pen, hair: Colour, low: float) -> None:
    outer = [(-50, low), (-53, 50), (-36, 14), (0, 1), (36, 14), (53, 50), (50, low)]
    pen.shape([*outer, (41, 62), (30, 36), (-6, 30), (-34, 40), (-41, 62)], hair)


def _side_hair(pen: Pen, style: str, hair: Colour) -> None:
    outer = [(46, 44), (30, 14), (0, 2), (-34, 14), (-54, 48), (-52, 100), (-30, 122)]
    pen.shape([*outer, (-14, 84), (-6, 50), (22, 38)], hair)
    if style == "long":
        hanging = [(-20, 40), (-52, 44), (-70, 180), (-64, 268), (-22, 262), (-16, 130)]
        pen.shape(hanging, hair)
    elif style == "medium":
        pen.shape([(-16, 40), (-54, 50), (-58, 148), (-12, 146), (-6, 80)], hair)
    elif style == "ponytail":
        pen.limb([(-52, 60), (-82, 110), (-78, 190)], [26, 32, 14], hair)
    elif style == "bun":
        pen.oval(-58, 34, 26, 26, hair)


def _hat(pen: Pen, kind: str, colour: Colour, direction: Direction) -> None:
    pen.shape([(-55, 48), (-52, 16), (-30, -8), (0, -14), (30, -8), (52, 16), (55, 48)], colour)
    if kind == "knitted hat":
        pen.line([(-54, 45), (54, 45)], 24, shaded(colour, 0.82))
        pen.oval(0, -16, 15, 15, colour)
    elif direction == "front":  # a cap's peak
        pen.shape([(-46, 38), (46, 38), (40, 60), (-40, 60)], shaded(colour, 0.7))
    elif direction != "back":
        pen.shape([(20, 34), (100, 44), (100, 54), (20, 52)], shaded(colour, 0.8))
