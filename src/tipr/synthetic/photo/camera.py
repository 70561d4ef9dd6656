"""A camera: where it hangs, what it looks at, and what it does to a picture."""

import io
import math
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from tipr.synthetic.drawing.canvas import LIT
from tipr.synthetic.drawing.light import Light
from tipr.synthetic.photo.frame import FINE, HEIGHT, WIDTH
from tipr.synthetic.photo.place import HIGH
from tipr.synthetic.photo.scene import SCENES, draw_scene

CAMERA = 0
"""The stream of chance that cameras are drawn from, beside the seed."""
GRAIN = (512, 256)
OUTDOORS = ("street", "station", "park")


@dataclass(frozen=True, slots=True, eq=False)
class Camera:
    """`gain` is per channel, `noise` a deviation of 0 to 255, `sharp` the share of its pixels."""

    name: str
    place: str
    scene: Image.Image
    line: float
    tilt: float
    distance: float
    light: Light
    gain: tuple[float, float, float]
    shadow: tuple[float, float, float]
    contrast: float
    colour: float
    black: float
    blur: float
    sharp: float
    noise: float
    grain_HWC: np.ndarray
    quality: int


def invent_camera(seed: int, number: int) -> Camera:
    """Camera `number` (from 1) of a seed; the first five look at five kinds of places."""
    rng = np.random.default_rng([seed, CAMERA, number])
    kinds = list(np.random.default_rng([seed, CAMERA, 0]).permutation(list(SCENES)))
    place = str(kinds[(number - 1) % len(kinds)])
    line = float(rng.uniform(44, 116))
    tilt = float(np.interp(line, [44, 116], [0.26, 0.06]))
    outside = place in OUTDOORS
    warm = float(rng.normal(0.0, 0.05))
    light = float(rng.uniform(0.74, 1.04))
    even = float(rng.uniform(0.46, 0.66) if outside else rng.uniform(0.58, 0.76))
    grain = rng.standard_normal((*GRAIN, 3)).astype(np.float32)
    grain = 0.8 * grain.mean(axis=2, keepdims=True) * math.sqrt(3) + 0.45 * grain
    return Camera(
        name=f"cam{number}",
        place=place,
        scene=draw_scene(place, rng, line),
        line=line,
        tilt=tilt,
        distance=float(rng.uniform(4.0, 7.0)),
        light=Light(float(rng.uniform(-0.9, 0.9)), float(rng.uniform(0.4, 0.9)), 0.7, even),
        gain=(light * (1 + warm), light * (1 + float(rng.normal(0, 0.015))), light * (1 - warm)),
        shadow=(1.0, 1.02, 1.10) if outside else (1.04, 1.0, 0.95),
        contrast=float(rng.uniform(0.88, 1.12)),
        colour=float(rng.uniform(0.58, 0.92)),
        black=float(rng.uniform(3.0, 16.0)),
        blur=float(max(0.0, rng.normal(0.15, 0.25))),
        sharp=float(rng.uniform(0.68, 1.0)),
        noise=float(rng.uniform(1.0, 4.5)),
        grain_HWC=grain,
        quality=int(rng.integers(62, 93)),
    )


def window(camera: Camera, rng: np.random.Generator, zoom: float) -> np.ndarray:
    """(384, 128, 3) uint8 of the scene where somebody stands; `zoom` above 1 is nearer."""
    zoom = max(zoom, HEIGHT / HIGH)
    wide, high = WIDTH / zoom, HEIGHT / zoom
    x = rng.uniform(0, camera.scene.width - wide)
    y = (HIGH - high) * rng.uniform(0.2, 0.8)
    size = (WIDTH * FINE, HEIGHT * FINE)
    part = camera.scene.resize(size, Image.Resampling.NEAREST, box=(x, y, x + wide, y + high))
    return np.asarray(part)


def develop(
    camera: Camera, colour_HWC: np.ndarray, light_HW: np.ndarray, rng: np.random.Generator
) -> Image.Image:
    """The finished picture from its colours and its light."""
    light = Image.fromarray(light_HW).filter(ImageFilter.BoxBlur(1))
    picture = _lit(camera, colour_HWC, np.asarray(light))
    exposure = float(rng.uniform(0.88, 1.12))
    # Less colour, the cast, contrast and exposure are one matrix.
    paler = camera.colour * np.eye(3) + (1 - camera.colour) / 3
    gain = np.asarray(camera.gain) * (camera.contrast * exposure)
    picture = picture @ (paler * gain).astype(np.float32)
    picture += np.float32(118 * (1 - camera.contrast) + camera.black)
    small = Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))
    if camera.sharp < 0.95:
        size = (round(WIDTH * camera.sharp), round(HEIGHT * camera.sharp))
        small = small.resize(size, Image.Resampling.BOX).resize(
            (WIDTH, HEIGHT), Image.Resampling.BICUBIC
        )
    blur = camera.blur + max(0.0, float(rng.normal(0.0, 0.2)))
    if blur > 0.2:
        small = small.filter(ImageFilter.GaussianBlur(blur))
    down, right = rng.integers(0, [GRAIN[0] - HEIGHT, GRAIN[1] - WIDTH])
    grain = camera.grain_HWC[down : down + HEIGHT, right : right + WIDTH]
    noisy = np.asarray(small, np.float32) + camera.noise * grain
    return Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))


def _lit(camera: Camera, colour_HWC: np.ndarray, light_HW: np.ndarray) -> np.ndarray:
    """Colours in their light, averaged down; shadows take the tint of the sky or the lamps."""
    bright = np.arange(256, dtype=np.float32) / LIT
    dark = np.clip(1 - bright, 0, 1)[:, None]
    table = bright[:, None] * (1 + dark * (np.asarray(camera.shadow, np.float32) - 1) * 2)
    colour = np.asarray(Image.fromarray(colour_HWC).reduce(FINE))
    return colour * table[np.asarray(Image.fromarray(light_HW).reduce(FINE))]


def jpeg(picture: Image.Image, quality: int) -> bytes:
    """The picture as the bytes of a JPEG file."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return out.getvalue()
