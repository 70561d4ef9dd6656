import io

import numpy as np
from PIL import Image

from tipr.gallery.look import content_of, look_of
from tipr.gallery.sight import People, Whole
from tipr.inputs import image

SIZE = (24, 8)


class Finds:
    """A detector that finds the same everywhere."""

    identity = "somebody"

    def __init__(self, *boxes):
        self.boxes = list(boxes)

    def find(self, picture):
        return self.boxes


def picture() -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 255, (60, 80, 3), dtype=np.uint8))


def test_a_whole_picture_is_one_sight_from_edge_to_edge():
    (sight,) = Whole(SIZE)(picture())
    np.testing.assert_array_equal(sight.pixels_HW3, image.fit(picture(), SIZE))
    assert (sight.content, sight.look) == (content_of(picture()), look_of(picture()))
    assert (sight.part, sight.box, sight.frame_ms, sight.thumbnail) == ("", None, None, None)


def test_people_are_cut_out_in_the_detectors_order_if_they_are_high_enough():
    eye = People(SIZE, Finds((10, 5, 30, 55), (0, 0, 9, 19), (40, 20, 60, 40)), smallest=20)
    sights = eye(picture())
    assert [(sight.part, sight.box) for sight in sights] == [
        ("0", (10, 5, 30, 55)), ("1", (40, 20, 60, 40)),
    ]  # fmt: skip
    crop = picture().crop((10, 5, 30, 55))
    np.testing.assert_array_equal(sights[0].pixels_HW3, image.fit(crop, SIZE))
    assert sights[0].content == content_of(crop)
    assert Image.open(io.BytesIO(sights[0].thumbnail or b"")).size == (20, 50)


def test_people_of_several_frames_have_parts_of_their_own():
    eye = People(SIZE, Finds((0, 0, 20, 40), (1, 1, 20, 40)), smallest=1)
    parts = [(sight.part, sight.frame_ms) for time in (0, 1000) for sight in eye(picture(), time)]
    assert parts == [("0/0", 0), ("0/1", 0), ("1000/0", 1000), ("1000/1", 1000)]


def test_nobody_is_no_sight():
    assert People(SIZE, Finds(), smallest=1)(picture()) == ()


def test_the_method_tells_ways_of_looking_apart():
    methods = {
        Whole(SIZE).method,
        People(SIZE, Finds(), 20).method,
        People(SIZE, Finds(), 21).method,
    }
    assert len(methods) == 3
