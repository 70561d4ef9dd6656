from pathlib import Path

import numpy as np
import pytest

from tipr.errors import GalleryError
from tipr.gallery import change_over, index
from tipr.gallery.records import Reading, Shot
from tipr.gallery.scan import File
from tipr.gallery.store import Gallery

ROOT = Path("/pictures").absolute()
OLD, NEW = np.eye(3, dtype=np.float32), np.eye(5, dtype=np.float32)


@pytest.fixture
def gallery(tmp_path: Path):
    with Gallery.create(
        tmp_path / "g", fingerprint="old", model="runs/old", width=3, image_size=(2, 1)
    ) as made:
        readings = [
            Reading(file=File(name, 1, 1), shots=(Shot(vector=vector),))
            for name, vector in zip("abc", OLD, strict=True)
        ]
        made.add(ROOT, readings)
        yield made


def start(gallery: Gallery, fingerprint: str = "new") -> int:
    return change_over.prepare(
        gallery, fingerprint=fingerprint, model="runs/new", width=5, image_size=(4, 2)
    )


def test_the_old_model_answers_until_the_new_one_is_whole(gallery):
    generation = gallery.generation
    number = start(gallery)
    change_over.add_vectors(gallery, number, [1, 2], NEW[:2])
    with pytest.raises(GalleryError, match="1 pictures are not encoded"):
        change_over.switch(gallery, number)
    np.testing.assert_array_equal(gallery.vectors()[1], OLD)
    assert gallery.generation == generation
    assert change_over.missing(gallery, number) == [3]
    change_over.add_vectors(gallery, number, [3], NEW[2:3])
    index.load(gallery)
    change_over.switch(gallery, number)
    assert not [file for file in gallery.path.iterdir() if file.name.startswith("index.")]
    np.testing.assert_array_equal(gallery.vectors()[1], NEW[:3])
    assert gallery.generation != generation
    assert (gallery.meta.fingerprint, gallery.meta.model, gallery.meta.width) == (
        "new", "runs/new", 5,
    )  # fmt: skip
    assert gallery.ask("SELECT count(*) FROM vectors") == [(3,)]


def test_an_interrupted_change_goes_on_and_another_one_replaces_it(gallery):
    number = start(gallery)
    change_over.add_vectors(gallery, number, [1], NEW[:1])
    assert start(gallery) == number
    assert change_over.missing(gallery, number) == [2, 3]
    third = start(gallery, "third")
    assert change_over.missing(gallery, third) == [1, 2, 3]
    assert gallery.ask("SELECT fingerprint FROM models ORDER BY id") == [("old",), ("third",)]


def test_a_calibration_belongs_to_its_model(gallery):
    gallery.set_calibration("curve")
    assert gallery.calibration() == "curve"
    number = start(gallery)
    change_over.add_vectors(gallery, number, [1, 2, 3], NEW[:3])
    change_over.switch(gallery, number)
    assert gallery.calibration() is None
