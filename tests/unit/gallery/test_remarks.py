"""What people leave in a gallery beside its pictures, while somebody else adds pictures."""

import sqlite3
import threading
from pathlib import Path

import pytest
from tests.lasting import fill

from tipr.errors import GalleryBusyError, GalleryError
from tipr.gallery import database, index, place
from tipr.gallery.export import remember
from tipr.gallery.place import DATABASE, REMARKS
from tipr.gallery.repair import repair
from tipr.gallery.store import Gallery
from tipr.search.feedback import marks, record, take_back


@pytest.fixture
def path(tmp_path: Path) -> Path:
    fill(tmp_path / "gallery")
    return tmp_path / "gallery"


def said(path: Path) -> list[str]:
    """The words of the marks that were made here."""
    with Gallery.open(path) as gallery:
        return [mark.query for mark in marks(gallery) if not mark.query.startswith("said of")]


def test_a_remark_is_kept_beside_a_writer_who_goes_on(path):
    with Gallery.open(path, write=True) as writer:
        with Gallery.open_for_remarks(path) as beside:
            record(beside, "red", 1, True)
        assert said(path) == ["red"]
        writer.set_model("elsewhere")
    with Gallery.open(path) as gallery:
        assert (gallery.meta.model, said(path)) == ("elsewhere", ["red"])


def test_a_remark_waits_for_the_transaction_of_a_writer_and_not_for_its_end(path):
    written = threading.Event()

    def leave() -> None:
        with Gallery.open_for_remarks(path) as beside:
            record(beside, "red", 1, True)
        written.set()

    with Gallery.open(path, write=True) as writer:
        with writer.written():
            thread = threading.Thread(target=leave)
            thread.start()
            assert not written.wait(0.2)
        assert written.wait(20)
        thread.join()


def test_a_transaction_that_lasts_too_long_makes_a_remark_busy(path, monkeypatch):
    monkeypatch.setattr(database, "_WAIT_S", 0.02)
    with (
        Gallery.open(path, write=True) as writer,
        writer.written(),
        Gallery.open_for_remarks(path) as beside,
        pytest.raises(GalleryBusyError, match="another process is writing"),
    ):
        record(beside, "red", 1, True)
    assert said(path) == []


def test_who_leaves_a_remark_can_change_nothing_that_is_searched_in(path):
    with Gallery.open_for_remarks(path) as beside:
        assert not beside.writable
        with pytest.raises(ValueError, match="not opened for such writing"):
            beside.set_model("elsewhere")


def test_who_leaves_a_remark_writes_no_index_while_pictures_may_be_erased(path):
    with Gallery.open(path, write=True), Gallery.open_for_remarks(path) as beside:
        assert index.load(beside).files is None


def test_two_who_leave_remarks_take_turns(path, monkeypatch):
    monkeypatch.setattr(place, "_PATIENCE_S", 0.02)
    with (
        Gallery.open_for_remarks(path),
        pytest.raises(GalleryBusyError, match="takes no remarks now"),
    ):
        Gallery.open_for_remarks(path)
    Gallery.open_for_remarks(path).close()


def test_nobody_writes_to_a_file_that_a_repair_is_about_to_replace(path, monkeypatch):
    monkeypatch.setattr(place, "_PATIENCE_S", 0.02)
    plain, refused = Path.replace, []

    def replace(draft: Path, goal: Path) -> Path:
        try:
            Gallery.open_for_remarks(path)
        except GalleryBusyError as error:
            refused.append(str(error))
        return plain(draft, goal)

    monkeypatch.setattr(Path, "replace", replace)
    repair(path)
    assert len(refused) == 1
    with Gallery.open_for_remarks(path) as beside:
        remember(beside, "a copy", 1)


def test_a_remark_that_is_taken_back_is_gone_from_the_files_though_somebody_writes(path):
    with Gallery.open(path, write=True):
        with Gallery.open_for_remarks(path) as beside:
            record(beside, "in no other file", 1, True)
            take_back(beside, "in no other file", 1)
        assert [one.name for one in path.iterdir() if b"in no other" in one.read_bytes()] == []


def test_a_long_reader_does_not_keep_a_remark_waiting(path, monkeypatch):
    patience_ms = []

    def empty_log(gallery: Gallery) -> bool:
        patience_ms.append(gallery._db.execute("PRAGMA busy_timeout").fetchone()[0])
        return False

    monkeypatch.setattr(Gallery, "empty_log", empty_log)
    with Gallery.open(path) as reader, reader.snapshot():
        assert len(reader) == 6
        with Gallery.open_for_remarks(path) as beside:
            record(beside, "red", 1, True)
    assert (said(path), patience_ms) == (["red"], [0])


def test_a_gallery_of_an_older_tipr_takes_no_remark_before_it_is_brought_up_to_date(path):
    with sqlite3.connect(path / DATABASE) as db:
        db.execute("PRAGMA user_version = 1")
    db.close()
    with pytest.raises(GalleryError, match="made by an older tipr"):
        Gallery.open_for_remarks(path)
    assert (path / REMARKS).exists()
    with pytest.raises(GalleryError, match="made by an older tipr"):  # the lock was let go
        Gallery.open_for_remarks(path)


def test_where_there_is_no_gallery_no_remark_is_left(tmp_path):
    with pytest.raises(GalleryError, match="no such gallery"):
        Gallery.open_for_remarks(tmp_path / "none")
    assert list(tmp_path.iterdir()) == []
