import numpy as np
import pytest
from PIL import Image, ImageDraw

from tipr.gallery.manifest import Manifest
from tipr.gallery.placing import in_frame, place, whole


def told(fit: str) -> Manifest:
    return Manifest(style="detr", height=60, width=80, threshold=0.5, fit=fit)


@pytest.mark.parametrize("fit", ["stretch", "corner", "centre"])
@pytest.mark.parametrize("size", [(400, 100), (100, 300), (80, 60), (7, 5)])
def test_a_box_seen_in_the_input_is_where_it_is_in_the_frame(fit, size):
    """A white half in a black frame: what is bright in the input, brought back, is that half."""
    frame = Image.new("RGB", size)
    half = (size[0] // 2, 0, size[0], size[1])
    ImageDraw.Draw(frame).rectangle((half[0], 0, size[0] - 1, size[1] - 1), fill="white")
    placed = place(frame, told(fit))
    assert placed.pixels_HW3.shape == (60, 80, 3)
    rows, columns = np.nonzero(placed.pixels_HW3[..., 0] > 127)
    seen = np.float32([[columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]])
    found = in_frame(seen, placed)[0]
    pixel = max(1 / placed.across, 1 / placed.down)
    np.testing.assert_allclose(found, half, atol=1.5 * pixel)


@pytest.mark.parametrize(("fit", "corner"), [("corner", (0, 0)), ("centre", (0, 20))])
def test_what_the_picture_does_not_fill_is_padded(fit, corner):
    placed = place(Image.new("RGB", (160, 40), "white"), told(fit))
    assert (placed.left, placed.top) == corner
    rows = np.nonzero((placed.pixels_HW3 == 255).all(axis=(1, 2)))[0]
    assert (rows.min(), rows.max()) == (corner[1], corner[1] + 19)
    assert (placed.pixels_HW3[placed.pixels_HW3 != 255] == 114).all()


def test_whole_pixels_lie_around_the_box_and_within_the_frame():
    assert whole(np.float32([1.2, 2.9, 3.1, 4.0]), (10, 10)) == (1, 2, 4, 4)
    assert whole(np.float32([-5, -5, 99, 99]), (10, 8)) == (0, 0, 10, 8)
    assert whole(np.float32([20, 20, 30, 30]), (10, 8)) == (10, 8, 10, 8)
