import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tipr.errors import FingerprintError, GalleryBusyError, GalleryError, StorageError
from tipr.gallery import database
from tipr.gallery.place import DATABASE
from tipr.gallery.records import Known, Reading, Shot
from tipr.gallery.scan import File
from tipr.gallery.store import Gallery

D = 4
ROOT = Path("/pictures").absolute()


def make(path: Path, fingerprint: str = "ab" * 32) -> Gallery:
    return Gallery.create(
        path, fingerprint=fingerprint, model="runs/one", width=D, image_size=(384, 128)
    )


def files(*names: str) -> list[File]:
    return [File(name, 10, 20) for name in names]


def readings(files: list[File], vectors: np.ndarray) -> list[Reading]:
    return [
        Reading(file=file, shots=(Shot(vector=vector),))
        for file, vector in zip(files, vectors, strict=True)
    ]


def vectors(count: int, seed: int = 0) -> np.ndarray:
    rows = np.random.default_rng(seed).normal(size=(count, D))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    path = tmp_path / "gallery"
    with make(path) as gallery:
        gallery.add(ROOT, readings(files("a", "b", "c"), vectors(3)))
    return path


def rewrite(path: Path, statement: str, *values: object) -> None:
    db = sqlite3.connect(path / DATABASE)
    db.execute(statement, values)
    db.commit()
    db.close()


def test_what_was_stored_is_read_back_bit_by_bit(filled):
    with Gallery.open(filled) as gallery:
        ids, found = gallery.vectors()
        items = gallery.items(list(ids))
        meta = gallery.meta
    assert ids.dtype == np.int64
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, vectors(3))
    assert [items[int(number)].path for number in ids] == [ROOT / "a", ROOT / "b", ROOT / "c"]
    assert (meta.fingerprint, meta.model, meta.width, meta.image_size) == (
        "ab" * 32,
        "runs/one",
        D,
        (384, 128),
    )


def test_a_copied_gallery_is_a_gallery(filled, tmp_path):
    shutil.copytree(filled, tmp_path / "copy")
    with Gallery.open(tmp_path / "copy") as gallery:
        np.testing.assert_array_equal(gallery.vectors()[1], vectors(3))


def test_an_id_is_never_given_twice(filled):
    with Gallery.open(filled, write=True) as gallery:
        gallery.remove(ROOT, ["c"])
        gallery.add(ROOT, readings(files("d", "a"), vectors(2, seed=1)))
        ids, _ = gallery.vectors()
        items = gallery.items(list(ids))
    assert {number: item.path.name for number, item in items.items()} == {2: "b", 4: "d", 5: "a"}


def test_skipped_files_are_listed_with_their_reason_until_they_are_read(filled):
    with Gallery.open(filled, write=True) as gallery:
        gallery.add(ROOT, [Reading(file=File("bad", 1, 2), reason="truncated")])
        assert [(entry.path, entry.reason) for entry in gallery.skipped()] == [
            (ROOT / "bad", "truncated")
        ]
        assert gallery.known(ROOT)["bad"] == Known(File("bad", 1, 2), "", None, "truncated")
        gallery.add(ROOT, readings(files("bad"), vectors(1)))
        assert gallery.skipped(ROOT) == []
        assert len(gallery) == 4


def test_every_change_gives_a_new_generation(filled):
    with Gallery.open(filled, write=True) as gallery:
        seen = {gallery.generation}
        gallery.remove(ROOT, ["a"])
        seen.add(gallery.generation)
        gallery.add(ROOT, readings(files("a"), vectors(1)))
        seen.add(gallery.generation)
    assert len(seen) == 3


def test_a_reader_sees_one_state_while_a_writer_goes_on(filled):
    with Gallery.open(filled) as reader, Gallery.open(filled, write=True) as writer:
        with reader.snapshot():
            before = len(reader)
            writer.add(ROOT, readings(files("d"), vectors(1)))
            assert len(reader) == before == 3
        assert len(reader) == 4


