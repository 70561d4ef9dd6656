"""The scene of a camera: one of five kinds of places, drawn once, as its background."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from PIL import Image, ImageFilter

from tipr.synthetic.drawing.canvas import LIT
from tipr.synthetic.photo.indoors import corridor, shop
from tipr.synthetic.photo.outdoors import park, station, street
from tipr.synthetic.photo.place import HIGH, WIDE, Place, Rng

SCENES: Mapping[str, Callable[[Place], None]] = MappingProxyType(
    {"street": street, "shop": shop, "station": station, "park": park, "corridor": corridor}
)
GRAIN = 0.045
"""How uneven surfaces are."""


def draw_scene(kind: str, rng: Rng, line: float) -> Image.Image:
    """A place, WIDE by HIGH; `line` is where the ground begins, in pixels from the top."""
    place = Place(rng, line)
    SCENES[kind](place)
    soft = Image.fromarray(place.canvas.light_HW).filter(ImageFilter.GaussianBlur(2.0))
    light_HW1 = np.asarray(soft, np.float32)[..., None] / LIT
    picture_HWC = place.canvas.colour_HWC * light_HW1 * (1 + GRAIN * _grain(rng)[..., None])
    sharp = Image.fromarray(np.clip(picture_HWC, 0, 255).astype(np.uint8))
    return sharp.filter(ImageFilter.GaussianBlur(0.9))


def _grain(rng: Rng) -> np.ndarray:
    """(HIGH, WIDE) unevenness at several sizes, about -1 to 1."""
    total_HW = np.zeros((HIGH, WIDE), np.float32)
    for cells, weight in ((8, 0.4), (60, 0.35), (200, 0.6)):
        small = rng.standard_normal((cells * HIGH // WIDE + 2, cells)).astype(np.float32)
        large = Image.fromarray(small).resize((WIDE, HIGH), Image.Resampling.BICUBIC)
        total_HW += weight * np.asarray(large)
    return total_HW
