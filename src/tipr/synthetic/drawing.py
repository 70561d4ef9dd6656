"""Draw an invented person in a pose, piece by piece, the far pieces first."""

from PIL import Image

from tipr.synthetic.head import draw_hair_behind, draw_head
from tipr.synthetic.pen import Pattern, Pen, shaded
from tipr.synthetic.people import COLOURS, SKINS, Colour, Person
from tipr.synthetic.pose import (
    Point,
    Pose,
    arm_facing,
    arm_sideways,
    legs_facing,
    legs_sideways,
)

GIRTH = {"slim": 0.86, "average": 1.0, "heavy": 1.22}
HEMS = {"t-shirt": 500, "shirt": 515, "sweater": 505, "hoodie": 510, "jacket": 520, "coat": 680}
BULK = {"coat": 12, "jacket": 9, "hoodie": 7, "sweater": 4}
WAISTBAND = 455  # where an upper garment ends that is tucked into a skirt


def draw_person(
    canvas: Image.Image, person: Person, pose: Pose, *, crown: Point, pixels: float
) -> None:
    """Draw onto an RGB canvas, in place; `crown` is the top of the head, `pixels` the height."""
    pen = Pen(canvas, crown, pixels / 1000, mirror=pose.direction == "left")
    body = _Body(person, pose)
    if pose.sideways:
        _side(pen, body)
    else:
        _facing(pen, body)


class _Body:
    """Measures and colours of one person in one pose, in figure units."""

    def __init__(self, person: Person, pose: Pose) -> None:
        self.person, self.pose = person, pose
        self.girth = GIRTH[person.build]
        man = person.sex == "man"
        self.shoulder = (102 if man else 86) * (0.5 + 0.5 * self.girth)
        self.waist = (76 if man else 62) * self.girth
        self.hip = (78 if man else 86) * (0.3 + 0.7 * self.girth)
        self.depth = 58 * (0.3 + 0.7 * self.girth)
        self.arm = 46 * (0.45 + 0.55 * self.girth) * (1.0 if man else 0.88)
        self.leg = 92 * (0.45 + 0.55 * self.girth) * (1.0 if man else 0.94)
        self.skin = SKINS[person.skin]
        self.upper = COLOURS[person.upper.colour]
        self.lower = COLOURS[person.lower.colour]
        self.shoes = COLOURS[person.shoes.colour]
        self.bag = COLOURS[person.bag.colour] if person.bag else (0, 0, 0)
        self.bulk = BULK.get(person.upper.kind, 0)
        self.hem = HEMS[person.upper.kind]
        if person.lower.kind == "skirt" and person.upper.kind != "coat":
            self.hem = WAISTBAND

    def carries(self, kind: str) -> bool:
        return self.person.bag is not None and self.person.bag.kind == kind


# --- from the front and from behind ----------------------------------------------------------


def _facing(pen: Pen, body: _Body) -> None:
    front = body.pose.direction == "front"
    shoulder, waist, hip = (w + body.bulk for w in (body.shoulder, body.waist, body.hip))
    if front and body.carries("backpack"):
        wide = shoulder * 0.98
        pen.shape([(-wide, 215), (wide, 215), (wide, 420), (-wide, 420)], body.bag)
    if front:
        draw_hair_behind(pen, body.person)
    for joints in legs_facing(body.pose, body.hip):
        _leg(pen, body, joints, sideways=False)
    _skirt(pen, body, body.hip)

    pen.limb([(0, 118), (0, 170)], [44, 50], body.skin)
    with Pattern(pen, body.person.upper):
        left = [(-0.30 * shoulder, 152), (-0.80 * shoulder, 174), (-shoulder, 204)]
        left += [(-0.88 * shoulder, 290), (-waist, 390), (-hip, 480), (-1.04 * hip, body.hem)]
        pen.shape(left + [(-x, y) for x, y in reversed(left)], body.upper)
        for side in (-1, 1):
            _arm(pen, body, arm_facing(body.pose, side, shoulder))
    _trim(pen, body, hip * 1.02)
    if front:
        _front_of_upper(pen, body)
    else:
        _back_of_upper(pen, body, shoulder)
    draw_head(pen, body.person, body.pose.direction)
    _bag_facing(pen, body, front)


