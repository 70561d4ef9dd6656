import shutil
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from tests.lasting import ROOT, VECTORS, fill

from tipr.errors import GalleryBusyError, GalleryError
from tipr.gallery.database import PAGE
from tipr.gallery.place import DATABASE, LOCK, REMARKS
from tipr.gallery.repair import repair
from tipr.gallery.store import Gallery
from tipr.gallery.verify import verify


@pytest.fixture
def path(tmp_path: Path) -> Path:
    fill(tmp_path / "gallery")
    return tmp_path / "gallery"


def rewrite(path: Path, *statements: str) -> None:
    db = sqlite3.connect(path / DATABASE)
    for statement in statements:
        db.execute(statement)
    db.commit()
    db.close()


def test_a_picture_with_a_damaged_vector_goes_and_is_named_and_read_again(path):
    rewrite(path, "UPDATE vectors SET vector = zeroblob(64) WHERE item = 3")
    found = repair(path)
    assert found.pictures == 5
    assert any("yard/picture 3.jpg" in line for line in found.lost)
    assert verify(path) == []
    with Gallery.open(path) as gallery:
        assert gallery.vectors()[0].tolist() == [1, 2, 4, 5, 6]
        np.testing.assert_array_equal(gallery.vectors()[1], VECTORS[[1, 2, 4, 5, 6]])
        assert "yard/picture 3.jpg" not in gallery.known(ROOT)


def test_a_damaged_attribute_takes_its_picture_along(path):
    rewrite(path, "UPDATE attributes SET value = 'colour 9' WHERE item = 1")
    assert repair(path).pictures == 5
    assert verify(path) == []


def test_no_id_is_given_again_after_a_repair(path):
    rewrite(
        path, "DELETE FROM items WHERE id = 6", "UPDATE vectors SET checksum = 0 WHERE item = 5"
    )
    repair(path)
    with Gallery.open(path) as gallery:
        assert gallery.ask("SELECT seq FROM sqlite_sequence WHERE name = 'items'") == [(6,)]


def test_what_is_on_a_page_that_cannot_be_read_is_lost_and_the_rest_is_kept(tmp_path):
    path = tmp_path / "gallery"
    fill(path)
    with Gallery.open(path, write=True) as gallery:
        for number in range(40):  # thumbnails of many pages
            gallery.set_thumbnails({1 + number % 6: bytes([number]) * 20_000})
        pages = [
            page
            for (page,) in gallery.ask(
                "SELECT rootpage FROM sqlite_schema WHERE name = 'thumbnails'"
            )
        ]
    content = bytearray((path / DATABASE).read_bytes())
    content[(pages[0] - 1) * PAGE : pages[0] * PAGE] = b"\xff" * PAGE
    (path / DATABASE).write_bytes(content)
    assert verify(path)
    found = repair(path)
    assert found.pictures == 6
    assert any("thumbnails" in line and "cannot be read" in line for line in found.lost)
    assert verify(path) == []


def test_a_gallery_that_does_not_know_its_model_cannot_be_saved_and_stays(path):
    rewrite(path, "UPDATE models SET fingerprint = 'cd'")
    before = (path / DATABASE).read_bytes()
    with pytest.raises(GalleryError, match="its own description is damaged"):
        repair(path)
    with sqlite3.connect(path / DATABASE) as db:
        assert db.execute("SELECT count(*) FROM items").fetchone() == (6,)
    db.close()
    assert len(before) == (path / DATABASE).stat().st_size


def test_nothing_is_replaced_under_somebody_who_has_it_open(path):
    with Gallery.open(path) as reader:
        assert len(reader) == 6
        with pytest.raises(GalleryBusyError, match="has this gallery"):
            repair(path)
    assert repair(path).pictures == 6


def test_an_interrupted_repair_changes_nothing(path, monkeypatch):
    shutil.copytree(path, path.with_name("before"))

    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", stopped)
    with pytest.raises(KeyboardInterrupt):
        repair(path)
    monkeypatch.undo()
    assert verify(path) == []
    assert sorted(one.name for one in path.iterdir()) == [DATABASE, REMARKS, LOCK]


def test_a_missing_gallery_is_said(tmp_path):
    with pytest.raises(GalleryError, match="nothing to repair"):
        repair(tmp_path / "none")
