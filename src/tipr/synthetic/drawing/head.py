"""The head: skull and jaw, a face that turns, ears, a beard, glasses."""

import numpy as np

from tipr.synthetic.drawing.body import Height
from tipr.synthetic.drawing.canvas import moved
from tipr.synthetic.drawing.figure import Figure
from tipr.synthetic.drawing.parts import Part
from tipr.synthetic.drawing.stack import Stack
from tipr.synthetic.people.palette import toned

SKULL = np.array([
    (1.000, 0.030, 0.040, -0.03), (0.994, 0.085, 0.11, -0.03), (0.975, 0.16, 0.20, -0.03),
    (0.94, 0.225, 0.285, -0.03),
    (0.89, 0.275, 0.34, -0.03), (0.82, 0.315, 0.385, -0.02), (0.70, 0.335, 0.41, -0.01),
    (0.58, 0.335, 0.405, 0.00), (0.46, 0.325, 0.385, 0.01), (0.34, 0.305, 0.345, 0.03),
    (0.22, 0.270, 0.290, 0.06), (0.12, 0.215, 0.225, 0.10), (0.05, 0.150, 0.150, 0.15),
    (0.00, 0.080, 0.080, 0.19),
])  # fmt: skip
"""Rows (height from the chin, half width, half depth, forward offset) in heights of the head."""
NOSE = np.array([(0.0, 0.01, 0.54), (0.0, 0.07, 0.40), (0.0, 0.085, 0.355), (0.0, 0.03, 0.315),
                 (-0.08, -0.02, 0.33)])  # fmt: skip
"""From the bridge over the tip to one wing: aside, out of the face, height from the chin."""
FULL = np.linspace(0, 2 * np.pi, 9)[:-1]


class Head:
    """The skull in its place on the neck, and points on its surface in heights of the head."""

    def __init__(self, figure: Figure) -> None:
        body = figure.body
        self.height = body.head
        self.chin = 1 - body.head
        self.forward = figure.bones.lean * 0.42 + 0.012
        self.view = figure.view.turned(figure.gaze)
        self.figure = figure
        self.px = body.head * figure.view.size(h=0.93)
        narrow = 0.96 if figure.person.gender == "woman" else 1.0
        self._slim = np.array([1.0, narrow, 1.0, 1.0])
        self._thicker: dict[float, Stack] = {}
        self.skull = self.grown(0.0)

    def stack(self, rows: np.ndarray) -> Stack:
        """A stack in the head's measures; a nod moves its upper part forward."""
        levels = np.array(rows, dtype=float)
        levels[:, 3] += self.figure.nod * (levels[:, 0] - 0.1)
        levels *= self.height
        levels[:, 0] += self.chin - 0.02 * self.height * abs(self.figure.nod)
        levels[:, 3] += self.forward
        return Stack(self.view, levels)

    def grown(self, by: float) -> Stack:
        """The skull with something `by` thick around it."""
        if by not in self._thicker:
            rows = SKULL * self._slim
            rows[:, 1:3] += by
            rows[0, 0] += by
            self._thicker[by] = self.stack(rows)
        return self._thicker[by]

    def h(self, place: Height) -> Height:
        """Heights above the ground of places on the head, 0 the chin and 1 the crown."""
        return self.chin + self.height * (place - 0.02 * abs(self.figure.nod))

    @property
    def facing(self) -> float:
        """The turn that looks at the camera; 0 for a face seen from the front."""
        return self.skull.ahead


def draw_face(head: Head) -> None:
    """Skull, ears and face, without hair."""
    figure = head.figure
    canvas, skull, skin = figure.canvas, head.skull, figure.skin
    outline = skull.outline()
    canvas.fill(outline, skin, Part.FACE, skull.shine(figure.light))
    top, low = figure.view.project(np.array([[0, 0, 1.0], [0, 0, head.chin]]))
    canvas.veil(outline, top, low, 0.3, ((0, 0.0), (0.55, 0.0), (1, 0.30)))
    if abs(head.facing) < 2.3:
        _features(head)


def _features(head: Head) -> None:
    figure, canvas, skull = head.figure, head.figure.canvas, head.skull
    dark = toned(figure.skin, 0.45)
    brow = toned(figure.person.hair.rgb if figure.person.hair.style != "bald" else dark, 0.8)
    px = head.px
    for side in (-1, 1):
        socket = skull.patch(0.42 * side + 0.24 * np.cos(FULL), head.h(0.52 + 0.065 * np.sin(FULL)))
        if socket is not None:
            canvas.relight(socket, 0.5, 0.35)
        white = skull.patch(0.42 * side + 0.15 * np.cos(FULL), head.h(0.51 + 0.026 * np.sin(FULL)))
        if white is not None:
            canvas.dye([white], (225, 220, 214), None, 0.75)
        iris = skull.patch(0.42 * side + 0.075 * np.cos(FULL), head.h(0.51 + 0.032 * np.sin(FULL)))
        if iris is not None:
            canvas.dye([iris], (38, 28, 24), Part.EYES)
        line = skull.patch(
            side * np.array([0.22, 0.45, 0.66]), head.h(np.array([0.60, 0.625, 0.60]))
        )
        if line is not None:
            canvas.draw(line, 0.035 * px, brow, alpha=0.75)
        cheek = skull.patch(
            side * np.array([0.35, 0.75, 0.62, 0.40]), head.h(np.array([0.40, 0.42, 0.28, 0.28]))
        )
        if cheek is not None:
            canvas.dye([cheek], (206, 92, 80), None, 0.10)
    _nose(head)
    mouth = skull.patch(
        np.linspace(-0.30, 0.30, 5), head.h(np.array([0.205, 0.198, 0.2, 0.198, 0.205]))
    )
    if mouth is not None:
        lips = (168, 74, 74) if figure.person.gender == "woman" else toned(figure.skin, 0.66)
        canvas.draw(moved(mouth, down=0.012 * px), 0.042 * px, lips, alpha=0.55)
        canvas.draw(mouth, 0.018 * px, toned(figure.skin, 0.38), alpha=0.7)