def _front_of_upper(pen: Pen, body: _Body) -> None:
    """What only the front shows: a print, an open jacket, buttons, a neckline."""
    upper = body.person.upper
    second = COLOURS[upper.second] if upper.second else body.upper
    if upper.kind in ("jacket", "coat"):
        pen.flat([(-26, 154), (26, 154), (22, 505), (-22, 505)], second)
    elif upper.pattern == "print":
        pen.flat([(-42, 262), (42, 262), (42, 345), (-42, 345)], second)
        pen.oval(0, 304, 17, 22, body.upper)
    if upper.kind == "shirt":
        pen.line([(0, 175), (0, body.hem - 8)], 7, shaded(body.upper, 0.6))
        for side in (-1, 1):
            pen.flat([(0, 168), (side * 40, 150), (side * 34, 190)], shaded(body.upper, 0.86))
    elif upper.kind == "hoodie":
        pen.line([(-36, 158), (0, 205), (36, 158)], 16, shaded(body.upper, 0.6))
        pen.line([(-50, 440), (-34, 385), (34, 385), (50, 440)], 7, shaded(body.upper, 0.6))
    elif upper.kind == "t-shirt":
        pen.oval(0, 155, 28, 20, body.skin)


def _back_of_upper(pen: Pen, body: _Body, shoulder: float) -> None:
    upper = body.person.upper
    if upper.kind == "hoodie":
        pen.oval(0, 172, 56, 40, shaded(body.upper, 0.66))
        pen.oval(0, 166, 46, 32, shaded(body.upper, 0.9))
    elif upper.kind in ("jacket", "coat"):
        pen.line([(-shoulder * 0.8, 232), (shoulder * 0.8, 232)], 6, shaded(body.upper, 0.6))
        pen.line([(0, 232), (0, body.hem - 12)], 5, shaded(body.upper, 0.6))


def _bag_facing(pen: Pen, body: _Body, front: bool) -> None:
    if body.carries("backpack") and front:
        for side in (-1, 1):
            pen.line([(side * 52, 158), (side * 64, 300), (side * 72, 380)], 22, body.bag)
    elif body.carries("backpack"):
        wide = body.shoulder * 0.74
        points = [(-wide, 205), (-wide * 0.8, 178), (wide * 0.8, 178), (wide, 205)]
        pen.shape([*points, (wide * 1.04, 440), (-wide * 1.04, 440)], body.bag)
        pen.line([(-wide * 0.7, 335), (wide * 0.7, 335)], 8, shaded(body.bag, 0.55))
    elif body.carries("shoulder bag"):
        edge = body.hip + 20
        pen.line([(-48, 160), (edge * 0.85, 440)], 15, shaded(body.bag, 0.85))
        points = [(edge - 60, 430), (edge + 42, 430), (edge + 46, 560), (edge - 62, 560)]
        pen.shape(points, body.bag)
    elif body.carries("handbag"):
        _handbag(pen, body.shoulder + 8, 490 + 14 * body.pose.stride, body.bag)


# --- from the side ---------------------------------------------------------------------------


def _side(pen: Pen, body: _Body) -> None:
    depth = body.depth + body.bulk
    belly = depth * (1.2 if body.person.build == "heavy" else 1.0)
    chest = depth * (1.12 if body.person.sex == "woman" else 1.0)
    swing = 1.1 * body.pose.step

    _arm(pen, body, arm_sideways(swing, 10))  # arms swing against the legs
    if body.carries("backpack"):
        points = [(-depth * 0.6, 180), (-depth - 60, 205), (-depth - 76, 420), (-depth * 0.6, 440)]
        pen.shape(points, body.bag)
    far, near = legs_sideways(body.pose)
    _leg(pen, body, far, sideways=True, light=0.84)
    _leg(pen, body, near, sideways=True)
    _skirt(pen, body, depth * 1.15)

    pen.limb([(4, 118), (-4, 172)], [44, 52], body.skin)
    near_arm = arm_sideways(-swing, -4)
    with Pattern(pen, body.person.upper):
        points = [(-depth * 0.55, 158), (depth * 0.5, 160), (chest, 250), (belly * 0.94, 390)]
        points += [(belly, 470), (belly * 1.02, body.hem), (-depth * 1.06, body.hem)]
        pen.shape([*points, (-depth * 1.02, 470), (-depth * 0.86, 380), (-depth, 240)], body.upper)
        _arm(pen, body, near_arm)
    _trim(pen, body, depth)
    if body.carries("backpack"):
        strap = [(-depth * 0.5, 170), (depth * 0.2, 215), (-depth * 0.3, 330)]
        pen.line(strap, 20, shaded(body.bag, 0.85))
    elif body.carries("shoulder bag"):
        pen.line([(-6, 160), (-depth * 0.6, 440)], 15, shaded(body.bag, 0.85))
        pen.shape([(-depth - 30, 430), (36, 430), (40, 565), (-depth - 34, 565)], body.bag)
    elif body.carries("handbag"):
        x, y = near_arm[-1]
        _handbag(pen, x, y + 12, body.bag)
    draw_head(pen, body.person, body.pose.direction)


