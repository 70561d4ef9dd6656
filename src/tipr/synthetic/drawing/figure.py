"""One person before one camera, ready to be drawn: everything the pieces need to know."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from tipr.synthetic.drawing.body import Body
from tipr.synthetic.drawing.canvas import Canvas, Colour
from tipr.synthetic.drawing.lens import View
from tipr.synthetic.drawing.light import Light
from tipr.synthetic.drawing.skeleton import Skeleton
from tipr.synthetic.drawing.stack import Stack
from tipr.synthetic.people.palette import SKINS
from tipr.synthetic.people.person import Person


class Taste(NamedTuple):
    """How somebody likes their things cut: numbers from 0 to 1, the same in all their pictures."""

    cut: float
    leg: float
    pitch: float
    across: float
    along: float
    hem: float
    skirt: float
    detail: float
    extra: float
    sleeve: float
    tress: float
    brim: float
    hand: float
    pack: float
    pocket: float


def taste_of(person: Person) -> Taste:
    """The taste of a person."""
    chance = np.random.default_rng(person.taste)
    return Taste(*chance.random(len(Taste._fields)).tolist())


@dataclass(slots=True)
class Figure:
    """What is drawn, and on what: `rng` is the chance of the picture, `taste` the person's.

    `gaze` and `nod` turn the head, in radians; `calling` has a phone at the ear, `pockets` the
    hands in them.
    """

    canvas: Canvas
    view: View
    light: Light
    person: Person
    body: Body
    bones: Skeleton
    gaze: float
    nod: float
    calling: bool
    pockets: bool
    rng: np.random.Generator
    taste: Taste
    skin: Colour = field(init=False)
    px: float = field(init=False)

    def __post_init__(self) -> None:
        self.skin = _skin(self.person.skin)
        self.px = self.view.size()

    def leaned(self, levels_K4: np.ndarray) -> np.ndarray:
        """The same trunk, leaning as the figure does."""
        levels = levels_K4.copy()
        levels[:, 3] += self.bones.lean * np.maximum(0.0, levels[:, 0] - 0.5)
        return levels

    def trunk(self, levels_K4: np.ndarray) -> Stack:
        """A stack around the upright body."""
        return Stack(self.view, self.leaned(levels_K4))

    @property
    def back(self) -> float:
        """1 seen from behind, -1 from the front, 0 from the side."""
        return -float(np.cos(self.view.yaw))

    def fold(self, lines_MN2: np.ndarray, width: float, depth: float) -> None:
        """M folds of cloth of N points: shadows, each with a bright edge above it."""
        width_px = max(1.2, width * self.px)
        self.canvas.creases(lines_MN2, width_px, 0.35, depth)
        above = lines_MN2 - [0.0, width_px * 0.8]
        self.canvas.creases(above, width_px * 0.7, 1.45, depth * 0.5)


def _skin(place: float) -> Colour:
    at = place * (len(SKINS) - 1)
    low = min(int(at), len(SKINS) - 2)
    pair = np.array(SKINS[low : low + 2], dtype=float)
    red, green, blue = pair[0] + (pair[1] - pair[0]) * (at - low)
    return red, green, blue
