"""Hair: short, cropped, curly, chin-length, long, tied."""

import numpy as np

from tipr.synthetic.drawing.canvas import Points, moved
from tipr.synthetic.drawing.head import Head
from tipr.synthetic.drawing.parts import Part
from tipr.synthetic.drawing.stack import HALF, Stack
from tipr.synthetic.people.palette import toned

# The hairline: how high above the chin the hair begins, for turns from the front to the nape.
TURNS = np.array([0.0, 0.45, 0.9, 1.2, 1.45, 1.75, 2.1, 2.6, np.pi])
LINES = {
    "bald": np.full(9, 2.0),
    "cropped": np.array([0.84, 0.84, 0.72, 0.62, 0.48, 0.40, 0.28, 0.20, 0.18]),
    "short": np.array([0.80, 0.79, 0.70, 0.60, 0.44, 0.34, 0.22, 0.14, 0.12]),
    "curly": np.array([0.80, 0.78, 0.66, 0.52, 0.36, 0.20, 0.06, 0.0, 0.0]),
    "medium": np.array([0.80, 0.78, 0.60, 0.36, 0.08, 0.02, 0.0, -0.02, -0.02]),
    "long": np.array([0.80, 0.78, 0.60, 0.34, 0.05, 0.0, 0.0, 0.0, 0.0]),
    "tied": np.array([0.84, 0.82, 0.70, 0.58, 0.44, 0.32, 0.20, 0.14, 0.14]),
}
THICK = {"cropped": 0.012, "short": 0.055, "curly": 0.13, "medium": 0.06, "long": 0.055,
         "tied": 0.03, "bald": 0.0}  # fmt: skip
LINES |= {"ponytail": LINES["tied"], "bun": LINES["tied"]}
THICK |= {"ponytail": 0.03, "bun": 0.03}


DOWN = np.linspace(0, 1, 4)
SPREADING = np.array([0.55, 0.85, 1.0, 1.0])
"""How far to the side a strand is on its way from the crown, as a share of where it ends."""


def draw_hair(head: Head, limit: float = 2.0) -> None:
    """What grows on the skull; nothing above `limit`, the edge of a hat."""
    figure = head.figure
    hair, canvas = figure.person.hair, figure.canvas
    if hair.style == "bald":
        return
    thick = THICK[hair.style]
    area = cap(head, LINES[hair.style], thick, min(1.0, limit))
    if area is None:
        return
    grown = head.grown(thick)
    canvas.fill(area, hair.rgb, Part.HAIR, grown.shine(figure.light))
    _strands(head, thick)


def cap(head: Head, line: np.ndarray, thick: float, top: float = 1.0) -> Points | None:
    """The area of a skull `thick` larger above a line of heights, as seen."""
    grown = head.grown(thick)
    ahead = np.linspace(-HALF, HALF, 15)
    face = head.facing
    height = np.interp(np.abs(_wrapped(face + ahead)), TURNS, line)
    if height.min() > top - 0.02:
        return None
    height = np.minimum(height, top)
    low = np.maximum(height, 0.0)
    edge = grown.surface(grown.facing(head.h(low)) + ahead, head.h(low))
    edge[:, 1] += (low - height) * head.px  # hair that hangs below the chin
    places = np.array([0.05, 0.2, 0.35, 0.5, 0.65, 0.78, 0.89, 0.94, 0.975, 0.994])
    right = places[(places > low[-1]) & (places <= top)]
    left = places[(places > low[0]) & (places <= top)]
    crown = 1 + thick if top >= 1 else top
    h = np.concatenate([head.h(right), [head.h(crown)], head.h(left[::-1])])
    turn = np.concatenate([
        grown.facing(head.h(right)) + HALF, [face], grown.facing(head.h(left[::-1])) - HALF
    ])  # fmt: skip
    return np.concatenate([edge, grown.surface(turn, h)])


def _wrapped(turn: np.ndarray) -> np.ndarray:
    return (turn + np.pi) % (2 * np.pi) - np.pi


def _strands(head: Head, thick: float) -> None:
    """Light and dark strands."""
    figure, rng = head.figure, head.figure.rng
    hair, grown = figure.person.hair, head.grown(thick)
    ahead_M1 = rng.uniform(-1.3, 1.3, (9, 1))
    low_M1 = np.interp(np.abs(_wrapped(head.facing + ahead_M1)), TURNS, LINES[hair.style])
    top = min(0.99, 0.93 + thick)
    low_M1 = np.minimum(np.maximum(low_M1, 0.02) + 0.03, top)
    h_MN = head.h(top + (low_M1 - top) * DOWN)
    lines_MN2 = grown.lines(ahead_M1 * SPREADING, h_MN)
    width = 0.035 * head.px
    if hair.style == "curly":
        lines_MN2 += rng.normal(0, 0.05 * head.px, lines_MN2.shape)
        width *= 1.4
    figure.canvas.creases(lines_MN2[:3], width, 1.6, 0.28)
    figure.canvas.creases(lines_MN2[3:], width, 0.5, 0.28)


