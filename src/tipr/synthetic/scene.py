"""What a camera adds to a person: a place, a light, a colour cast, blur and noise."""

import random
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from tipr.synthetic.drawing import draw_person
from tipr.synthetic.people import Colour, Person
from tipr.synthetic.pose import Pose

SIZE = (64, 192)
"""Width and height of a picture in pixels."""

FINE = 4
"""People are drawn this many times larger and then averaged down."""

WALLS: tuple[Colour, ...] = (
    (176, 172, 164), (138, 118, 104), (196, 200, 204), (118, 130, 122), (160, 146, 126),
    (104, 112, 126),
)  # fmt: skip
GROUNDS: tuple[Colour, ...] = (
    (150, 148, 144), (112, 112, 114), (178, 168, 152), (134, 126, 112), (96, 108, 92),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Camera:
    """Where it hangs and how it sees. `gain` is per channel; `noise` a deviation of 0 to 255."""

    wall: Colour
    ground: Colour
    horizon: float
    furniture: str
    gain: tuple[float, float, float]
    contrast: float
    noise: float
    blur: float
    size: float


def invent_camera(rng: random.Random) -> Camera:
    """A camera of its own place and light."""
    light = rng.uniform(0.78, 1.12)
    warm = rng.uniform(-0.09, 0.09)
    return Camera(
        wall=rng.choice(WALLS),
        ground=rng.choice(GROUNDS),
        horizon=rng.uniform(0.35, 0.72),
        furniture=rng.choice(("bricks", "windows", "poles", "shop", "hedge")),
        gain=(light * (1 + warm), light * (1 + rng.uniform(-0.03, 0.03)), light * (1 - warm)),
        contrast=rng.uniform(0.85, 1.1),
        noise=rng.uniform(1.0, 5.0),
        blur=rng.uniform(0.0, 0.6),
        size=rng.uniform(0.86, 0.94),
    )


def photograph(
    person: Person, pose: Pose, camera: Camera, rng: random.Random, noise: np.random.Generator
) -> Image.Image:
    """One (192, 64) RGB picture of a person seen by a camera."""
    width, height = SIZE
    canvas = _place(camera, rng).resize((width * FINE, height * FINE), Image.Resampling.BILINEAR)
    tall = height * FINE * camera.size * rng.uniform(0.97, 1.03) * person.height
    middle = width * FINE * rng.uniform(0.46, 0.54)
    feet = height * FINE * rng.uniform(0.955, 0.985)
    _shadow(canvas, middle, feet, tall)
    draw_person(canvas, person, pose, crown=(middle, feet - tall * 0.99), pixels=tall)
    picture = canvas.reduce(FINE)
    if camera.blur > 0.15:
        picture = picture.filter(ImageFilter.GaussianBlur(camera.blur))
    return _develop(picture, camera, rng.uniform(0.93, 1.07), noise)


def _place(camera: Camera, rng: random.Random) -> Image.Image:
    """The background, small; it slides from picture to picture as people stand elsewhere."""
    width, height = SIZE
    picture = Image.new("RGB", SIZE, camera.wall)
    ink = ImageDraw.Draw(picture)
    line = round(height * camera.horizon) + rng.randint(-6, 6)
    slide = rng.randint(0, 40)
    dark, bright = _mixed(camera.wall, -28), _mixed(camera.wall, 26)
    if camera.furniture == "bricks":
        for row, y in enumerate(range(0, line, 9)):
            ink.line((0, y, width, y), fill=dark)
            for x in range(-slide + 9 * (row % 2), width, 18):
                ink.line((x, y, x, y + 9), fill=dark)
    elif camera.furniture == "windows":
        for x in range(-slide, width, 34):
            for y in range(8, line - 24, 44):
                ink.rectangle((x, y, x + 20, y + 28), fill=(78, 92, 108), outline=bright)
    elif camera.furniture == "poles":
        ink.rectangle((0, 0, width, line // 2), fill=(196, 212, 226))
        for x in range(-slide, width, 46):
            ink.rectangle((x, 0, x + 4, line + 20), fill=dark)
    elif camera.furniture == "shop":
        ink.rectangle((0, 0, width, 26), fill=bright)
        ink.rectangle((6 - slide, 34, 70 - slide, line - 4), fill=(84, 78, 82), outline=dark)
        ink.rectangle((80 - slide, 34, 130 - slide, line - 4), fill=(66, 76, 86), outline=dark)
    else:
        ink.rectangle((0, 0, width, line - 40), fill=(186, 204, 218))
        for _ in range(60):
            x, y = rng.randint(-6, width), rng.randint(line - 62, line)
            green = rng.randint(70, 118)
            ink.ellipse((x, y, x + 13, y + 11), fill=(green - 30, green, green - 42))
    ink.rectangle((0, line, width, height), fill=camera.ground)
    for step in range(1, 7):  # tiles, wider apart the nearer they are
        y = line + (height - line) * (step / 6) ** 1.6
        ink.line((0, y, width, y), fill=_mixed(camera.ground, -14))
    for x in range(-3, 5):
        far, near = width / 2 + x * 14 - slide / 4, width / 2 + x * 34 - slide
        ink.line((far, line, near, height), fill=_mixed(camera.ground, -14))
    return picture.filter(ImageFilter.GaussianBlur(1.1))


def _shadow(canvas: Image.Image, middle: float, feet: float, tall: float) -> None:
    mask = Image.new("L", canvas.size)
    box = (middle - 0.13 * tall, feet - 0.03 * tall, middle + 0.19 * tall, feet + 0.008 * tall)
    ImageDraw.Draw(mask).ellipse(box, fill=105)
    canvas.paste((20, 20, 26), mask=mask)


def _develop(
    picture: Image.Image, camera: Camera, exposure: float, noise: np.random.Generator
) -> Image.Image:
    values_HWC = np.asarray(picture, dtype=np.float32)
    values_HWC = (values_HWC - 128) * camera.contrast + 128
    values_HWC *= np.float32(exposure) * np.asarray(camera.gain, dtype=np.float32)
    values_HWC += camera.noise * noise.standard_normal(values_HWC.shape, dtype=np.float32)
    return Image.fromarray(np.clip(values_HWC, 0, 255).astype(np.uint8))


def _mixed(colour: Colour, add: int) -> Colour:
    red, green, blue = (max(0, min(255, value + add)) for value in colour)
    return red, green, blue