def test_a_second_writer_is_turned_away_at_once(filled):
    program = (
        "import sys, time; from pathlib import Path; from tipr.gallery.store import Gallery\n"
        "start = time.monotonic()\n"
        "try: Gallery.open(Path(sys.argv[1]), write=True)\n"
        "except Exception as error: print(type(error).__name__, time.monotonic() - start < 2)\n"
    )
    with Gallery.open(filled, write=True):
        other = subprocess.run(
            [sys.executable, "-c", program, str(filled)], capture_output=True, text=True, check=True
        )
        with pytest.raises(GalleryBusyError, match="another process is writing"):
            Gallery.open(filled, write=True)
    assert other.stdout.split() == ["GalleryBusyError", "True"]
    Gallery.open(filled, write=True).close()


def test_the_lock_of_a_killed_writer_does_not_stay(filled):
    program = (
        "import sys, os; from pathlib import Path; from tipr.gallery.store import Gallery\n"
        "gallery = Gallery.open(Path(sys.argv[1]), write=True); os._exit(9)\n"
    )
    ended = subprocess.run([sys.executable, "-c", program, str(filled)], check=False)
    assert ended.returncode == 9
    Gallery.open(filled, write=True).close()


def test_a_full_disk_leaves_nothing_half_written(filled):
    many = [f"picture {number}" for number in range(3000)]
    with Gallery.open(filled, write=True) as gallery:
        (pages,) = gallery._db.execute("PRAGMA page_count").fetchone()
        gallery._db.execute(f"PRAGMA max_page_count = {pages + 2}")
        with pytest.raises(StorageError, match=r"disk is full.*free some space"):
            gallery.add(ROOT, readings(files(*many), vectors(3000)))
        np.testing.assert_array_equal(gallery.vectors()[1], vectors(3))
        gallery._db.execute("PRAGMA max_page_count = 100000")
        gallery.add(ROOT, readings(files(*many), vectors(3000)))
        assert len(gallery) == 3003


def test_a_fault_in_the_middle_of_a_batch_undoes_all_of_it(filled):
    with Gallery.open(filled, write=True) as gallery:
        generation = gallery.generation
        with pytest.raises(TypeError, match="cannot hold a object"):
            gallery.add(ROOT, readings([*files("d"), File("e", "ten", object())], vectors(2)))  # pyright: ignore
        assert (len(gallery), gallery.generation) == (3, generation)


def test_a_missing_gallery_and_a_foreign_folder_name_the_remedy(tmp_path):
    (tmp_path / "photos").mkdir()
    for path in (tmp_path / "gone", tmp_path / "photos"):
        with pytest.raises(GalleryError, match="tipr index MODEL FOLDER") as caught:
            Gallery.open(path)
        assert "\n" not in str(caught.value)


def test_a_foreign_database_is_recognised(tmp_path):
    rewrite(tmp_path, "CREATE TABLE theirs (id)")
    with pytest.raises(GalleryError, match="not a tipr gallery"):
        Gallery.open(tmp_path)


def test_a_gallery_of_a_newer_tipr_is_refused(filled):
    rewrite(filled, f"PRAGMA user_version = {database.SCHEMA + 1}")
    with pytest.raises(GalleryError, match="newer tipr"):
        Gallery.open(filled)


@pytest.mark.parametrize(
    "content", [b"no database at all " * 300, b"SQLite format 3\0" + b"\7" * 8000]
)
def test_a_broken_database_is_said_to_be_damaged(filled, content):
    (filled / DATABASE).write_bytes(content)
    with pytest.raises(GalleryError, match=r"damaged|not a tipr gallery"):
        Gallery.open(filled)


def test_a_truncated_database_is_an_error_not_a_shorter_gallery(filled):
    file = filled / DATABASE
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(GalleryError), Gallery.open(filled) as gallery:
        gallery.vectors()


@pytest.mark.parametrize("wrong", [b"\0" * 4 * D, b"\0" * 7])
def test_a_vector_that_has_changed_on_the_disk_is_found(filled, wrong):
    rewrite(filled, "UPDATE vectors SET vector = ? WHERE item = 2", wrong)
    with (
        Gallery.open(filled) as gallery,
        pytest.raises(GalleryError, match=r"picture 2 \(b\) has changed"),
    ):
        gallery.vectors()