# --- parts -----------------------------------------------------------------------------------


def _leg(pen: Pen, body: _Body, joints: list[Point], *, sideways: bool, light: float = 1.0) -> None:
    """`joints` are hip, knee, ankle; `light` darkens the far leg."""
    wide, kind = body.leg, body.person.lower.kind
    lower, skin, shoes = (shaded(c, light) for c in (body.lower, body.skin, body.shoes))
    if kind in ("shorts", "skirt"):
        pen.limb(joints, [wide * 0.8, wide * 0.54, wide * 0.34], skin)
        if kind == "shorts":
            pen.limb([joints[0], _between(joints[0], joints[1], 0.72)], [wide, wide * 0.94], lower)
    else:
        loose = 0.58 if kind == "trousers" else 0.44
        pen.limb(joints, [wide, wide * 0.7, wide * loose], lower)
    x, y = joints[-1]
    if body.person.shoes.kind == "boots":
        pen.limb([(x, y - 105), (x, y)], [wide * 0.56, wide * 0.52], shoes)
    if sideways:
        sole = [(x - 26, y - 14), (x + 22, y - 14), (x + 70, y + 14), (x + 72, y + 34)]
        pen.shape([*sole, (x - 30, y + 34)], shoes)
    else:
        pen.oval(x, y + 10, 34, 33, shaded(shoes))
        pen.oval(x - 3 * pen.side, y + 7, 27, 28, shoes)
    if body.person.shoes.kind == "sneakers":
        white = (225, 225, 222) if body.person.shoes.colour != "white" else (150, 150, 152)
        pen.line([(x - 28, y + 36), (x + (70 if sideways else 28), y + 36)], 9, white)


def _arm(pen: Pen, body: _Body, joints: list[Point]) -> None:
    """`joints` are shoulder, elbow, wrist: a sleeve over a bare arm."""
    shoulder, elbow, wrist = joints
    mask, pen.mask = pen.mask, None  # stripes belong on the sleeve, not on the skin
    pen.limb(joints, [body.arm, body.arm * 0.74, body.arm * 0.56], body.skin)
    pen.oval(*_between(elbow, wrist, 1.12), 20, 25, body.skin)
    pen.mask = mask
    wide = body.arm + body.bulk
    sleeve = shaded(body.upper, 0.9)  # darker than the torso, or the arm would drown in it
    if body.person.upper.kind == "t-shirt":
        pen.limb([shoulder, _between(shoulder, elbow, 0.72)], [wide * 1.04, wide], sleeve)
    else:
        pen.limb(joints, [wide * 1.04, wide * 0.92, wide * 0.74], sleeve)


def _trim(pen: Pen, body: _Body, half: float) -> None:
    """The ribbed hem of a sweater or hoodie."""
    if body.person.upper.kind in ("sweater", "hoodie") and body.hem != WAISTBAND:
        y = body.hem - 12
        pen.line([(-half, y), (half, y)], 20, shaded(body.upper, 0.7))


def _skirt(pen: Pen, body: _Body, half: float) -> None:
    if body.person.lower.kind == "skirt":
        points = [(-half * 0.8, 425), (half * 0.8, 425), (half * 1.45, 672), (-half * 1.45, 672)]
        pen.shape(points, body.lower)


def _handbag(pen: Pen, x: float, y: float, colour: Colour) -> None:
    pen.line([(x - 24, y + 50), (x, y), (x + 24, y + 50)], 9, shaded(colour, 0.8))
    pen.shape([(x - 40, y + 46), (x + 40, y + 46), (x + 52, y + 140), (x - 52, y + 140)], colour)


def _between(start: Point, end: Point, share: float) -> Point:
    return start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])
