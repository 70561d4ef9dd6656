"""Maps and thumbnails: colours mean what the page says, and nothing but pixels is passed on."""

import base64
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tipr.encoder.protocol import WordFeatures
from tipr.inputs.overlay import COLD, WARM, shade
from tipr.report.maps import explain
from tipr.report.pictures import HEIGHT, address


class Told:
    """An explainer whose three words meet the left or the right of two patches."""

    grid = (1, 2)

    def __init__(self, divides: bool) -> None:
        self.divides = divides

    def encode_words(self, sentence: str) -> WordFeatures:
        rows = [[0.1, 0], [0.4, 0], [0, -0.2], [0, 0.05]]
        return WordFeatures(("", "red", "blue", ""), np.float32(rows))

    def encode_patches(self, pixels_NHWC: np.ndarray) -> np.ndarray:
        return np.float32([[[1, 0], [0, 1]]])

    def encode_text(self, sentences: list[str]) -> np.ndarray:
        return np.float32([[0.5, -0.15]])

    def encode_images(self, pixels_NHWC: np.ndarray) -> np.ndarray:
        return np.float32([[1, 1]])


@pytest.fixture
def grey() -> np.ndarray:
    return np.full((4, 8, 3), 100, np.uint8)


def explained(divides: bool, pixels: np.ndarray) -> Any:
    encoder: Any = Told(divides)
    return explain(encoder, "red blue", pixels)


def test_shares_are_orange_for_and_blue_against(grey: np.ndarray) -> None:
    found = explained(True, grey)
    red, blue = found.words
    assert (red.word, blue.word) == ("red", "blue")
    assert [red.total, blue.total] == pytest.approx([0.4, -0.2])
    assert found.frame == pytest.approx(0.15)
    assert found.score == pytest.approx(0.35)
    untouched = shade(grey, np.zeros((1, 2), np.float32))[0, 0]
    assert np.array_equal(red.look[:, 4:], np.broadcast_to(untouched, (4, 4, 3)))
    assert np.abs(red.look[0, 0].astype(int) - WARM).max() < 20  # the largest of all maps
    assert blue.look[0, 7, 2] > blue.look[0, 7, 0]  # half as large, and against
    assert COLD[2] > blue.look[0, 7, 2] - 60


def test_cosines_are_shaded_from_the_smallest_to_the_largest(grey: np.ndarray) -> None:
    found = explained(False, grey)
    assert (found.low, found.high) == (pytest.approx(-0.2), pytest.approx(0.4))
    assert [one.total for one in found.words] == [None, None]
    untouched = shade(grey, np.zeros((1, 2), np.float32))[0, 0]
    assert np.array_equal(found.words[1].look[0, 7], untouched)  # the smallest cosine
    for one in found.words:
        assert (one.look[..., 0] >= one.look[..., 2]).all()  # nothing is blue


def test_a_thumbnail_is_small_and_pixels_only() -> None:
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    held = io.BytesIO()
    Image.new("RGB", (300, 900), "red").save(held, "JPEG", exif=exif, comment=b"SecretComment")
    held.seek(0)
    head, data = address(Image.open(held)).split(",")
    content = base64.b64decode(data)
    made = Image.open(io.BytesIO(content))
    assert head == "data:image/jpeg;base64"
    assert b"Secret" not in content
    assert b"Exif" not in content
    assert made.height == HEIGHT
    assert made.width == pytest.approx(HEIGHT / 3, abs=1)