def test_nothing_that_is_not_ours_is_overwritten(tmp_path, filled):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "me.jpg").write_bytes(b"x")
    (tmp_path / "file").write_bytes(b"x")
    for path in (tmp_path / "photos", tmp_path / "file", filled):
        with pytest.raises(GalleryError):
            make(path)
    assert sorted(path.name for path in (tmp_path / "photos").iterdir()) == ["me.jpg"]
    assert (tmp_path / "file").read_bytes() == b"x"
    with Gallery.open(filled) as gallery:
        assert len(gallery) == 3


def test_an_empty_folder_and_the_remains_of_a_killed_start_can_become_a_gallery(tmp_path):
    (tmp_path / DATABASE).touch()
    (tmp_path / "writer.lock").touch()
    with make(tmp_path) as gallery:
        assert len(gallery) == 0


def test_discard_takes_an_empty_gallery_away_and_no_other(tmp_path, filled):
    make(tmp_path / "empty").discard()
    assert not (tmp_path / "empty").exists()
    Gallery.open(filled, write=True).discard()
    with Gallery.open(filled) as gallery:
        assert len(gallery) == 3


def test_discard_leaves_what_others_put_beside_it(tmp_path):
    gallery = make(tmp_path / "empty")
    (tmp_path / "empty" / "note.txt").write_text("mine")
    gallery.discard()
    assert [path.name for path in (tmp_path / "empty").iterdir()] == ["note.txt"]


def test_another_model_is_refused_with_both_ways_out(filled):
    with Gallery.open(filled) as gallery:
        gallery.require_model("ab" * 32)
        with pytest.raises(FingerprintError, match=r"runs/one.*tipr gallery switch"):
            gallery.require_model("cd" * 32)


def test_folders_that_overlap_are_refused(filled):
    with Gallery.open(filled, write=True) as gallery:
        for folder in (ROOT / "below", ROOT.parent):
            with pytest.raises(GalleryError, match="overlaps"):
                gallery.add(folder, readings(files("x"), vectors(1)))
        gallery.add(ROOT.parent / "pictures2", readings(files("x"), vectors(1)))
        assert len(gallery) == 4


def test_a_reader_cannot_write(filled):
    with Gallery.open(filled) as gallery, pytest.raises(ValueError, match="write=True"):
        gallery.add(ROOT, readings(files("x"), vectors(1)))


def test_wrong_shapes_are_the_callers_bug(filled):
    with (
        Gallery.open(filled, write=True) as gallery,
        pytest.raises(ValueError, match="vectors must have"),
    ):
        gallery.add(ROOT, [Reading(file=File("x", 1, 2), shots=(Shot(vector=np.ones(3, "f4")),))])


def test_a_gallery_on_a_read_only_medium_can_be_read(filled, monkeypatch):
    monkeypatch.setattr(database.os, "access", lambda *_: False)
    with Gallery.open(filled) as gallery:
        assert len(gallery.vectors()[0]) == 3
    assert {path.name for path in filled.iterdir()} <= {DATABASE, "writer.lock"}


def test_what_is_removed_leaves_no_trace_in_the_files(tmp_path):
    secret = np.array([[0.1234567, 0.7654321, 0.5, 0.38]], np.float32)
    path = tmp_path / "gallery"
    with make(path) as gallery:
        gallery.add(ROOT, readings(files("a"), vectors(1)))
        gallery.add(ROOT, readings(files("secret person.jpg"), secret))
    with Gallery.open(path) as reader:  # an open reader keeps the write-ahead log alive
        assert len(reader) == 2
        with Gallery.open(path, write=True) as gallery:
            gallery.remove(ROOT, ["secret person.jpg"])
            gallery.add(ROOT, readings(files("secret person.jpg"), secret))
            gallery.remove(ROOT, ["secret person.jpg"])
        content = b"".join(file.read_bytes() for file in path.iterdir())
    assert secret.tobytes() not in content
    assert b"secret person" not in content
