"""Every pixel takes the colour of the patch that it lies in."""

import numpy as np
import pytest

from tipr.inputs.overlay import COLD, WARM, shade


@pytest.mark.parametrize("size", [(12, 8), (13, 7), (2, 3)])
def test_pixels_take_the_colour_of_their_patch(size: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    pixels = np.repeat(rng.integers(0, 256, (*size, 1), dtype=np.uint8), 3, axis=2)
    shades = rng.uniform(-1, 1, size=(4, 2)).astype(np.float32)
    made = shade(pixels, shades)
    assert made.dtype == np.uint8
    for row in range(size[0]):
        for column in range(size[1]):
            value = float(shades[row * 4 // size[0], column * 2 // size[1]])
            ground = 255 - (255 - float(pixels[row, column, 0])) * 0.55
            for channel, colour in enumerate(WARM if value >= 0 else COLD):
                mixed = ground * (1 - 0.9 * abs(value)) + colour * 0.9 * abs(value)
                assert abs(made[row, column, channel] - mixed) <= 1


def test_without_shades_the_picture_is_pale_grey() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    before = pixels.copy()
    made = shade(pixels, np.zeros((3, 2), np.float32))
    assert (made == made[..., :1]).all()
    assert made.min() >= 114
    assert np.array_equal(pixels, before)
