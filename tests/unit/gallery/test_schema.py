"""A gallery of schema 1, written as that tipr wrote it, opens as one of today."""

import sqlite3
import zlib
from pathlib import Path

import numpy as np
import pytest

from tipr.errors import GalleryError
from tipr.gallery import rows
from tipr.gallery.place import DATABASE
from tipr.gallery.records import Reading, Shot
from tipr.gallery.scan import File
from tipr.gallery.schema import TABLES
from tipr.gallery.store import Gallery

SCHEMA_1 = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE sources (id INTEGER PRIMARY KEY AUTOINCREMENT, root TEXT NOT NULL UNIQUE);
CREATE TABLE items (id INTEGER PRIMARY KEY AUTOINCREMENT,
  source INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE, path TEXT NOT NULL,
  size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, vector BLOB NOT NULL,
  checksum INTEGER NOT NULL, UNIQUE (source, path));
CREATE TABLE skipped (source INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
  path TEXT NOT NULL, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, reason TEXT NOT NULL,
  PRIMARY KEY (source, path));
PRAGMA application_id = 1953067122;
PRAGMA user_version = 1;
PRAGMA journal_mode = WAL;
"""
ROOT = Path("/pictures").absolute()
VECTORS = np.eye(3, dtype=np.float32)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "gallery"
    path.mkdir()
    db = sqlite3.connect(path / DATABASE)
    db.executescript(SCHEMA_1)
    meta = {
        "fingerprint": "ab", "model": "runs/one", "width": "3", "image_height": "384",
        "image_width": "128", "created": "2026-01-02T03:04:05+00:00", "version": "0.1",
        "generation": "word",
    }  # fmt: skip
    db.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
    db.execute("INSERT INTO sources VALUES (1, ?)", [str(ROOT)])
    for number, (name, vector) in enumerate(zip("abc", VECTORS, strict=True), start=1):
        blob = vector.tobytes()
        checksum = zlib.crc32(blob, zlib.crc32(name.encode()))
        db.execute(
            "INSERT INTO items VALUES (?, 1, ?, 10, 20, ?, ?)", [number, name, blob, checksum]
        )
    db.execute("DELETE FROM items WHERE id = 3")
    db.execute("INSERT INTO skipped VALUES (1, 'bad', 1, 2, 'truncated')")
    db.commit()
    db.close()
    return path


def test_everything_of_an_old_gallery_is_there(old):
    Gallery.open(old, write=True).close()
    with Gallery.open(old) as gallery:
        ids, vectors = gallery.vectors()
        assert ids.tolist() == [1, 2]
        np.testing.assert_array_equal(vectors, VECTORS[:2])
        assert [item.path for item in gallery.items(ids).values()] == [ROOT / "a", ROOT / "b"]
        assert [(s.path, s.reason) for s in gallery.skipped()] == [(ROOT / "bad", "truncated")]
        assert (gallery.meta.model, gallery.meta.image_size) == ("runs/one", (384, 128))
        assert gallery.meta.created == "2026-01-02T03:04:05+00:00"
        for table in TABLES:
            assert list(rows.broken(gallery._db, table)) == []


def test_an_id_that_was_given_before_is_not_given_after(old):
    with Gallery.open(old, write=True) as gallery:
        gallery.add(ROOT, [Reading(file=File("d", 1, 1), shots=(Shot(vector=VECTORS[0]),))])
        assert gallery.vectors()[0].max() > 3


def test_an_old_gallery_opened_for_reading_names_the_remedy_and_stays(old):
    before = (old / DATABASE).read_bytes()
    with pytest.raises(GalleryError, match="tipr gallery repair"):
        Gallery.open(old)
    assert (old / DATABASE).read_bytes() == before


def test_a_damaged_row_is_not_blessed_with_a_new_checksum(old):
    db = sqlite3.connect(old / DATABASE)
    db.execute("UPDATE items SET vector = zeroblob(12) WHERE id = 2")
    db.commit()
    db.close()
    with pytest.raises(GalleryError, match=r"picture 2 \(b\)"):
        Gallery.open(old, write=True)
    db = sqlite3.connect(old / DATABASE)
    assert db.execute("PRAGMA user_version").fetchone() == (1,)
    assert db.execute("SELECT count(*) FROM items").fetchone() == (2,)
    db.close()
