from pathlib import Path

import numpy as np
import pytest
from tests.lasting import ROOT, VECTORS, fill

from tipr.errors import FingerprintError, GalleryError
from tipr.gallery import method, rows
from tipr.gallery.merge import merge
from tipr.gallery.records import Reading, Shot
from tipr.gallery.scan import File
from tipr.gallery.store import Gallery
from tipr.gallery.verify import verify


@pytest.fixture
def two(tmp_path: Path) -> list[Path]:
    fill(tmp_path / "one")
    fill(tmp_path / "two")
    with Gallery.open(tmp_path / "two", write=True) as gallery, gallery.written() as db:
        rows.change(db, "sources", "1", (), root=str(Path("/others").absolute()))
        db.execute("DELETE FROM files WHERE id = 1")
    return [tmp_path / "one", tmp_path / "two"]


def test_everything_of_both_is_there_under_new_ids(two, tmp_path):
    with Gallery.open(two[0], write=True) as gallery:
        method.require(gallery, ROOT, "whole pictures", known=False)
    found = merge(two, tmp_path / "goal")
    with (
        Gallery.open(tmp_path / "goal", write=True) as gallery,
        pytest.raises(GalleryError, match="holds whole pictures of it"),
    ):
        method.require(gallery, ROOT, "people in frames", known=True)
    assert (found.pictures, found.forgotten) == (11, 0)
    assert verify(tmp_path / "goal") == []
    with Gallery.open(tmp_path / "goal") as gallery:
        ids, vectors = gallery.vectors()
        np.testing.assert_array_equal(vectors, VECTORS[[1, 2, 3, 4, 5, 6, 2, 3, 4, 5, 6]])
        items = gallery.items(ids)
        assert items[8].path == Path("/others").absolute() / "gate/picture 2.jpg"
        assert items[8].facts == items[2].facts
        assert gallery.ask("SELECT item, fits FROM feedback ORDER BY id") == [
            (2, 1), (3, 0), (8, 1), (9, 0),
        ]  # fmt: skip
        assert gallery.ask("SELECT search, upload FROM examples") == [(1, 1), (3, 2)]
        assert gallery.ask("SELECT name FROM searches WHERE id > 2") == [
            ("from an upload (2)",), ("kept in words (2)",),
        ]  # fmt: skip
    with Gallery.open(two[0]) as gallery:
        assert len(gallery) == 6


def test_folders_that_overlap_and_other_models_are_refused_and_leave_nothing(two, tmp_path):
    with pytest.raises(GalleryError, match="overlaps"):
        merge([two[0], two[0]], tmp_path / "goal")
    other = tmp_path / "other"
    with Gallery.create(other, fingerprint="x", model="m", width=2, image_size=(1, 1)) as gallery:
        shot = Shot(vector=np.array([1, 0], np.float32))
        gallery.add(ROOT.parent / "far", [Reading(file=File("a", 1, 1), shots=(shot,))])
    with pytest.raises(FingerprintError, match="another model"):
        merge([two[0], other], tmp_path / "goal")
    with pytest.raises(GalleryError, match="at least two"):
        merge(two[:1], tmp_path / "goal")
    assert not (tmp_path / "goal").exists()
