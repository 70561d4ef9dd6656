import pickle
import sys

import numpy as np
import pytest
from PIL import Image
from tests import detectors, films

from tipr.errors import DependencyError, ModelError
from tipr.gallery.detect import OnnxDetector, load

FIXED = """
style = "boxes"
height = 32
width = 64
threshold = 0.5
units = "share"
classes = "labels"
nms = 0.5
"""


def answers(*found: tuple[tuple[float, ...], float, int]) -> dict[str, np.ndarray]:
    return {
        "boxes": np.float32([[box for box, _, _ in found]]),
        "scores": np.float32([[score for _, score, _ in found]]),
        "labels": np.float32([[label for _, _, label in found]]),
    }


def test_a_graph_that_looks_finds_people_where_they_are(tmp_path):
    detector = load(detectors.bright(tmp_path))
    assert detector.find(films.frame(3)) == [films.person(3)]
    assert detector.find(films.frame(3, empty=True)) == []
    left, top, right, bottom = films.person(4)
    large = films.frame(4).resize((640, 480), Image.Resampling.NEAREST)
    assert detector.find(large) == [(10 * left, 10 * top, 10 * right, 10 * bottom)]


def test_padding_is_taken_off_again(tmp_path):
    detector = load(detectors.bright(tmp_path, detectors.BRIGHT + 'fit = "centre"\npad = 0\n'))
    wide = Image.new("RGB", (128, 48))
    wide.paste((255, 255, 255), (100, 10, 120, 40))
    ((left, top, right, bottom),) = detector.find(wide)
    assert (left, right) == (100, 120)
    assert abs(top - 10) <= 2
    assert abs(bottom - 40) <= 2


def test_only_sure_people_come_surest_first_without_the_same_one_twice(tmp_path):
    found = answers(
        ((0.0, 0.0, 0.5, 1.0), 0.6, 0),
        ((0.5, 0.0, 1.0, 1.0), 0.9, 0),
        ((0.52, 0.0, 1.0, 1.0), 0.8, 0),
        ((0.0, 0.0, 0.5, 0.5), 0.4, 0),
        ((0.0, 0.0, 0.1, 0.1), 0.9, 3),
        ((0.7, 0.7, 0.7, 0.9), 0.7, 0),
    )
    detector = load(detectors.answering(tmp_path, found, FIXED))
    assert detector.find(Image.new("RGB", (200, 100))) == [(100, 0, 200, 100), (0, 0, 100, 100)]
    everybody = load(detectors.answering(tmp_path, found, FIXED.replace("nms = 0.5", "")))
    assert len(everybody.find(Image.new("RGB", (200, 100)))) == 3


def test_a_graph_that_asks_for_the_frames_size_answers_in_its_pixels(tmp_path):
    manifest = FIXED.replace("share", "frame") + 'frame_size = "size"\n'
    found = answers(((10, 20, 30, 40), 0.9, 0))
    detector = load(detectors.answering(tmp_path, found, manifest, ("picture", "size")))
    assert detector.find(Image.new("RGB", (200, 100))) == [(10, 20, 30, 40)]
    assert detector.find(Image.new("RGB", (25, 30))) == [(10, 20, 25, 30)]
    fed = spied_on(detector)
    detector.find(Image.new("RGB", (25, 30)))
    assert fed[0]["size"].tolist() == [[25, 30]]


def spied_on(detector: OnnxDetector) -> list[dict[str, np.ndarray]]:
    """What the graph is fed from now on."""
    fed = []
    session = detector._session

    class Spy:
        def run(self, names, feed):
            fed.append(feed)
            return session.run(names, feed)

    detector._session = Spy()
    return fed


def test_colour_order_and_scale_are_the_manifests(tmp_path):
    red = Image.new("RGB", (64, 48))
    red.paste((120, 0, 0), (0, 0, 32, 48))
    seen = []
    for extra in ("", 'colour = "bgr"\nmean = [0.5, 0, 0]\nstd = [2, 1, 1]\ndivide = 120\n'):
        detector = load(detectors.bright(tmp_path, detectors.BRIGHT + extra))
        fed = spied_on(detector)
        detector.find(red)
        seen.append(fed[0]["picture"])
    np.testing.assert_allclose(seen[0][0, :, 0, 0], [120 / 255, 0, 0], rtol=1e-6)
    np.testing.assert_allclose(seen[1][0, :, 0, 0], [-0.25, 0, 1], rtol=1e-6)


def test_what_the_graph_or_the_manifest_says_tells_detectors_apart(tmp_path):
    one = load(detectors.bright(tmp_path / "a")).identity
    assert load(detectors.bright(tmp_path / "b")).identity == one
    other = detectors.BRIGHT.replace("0.5", "0.6")
    assert load(detectors.bright(tmp_path / "c", other)).identity != one


def test_a_detector_travels(tmp_path):
    detector = load(detectors.bright(tmp_path))
    other = pickle.loads(pickle.dumps(detector))
    assert other.identity == detector.identity
    assert other.find(films.frame(3)) == detector.find(films.frame(3))


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ('boxes = "rectangles"', "no output 'rectangles' .boxes. but boxes, scores"),
        ('picture = "image"', "no input 'image' but picture"),
        ("height = 32", "no answer"),
        ('style = "yolox"', "boxes of shape"),
    ],
)
def test_a_manifest_that_does_not_fit_is_found_out_at_once(tmp_path, extra, words):
    name = extra.split(" = ")[0]
    lines = [line for line in detectors.BRIGHT.splitlines() if not line.startswith(name)]
    path = detectors.bright(tmp_path, "\n".join([*lines, extra]))
    with pytest.raises(ModelError, match=words) as caught:
        load(path)
    assert "\n" not in str(caught.value)


def test_what_is_no_graph_is_named(tmp_path):
    path = detectors.bright(tmp_path)
    path.write_bytes(b"no graph")
    with pytest.raises(ModelError, match="cannot run it"):
        load(path)
    with pytest.raises(ModelError, match="no such detector"):
        load(tmp_path / "gone.onnx")


def test_boxes_without_bounds_are_refused(tmp_path):
    with pytest.raises(ModelError, match="not finite"):
        load(detectors.answering(tmp_path, answers(((np.inf, 0, 1, 1), 0.9, 0)), FIXED))


def test_without_the_library_one_is_told_what_to_install(tmp_path, monkeypatch):
    path = detectors.bright(tmp_path)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(DependencyError, match="pip install onnxruntime"):
        load(path)
