"""One picture of one person by one camera, and what is to be seen in it."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image

from tipr.synthetic.drawing.body import measure
from tipr.synthetic.drawing.canvas import Canvas
from tipr.synthetic.drawing.figure import Figure, taste_of
from tipr.synthetic.drawing.lens import Lens, View
from tipr.synthetic.drawing.order import draw_figure
from tipr.synthetic.drawing.parts import Part
from tipr.synthetic.drawing.skeleton import Gait, pose
from tipr.synthetic.people.invent import anyone
from tipr.synthetic.people.person import Person
from tipr.synthetic.photo.camera import Camera, develop, window
from tipr.synthetic.photo.frame import FINE, HEIGHT, WIDTH
from tipr.synthetic.photo.occlusion import draw_thing

Side = Literal["front", "back", "left", "right"]
Crop = Literal["whole", "no feet", "upper body", "loose", "aside"]
Rng = np.random.Generator

CROPS: dict[Crop, float] = {"whole": 0.72, "loose": 0.10, "no feet": 0.09, "aside": 0.05,
                            "upper body": 0.04}  # fmt: skip
PASSER_BEHIND, PASSER_BEFORE, THING_BEFORE = 0.14, 0.05, 0.07
WALKING, CALLING, POCKETS = 0.74, 0.45, 0.12


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture; `pixels` counts, part by part, the finished picture's pixels that show it."""

    picture: Image.Image
    side: Side
    walking: bool
    crop: Crop
    occluded: str | None
    pixels: dict[Part, float]


def shoot(person: Person, camera: Camera, rng: Rng) -> Shot:
    """Take a picture of somebody somewhere in the camera's view."""
    crop = _choose(CROPS, rng)
    lens = _framed(person, camera, crop, rng)
    canvas = Canvas(window(camera, rng, lens.scale / (HEIGHT * FINE * 0.9)))
    yaw = _direction(rng)
    canvas.recording = False
    if rng.random() < PASSER_BEHIND:
        _passer(canvas, lens, camera, rng, behind=True)
    canvas.recording = True
    walking, calling = bool(rng.random() < WALKING), bool(rng.random() < CALLING)
    _draw(canvas, person, View(lens, yaw), camera, rng, walking=walking, calling=calling)
    canvas.recording = False
    occluded = None
    if rng.random() < PASSER_BEFORE:
        _passer(canvas, lens, camera, rng, behind=False)
        occluded = "person"
    elif rng.random() < THING_BEFORE:
        occluded = draw_thing(canvas, camera.place, rng)
    counts = np.bincount(canvas.part_HW.ravel(), minlength=len(Part)) / FINE**2
    return Shot(
        picture=develop(camera, canvas.colour_HWC, canvas.light_HW, rng),
        side=side_of(yaw),
        walking=walking,
        crop=crop,
        occluded=occluded,
        pixels={part: float(counts[part]) for part in Part if counts[part] and part},
    )


def side_of(yaw: float) -> Side:
    """What the camera sees of someone turned by `yaw`, or where they go."""
    cos, sin = math.cos(yaw), math.sin(yaw)
    if abs(cos) > 0.55:
        return "front" if cos > 0 else "back"
    return "right" if sin > 0 else "left"


def _direction(rng: Rng) -> float:
    """Half of all people come or go straight; the rest turn anywhere."""
    if rng.random() < 0.5:
        return float((0.0, math.pi)[int(rng.integers(2))] + rng.normal(0, 0.22))
    return float(rng.uniform(-math.pi, math.pi))


def _framed(person: Person, camera: Camera, crop: Crop, rng: Rng) -> Lens:
    """Where the person falls on the canvas: as a detector would cut them out."""
    wide, high = WIDTH * FINE, HEIGHT * FINE
    tall = 1.18 if person.umbrella else 1.0
    size = high * rng.uniform(0.87, 0.94) / tall / math.cos(camera.tilt)
    feet = high * rng.uniform(0.955, 0.985)
    x = wide * rng.uniform(0.46, 0.54)
    if crop == "loose":
        size, feet = size * rng.uniform(0.78, 0.9), feet - high * rng.uniform(0.02, 0.08)
    elif crop == "no feet":
        size, feet = size * rng.uniform(1.18, 1.34), 0.0
    elif crop == "upper body":
        size, feet = size * rng.uniform(1.35, 1.7), 0.0
    elif crop == "aside":
        x += wide * rng.choice((-1, 1)) * rng.uniform(0.12, 0.22)
    if crop in ("no feet", "upper body"):
        feet = high * rng.uniform(0.03, 0.06) + size * tall
    return Lens(x=x, y=feet, scale=size, tilt=camera.tilt, distance=camera.distance)


def _draw(canvas: Canvas, person: Person, view: View, camera: Camera, rng: Rng, *, walking: bool,
          calling: bool) -> None:  # fmt: skip
    body = measure(person)
    stride = rng.uniform(0.65, 0.95) if walking else rng.uniform(0.0, 0.18)
    if person.upper.kind in ("dress", "coat") or (person.lower and person.lower.kind == "skirt"):
        stride *= 0.72
    bones = pose(
        body,
        Gait(rng.uniform(0, 2 * math.pi), stride),
        rng.uniform(0.06, 0.17),
        rng.uniform(0.6, 1.0),
    )
    _shadow(canvas, view, camera)
    figure = Figure(
        canvas=canvas, view=view, light=camera.light, person=person, body=body, bones=bones,
        gaze=float(rng.normal(0, 0.22)), nod=float(abs(rng.normal(0.04, 0.06))), calling=calling,
        pockets=bool(rng.random() < POCKETS), rng=rng,
        taste=taste_of(person),
    )  # fmt: skip
    draw_figure(figure)


def _shadow(canvas: Canvas, view: View, camera: Camera) -> None:
    """On the ground, away from the light."""
    angle = np.linspace(0, 2 * np.pi, 15)[:-1]
    lean = -camera.light.x * (0.30 if camera.light.even < 0.55 else 0.10)
    for size, alpha in ((1.0, 0.22), (0.75, 0.25), (0.5, 0.30)):
        ring = np.stack([
            0.19 * size * np.cos(angle) + lean * 0.5 * (np.cos(angle) + 1) * size,
            0.075 * size * np.sin(angle) - 0.02, 0 * angle,
        ], -1)  # fmt: skip
        canvas.relight(View(view.lens, 0.0, view.beside, view.before).project(ring), 0.3, alpha)


def _passer(canvas: Canvas, lens: Lens, camera: Camera, rng: Rng, *, behind: bool) -> None:
    """Somebody else, partly in the picture."""
    other = anyone(rng)
    side = rng.choice((-1, 1))
    if behind:
        view = View(
            lens,
            rng.uniform(-math.pi, math.pi),
            side * rng.uniform(0.12, 0.3),
            -rng.uniform(0.5, 1.6),
        )
    else:
        view = View(
            lens,
            rng.uniform(-math.pi, math.pi),
            side * rng.uniform(0.15, 0.24),
            rng.uniform(0.2, 0.5),
        )
    _draw(canvas, other, view, camera, rng, walking=bool(rng.random() < WALKING), calling=False)


def _choose(weights: dict, rng: Rng) -> Crop:
    names = list(weights)
    return names[int(np.searchsorted(np.cumsum(list(weights.values())), rng.random()))]
