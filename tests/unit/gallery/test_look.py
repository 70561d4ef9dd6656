import io

import numpy as np
from PIL import Image

from tipr.gallery.look import content_of, look_of, thumbnail_of


def noise(seed: int, size: tuple[int, int] = (90, 240)) -> Image.Image:
    small = np.random.default_rng(seed).integers(0, 255, (8, 9, 3), dtype=np.uint8)
    return Image.fromarray(small).resize(size, Image.Resampling.BILINEAR)


def apart(one: Image.Image, other: Image.Image) -> int:
    return ((look_of(one) ^ look_of(other)) % 2**64).bit_count()


def test_content_is_shared_by_equal_pixels_only():
    picture = noise(0)
    file = io.BytesIO()
    picture.save(file, "PNG")
    assert content_of(Image.open(file)) == content_of(picture)
    assert len(content_of(picture)) == 8
    changed = picture.copy()
    changed.putpixel((3, 3), (1, 2, 3))
    assert content_of(changed) != content_of(picture)
    wide, high = Image.new("RGB", (6, 2)), Image.new("RGB", (2, 6))
    assert content_of(wide) != content_of(high)


def test_a_look_equals_comparing_fields_one_by_one():
    fields = np.random.default_rng(1).integers(0, 255, (8, 9), dtype=np.uint8)
    picture = Image.fromarray(fields).convert("RGB").resize((90, 80), Image.Resampling.NEAREST)
    bits = 0
    for row in range(8):
        for column in range(8):
            if fields[row, column] < fields[row, column + 1]:
                bits |= 1 << (row * 8 + column)
    assert look_of(picture) % 2**64 == bits
    assert -(2**63) <= look_of(picture) < 2**63


def test_a_picture_saved_smaller_and_worse_looks_nearly_the_same_and_another_does_not():
    for seed in range(20):
        picture = noise(seed)
        file = io.BytesIO()
        picture.resize((60, 160)).save(file, "JPEG", quality=60)
        assert apart(picture, Image.open(file).convert("RGB")) <= 3
        assert apart(picture, noise(seed + 100)) > 10


def test_one_colour_has_no_look():
    assert look_of(Image.new("RGB", (50, 100), (10, 200, 30))) == 0


def test_a_thumbnail_is_a_small_jpeg_of_the_same_shape():
    picture = noise(2, (400, 1000))
    small = Image.open(io.BytesIO(thumbnail_of(picture)))
    assert small.format == "JPEG"
    assert small.size == (154, 384)
    assert picture.size == (400, 1000)
