import numpy as np
import pytest

from tipr.gallery.answers import people
from tipr.gallery.manifest import Manifest

SIZE = {"height": 32, "width": 64, "threshold": 0.5}


def test_detr_gives_shares_of_the_input_and_scores_of_each_class():
    told = Manifest(style="detr", person=1, **SIZE)
    raw = {"boxes": np.float32([[[0.5, 0.5, 0.25, 0.5]]]), "scores": np.float32([[[9, 0, -9]]])}
    boxes, scores = people(raw, told)
    np.testing.assert_allclose(boxes, [[24, 8, 40, 24]])
    np.testing.assert_allclose(scores, [0.5])
    softmax = Manifest(style="detr", person=0, activation="softmax", **SIZE)
    np.testing.assert_allclose(people(raw, softmax)[1], [1 / (1 + np.exp(-9) + np.exp(-18))])


def test_yolox_multiplies_how_sure_of_something_and_how_sure_of_a_person():
    told = Manifest(style="yolox", person=1, strides=(16, 32), **SIZE)
    raw = np.zeros((1, 8 + 2, 5 + 3), np.float32)
    raw[0, 5] = [0.5, 0.5, 0, np.log(2), 0.8, 0.1, 0.5, 0.9]  # second row, second column of 16
    boxes, scores = people({"boxes": raw}, told)
    np.testing.assert_allclose(boxes[5], [16, 8, 32, 40], atol=1e-4)
    np.testing.assert_allclose(scores, [0, 0, 0, 0, 0, 0.4, 0, 0, 0, 0], atol=1e-6)


@pytest.mark.parametrize(("units", "factor"), [("input", 1), ("frame", 1), ("share", (64, 32) * 2)])
def test_boxes_of_other_classes_are_nobody(units, factor):
    told = Manifest(style="boxes", person=2, units=units, classes="labels", **SIZE)
    found = np.float32([[[0.1, 0.2, 0.3, 0.4], [0.5, 0.6, 0.7, 0.8]]])
    raw = {"boxes": found, "scores": np.float32([[0.9, 0.8]]), "classes": np.int64([[7, 2]])}
    boxes, scores = people(raw, told)
    np.testing.assert_allclose(boxes, found[0] * np.float32(factor))
    np.testing.assert_allclose(scores, [0, 0.8])


@pytest.mark.parametrize(
    ("style", "raw", "words"),
    [
        ("detr", {"boxes": (1, 5, 5), "scores": (1, 5, 2)}, "boxes of shape .*expected .1, Q, 4"),
        ("detr", {"boxes": (1, 5, 4), "scores": (1, 6, 2)}, "scores of shape .*expected .1, 5, 2"),
        ("detr", {"boxes": (2, 5, 4), "scores": (2, 5, 2)}, "boxes of shape"),
        ("detr", {"boxes": (1, 5, 4), "scores": (1, 5, 1)}, "2 or more"),
        ("yolox", {"boxes": (1, 9, 7)}, "expected .1, 42, 7 or more"),
        ("boxes", {"boxes": (5, 4), "scores": (1, 4)}, "scores of shape"),
        ("boxes", {"boxes": (4,), "scores": (1,)}, "boxes of shape"),
    ],
)
def test_other_shapes_than_the_style_has_are_named(style, raw, words):
    told = Manifest(style=style, person=1, **SIZE)
    with pytest.raises(ValueError, match=words):
        people({name: np.zeros(shape, np.float32) for name, shape in raw.items()}, told)


def test_scores_that_are_no_numbers_are_refused():
    raw = {"boxes": np.zeros((1, 4), np.float32), "scores": np.float32([np.nan])}
    with pytest.raises(ValueError, match="not finite"):
        people(raw, Manifest(style="boxes", **SIZE))