def _nose(head: Head) -> None:
    """A nose that stands out from a face seen from the side and casts a shadow in front."""
    figure, canvas, turned = head.figure, head.figure.canvas, abs(head.facing)
    if turned > 1.9:
        return
    _, deep, offset = head.skull.level(float(head.h(0.4)))
    side = -np.sign(head.facing) or 1.0
    points = NOSE * [side, 1.0, 0.0] * head.height
    points[:, 1] += deep + offset
    points[:, 2] = head.h(NOSE[:, 2])
    nose = head.view.project(points)
    if turned > 0.35:
        canvas.fill(nose, figure.skin, Part.FACE, 1.02)
        canvas.crease(nose[:3], 0.03 * head.px, 1.3, 0.25)
    canvas.crease(nose[2:], 0.04 * head.px, 0.4, 0.45)
    if turned < 1.0:
        wings = head.skull.surface(np.array([-0.15, 0.15]), float(head.h(0.325)))
        canvas.crease(wings, 0.035 * head.px, 0.4, 0.5)
        shade = head.skull.surface(
            np.array([0.10, 0.13, 0.10]), head.h(np.array([0.5, 0.42, 0.35]))
        )
        canvas.crease(shade, 0.045 * head.px, 0.5, 0.25)


def draw_ears(head: Head) -> None:
    """Both ears, where the hair leaves them free."""
    for side in (-1, 1):
        _ear(head, side)


def _ear(head: Head, side: int) -> None:
    figure = head.figure
    ahead = side * np.pi / 2 * 1.02 - head.facing
    if np.cos(ahead) < -0.25 or figure.person.hair.style in ("long", "medium", "curly"):
        return
    centre = head.skull.surface(np.array([side * 1.6]), float(head.h(0.45)), 0.012 * head.height)[0]
    wide = 0.035 + 0.055 * max(0.0, np.cos(ahead))
    ring = np.stack([np.cos(FULL) * wide, np.sin(FULL) * 0.115], -1) * head.px
    figure.canvas.fill(centre + ring, toned(figure.skin, 0.93), Part.FACE, 0.92)
    figure.canvas.crease(centre + ring[[6, 7, 0, 1]] * 0.5, 0.03 * head.px, 0.4, 0.4)


def draw_beard(head: Head) -> None:
    """A beard along the jaw and above the mouth."""
    figure, skull = head.figure, head.skull
    turn = np.linspace(-1.35, 1.35, 9)
    upper = np.array([0.46, 0.36, 0.27, 0.29, 0.25, 0.29, 0.27, 0.36, 0.46])
    lower = np.array([0.30, 0.14, 0.05, 0.0, -0.02, 0.0, 0.05, 0.14, 0.30])
    area = skull.patch(np.concatenate([turn, turn[::-1]]),
                       head.h(np.concatenate([upper, lower[::-1]])),
                       0.012 * head.height)  # fmt: skip
    if area is None or abs(head.facing) > 2.2:
        return
    colour = figure.person.hair.rgb if figure.person.hair.style != "bald" else (60, 46, 38)
    figure.canvas.dye([area], colour, Part.BEARD, 0.88)
    mouth = skull.patch(np.linspace(-0.22, 0.22, 3), head.h(np.full(3, 0.2)))
    if mouth is not None:
        figure.canvas.draw(mouth, 0.035 * head.px, toned(figure.skin, 0.7), alpha=0.8)


def draw_glasses(head: Head) -> None:
    """Glasses or sunglasses; from behind nothing is seen of them."""
    figure, skull = head.figure, head.skull
    canvas, dark = figure.canvas, figure.person.glasses == "sunglasses"
    if abs(head.facing) > 1.75:
        return
    for side in (-1, 1):
        lens = skull.patch(
            0.43 * side + 0.30 * np.cos(FULL),
            head.h(0.51 + 0.085 * np.sin(FULL)),
            0.02 * head.height,
        )
        if lens is None:
            continue
        ring = np.concatenate([lens, lens[:1]])
        if dark:
            canvas.dye([lens], (24, 24, 28), Part.GLASSES, 0.95)
        else:
            canvas.dye([lens], (214, 226, 234), None, 0.25)
        canvas.draw(ring, 0.035 * head.px, (30, 27, 28), Part.GLASSES, alpha=0.9)
        bow = skull.patch(
            side * np.array([0.70, 1.5]), head.h(np.array([0.54, 0.52])), 0.02 * head.height
        )
        if bow is not None:
            canvas.draw(bow, 0.03 * head.px, (30, 27, 28), Part.GLASSES, alpha=0.9)
    bridge = skull.patch([-0.14, 0.14], head.h(np.array([0.535, 0.535])), 0.02 * head.height)
    if bridge is not None:
        canvas.draw(bridge, 0.03 * head.px, (30, 27, 28), Part.GLASSES, alpha=0.9)