def draw_hair_behind(head: Head) -> None:
    """The hair that falls behind the face: of a long head seen from the front."""
    figure = head.figure
    style = figure.person.hair.style
    if style == "long" and np.cos(head.facing) > -0.35:
        _curtain(head, behind=True)
    elif style == "medium" and np.cos(head.facing) > -0.35:
        _bob(head)
    elif style == "ponytail" and np.cos(head.facing) > 0.2:
        _tail(head)


def draw_hair_over(head: Head) -> None:
    """The hair that falls over the back, and what is tied."""
    style, away = head.figure.person.hair.style, np.cos(head.facing)
    if style == "long" and away <= -0.35:
        _curtain(head, behind=False)
    elif style == "medium" and away <= -0.35:
        _bob(head)
    elif style == "ponytail" and away <= 0.2:
        _tail(head)
    elif style == "bun":
        _bun(head)


def _curtain(head: Head, *, behind: bool) -> None:
    figure, canvas = head.figure, head.figure.canvas
    hair = figure.person.hair
    low = -0.55 - 0.75 * figure.taste.tress
    rows = np.array([
        (0.80, 0.36, 0.40, -0.05), (0.55, 0.40, 0.42, -0.08), (0.30, 0.41, 0.38, -0.14),
        (0.05, 0.42, 0.30, -0.22), (-0.2, 0.44, 0.22, -0.30), (low + 0.12, 0.42, 0.18, -0.34),
        (low, 0.30, 0.12, -0.34),
    ])  # fmt: skip
    stack = head.stack(rows)
    area = stack.outline()
    canvas.fill(
        area, toned(hair.rgb, 0.82 if behind else 1.0), Part.LONG_HAIR, stack.shine(figure.light)
    )
    _flow(head, stack, 0.8, low)


def _bob(head: Head) -> None:
    figure = head.figure
    rows = np.array([(0.80, 0.37, 0.40, -0.04), (0.5, 0.40, 0.42, -0.06), (0.2, 0.41, 0.38, -0.10),
                     (-0.02, 0.40, 0.32, -0.13), (-0.08, 0.34, 0.28, -0.14)])  # fmt: skip
    stack = head.stack(rows)
    figure.canvas.fill(
        stack.outline(), toned(figure.person.hair.rgb, 0.85), Part.HAIR, stack.shine(figure.light)
    )
    _flow(head, stack, 0.8, -0.05)


def _flow(head: Head, stack: Stack, top: float, low: float) -> None:
    """Strands that hang down."""
    ahead_M1 = head.figure.rng.uniform(-1.4, 1.4, (8, 1))
    h_MN = head.chin + head.height * (top + (low + 0.05 - top) * DOWN) + 0 * ahead_M1
    lines_MN2 = stack.lines(ahead_M1 + 0 * h_MN, h_MN)
    head.figure.canvas.creases(lines_MN2[:3], 0.045 * head.px, 1.6, 0.26)
    head.figure.canvas.creases(lines_MN2[3:], 0.045 * head.px, 0.45, 0.26)


def _tail(head: Head) -> None:
    """A ponytail from the back of the head."""
    figure, canvas = head.figure, head.figure.canvas
    rows = np.array(
        [
            (0, -0.40, 0.72),
            (0, -0.62, 0.66),
            (0.02, -0.62, 0.2),
            (0.02, -0.52, -0.30 - 0.3 * figure.taste.tress),
        ]
    )
    points = rows * head.height
    points[:, 1] += head.forward
    points[:, 2] = head.chin + head.height * rows[:, 2]
    spine = head.view.project(points)
    t = np.linspace(0, 3, 10)
    middle = np.stack([np.interp(t, range(4), c) for c in spine.T], -1)
    wide = np.interp(t, [0, 0.5, 1.2, 2.2, 3], [0.05, 0.11, 0.13, 0.11, 0.03]) * head.px
    area = np.concatenate(
        [middle + np.stack([wide, 0 * wide], -1), (middle - np.stack([wide, 0 * wide], -1))[::-1]]
    )
    light = figure.light.across(middle[5] - [wide[5], 0], middle[5] + [wide[5], 0])
    canvas.fill(area, figure.person.hair.rgb, Part.TIED_HAIR, light)
    for shift in (-0.4, 0.0, 0.4):
        canvas.crease(
            middle[1:9] + np.stack([shift * wide, 0 * wide], -1)[1:9], 0.03 * head.px, 0.5, 0.3
        )


def _bun(head: Head) -> None:
    figure, canvas = head.figure, head.figure.canvas
    rows = np.array([(0.0, -0.40, 0.86 + 0.1 * figure.taste.tress)]) * head.height
    rows[:, 1] += head.forward
    rows[:, 2] = head.h(0.86 + 0.1 * figure.taste.tress)
    centre = head.view.project(rows)[0]
    angle = np.linspace(0, 2 * np.pi, 13)[:-1]
    ring = centre + 0.17 * head.px * np.stack([np.cos(angle), np.sin(angle)], -1)
    light = figure.light.across(moved(centre, -0.17 * head.px), moved(centre, 0.17 * head.px))
    canvas.fill(ring, figure.person.hair.rgb, Part.TIED_HAIR, light)
    canvas.crease(
        centre + 0.09 * head.px * np.stack([np.cos(angle), np.sin(angle)], -1)[:8],
        0.03 * head.px,
        0.5,
        0.4,
    )
