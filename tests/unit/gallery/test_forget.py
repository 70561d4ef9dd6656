from pathlib import Path

import numpy as np
import pytest
from tests.lasting import DAY, ROOT, VECTORS, fill

from tipr.errors import GalleryError
from tipr.gallery import forget as forgetting
from tipr.gallery import index, method
from tipr.gallery.forget import Whom, forget, kept_out, remains, select
from tipr.gallery.scan import File
from tipr.gallery.store import Gallery


@pytest.fixture
def path(tmp_path: Path) -> Path:
    fill(tmp_path / "gallery")
    with Gallery.open(tmp_path / "gallery", write=True) as gallery:
        index.load(gallery)
    return tmp_path / "gallery"


def content(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in path.iterdir() if file.is_file())


@pytest.mark.parametrize(
    ("whom", "ids"),
    [
        (Whom(ids=(2, 5)), [2, 5]),
        (Whom(camera="gate"), [1, 2]),
        (Whom(after_ms=2 * DAY), [2, 3, 4]),
        (Whom(before_ms=2 * DAY), [1]),
        (Whom(camera="yard", before_ms=4 * DAY), [3]),
        (Whom(ids=(1, 3), camera="yard"), [3]),
        (Whom(source=ROOT), [1, 2, 3, 4, 5, 6]),
        (Whom(camera="nowhere"), []),
    ],
)
def test_whom_is_everything_that_is_said(path, whom, ids):
    with Gallery.open(path) as gallery:
        assert select(gallery, whom) == ids


@pytest.mark.parametrize(
    ("whom", "said"),
    [
        (Whom(), "nothing is said"),
        (Whom(ids=(2, 99)), "no picture has the id 99"),
        (Whom(source=Path("/other")), "none of its sources"),
    ],
)
def test_what_cannot_be_meant_is_refused(path, whom, said):
    with Gallery.open(path) as gallery, pytest.raises(GalleryError, match=said):
        select(gallery, whom)


def test_everything_that_refers_to_a_person_goes_and_nothing_else(path):
    with Gallery.open(path, write=True) as gallery:
        found = forget(gallery, [2])
    assert (found.items, found.thumbnails, found.feedback, found.searches, found.uploads) == (
        1, 1, 1, 1, 1,
    )  # fmt: skip
    left = content(path)
    for gone in (
        VECTORS[2].tobytes(),
        VECTORS[2].astype(np.float16).tobytes(),
        b"thumbnail of person 2",
        b"gate/picture 2.jpg",
        b"colour 2",
        b"said of picture 2",
        b"the uploaded picture",
        b"query 1 text",
        b"from an upload",
    ):
        assert gone not in left
    for stays in (VECTORS[3].tobytes(), b"thumbnail of person 3", b"gate/picture 1.jpg"):
        assert stays in left
    with Gallery.open(path) as gallery:
        assert gallery.vectors()[0].tolist() == [1, 3, 4, 5, 6]
        assert gallery.ask("SELECT name FROM searches") == [("kept in words",)]
        assert gallery.ask("SELECT item FROM feedback") == [(3,)]
        assert remains(gallery, found) == []


def test_a_trace_that_is_left_is_found(path):
    with Gallery.open(path, write=True) as gallery:
        found = forget(gallery, [2])
        (path / "old index").write_bytes(b"...." + VECTORS[2].tobytes())
        (path / "old list").write_bytes(b"see gate/picture 2.jpg")
        assert remains(gallery, found) == ["old index, byte 4", "old list, byte 4"]


def test_somebody_else_in_the_same_film_stays(path):
    with Gallery.open(path, write=True) as gallery:
        found = forget(gallery, [5])
        assert gallery.vectors()[0].tolist() == [1, 2, 3, 4, 6]
        assert gallery.items([6])[6].path == ROOT / "film of two.mp4"
        assert remains(gallery, found) == []
        assert kept_out(gallery, ROOT, [File("film of two.mp4", 30, 40)]) == set()


def test_what_was_forgotten_does_not_come_back_unless_it_has_changed(path):
    with Gallery.open(path, write=True) as gallery:
        forget(gallery, [2])
        forget(gallery, [1])
        same, other = File("gate/picture 2.jpg", 10, 20), File("gate/picture 2.jpg", 11, 20)
        assert kept_out(gallery, ROOT, [same, File("gate/picture 3.jpg", 10, 20)]) == {same.path}
        assert kept_out(gallery, ROOT, [other]) == set()
        assert kept_out(gallery, Path("/other"), [same]) == set()


def test_what_lies_elsewhere_is_listed(path, tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "exists", lambda self: self.name != "picture 1.jpg")
    with Gallery.open(path, write=True) as gallery:
        found = forget(gallery, [1, 2])
    assert found.pictures == (ROOT / "gate/picture 2.jpg",)
    assert found.exports == (("2026", "/elsewhere/out.zip", 3),)


def test_a_reader_that_keeps_the_log_is_told_of(path):
    reader = Gallery.open(path)
    with Gallery.open(path, write=True) as gallery:
        gallery._db.execute("PRAGMA busy_timeout = 50")
        with reader.snapshot():
            assert len(reader) == 6
            assert not forget(gallery, [2]).log_emptied
        assert forget(gallery, [3]).log_emptied
    reader.close()
    assert VECTORS[2].tobytes() not in content(path)


def test_the_remains_of_a_killed_writer_go_too(path):
    (path / ".index.faiss.123.part").write_bytes(VECTORS[2].tobytes())
    with Gallery.open(path, write=True) as gallery:
        found = forget(gallery, [2])
        assert forgetting.remains(gallery, found) == []


def test_a_source_of_which_nothing_is_left_goes_and_its_films_do_not_come_back(path):
    with Gallery.open(path, write=True) as gallery:
        method.require(gallery, ROOT, "whole pictures", known=False)
        found = forget(gallery, select(gallery, Whom(source=ROOT)))
        assert gallery.ask("SELECT root FROM sources") == []
        film, bad = File("film of two.mp4", 30, 40), File("bad.jpg", 1, 2)
        assert kept_out(gallery, ROOT, [film, bad]) == {film.path, bad.path}
        assert remains(gallery, found) == []
    assert str(ROOT).encode() not in content(path)
