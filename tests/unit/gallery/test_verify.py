import shutil
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.lasting import VECTORS, fill

from tipr.errors import GalleryError
from tipr.gallery import index, rows
from tipr.gallery.place import DATABASE
from tipr.gallery.repair import repair
from tipr.gallery.schema import TABLES
from tipr.gallery.store import Gallery
from tipr.gallery.verify import verify


@pytest.fixture(scope="module")
def sound(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("sound") / "gallery"
    fill(path)
    return path


@pytest.fixture
def path(sound, tmp_path) -> Path:
    shutil.copytree(sound, tmp_path / "gallery")
    return tmp_path / "gallery"


def rewrite(path: Path, *statements: str) -> None:
    db = sqlite3.connect(path / DATABASE)
    for statement in statements:
        db.execute(statement)
    db.commit()
    db.close()


def told(path: Path) -> str:
    return "\n".join(fault.what for fault in verify(path))


def flip(path: Path, offset: int, bit: int) -> None:
    content = bytearray(path.read_bytes())
    content[offset] ^= 1 << bit
    path.write_bytes(content)


def test_a_sound_gallery_has_no_fault(path):
    assert verify(path) == []
    assert repair(path).lost == ()
    assert verify(path) == []


@pytest.mark.parametrize("table", TABLES)
def test_a_change_in_any_column_of_any_table_is_found(path, table):
    with Gallery.open(path) as gallery:
        names = rows.columns(gallery._db, table)
        if not gallery.ask(f"SELECT 1 FROM {table}"):
            assert table == "forgotten"
            return
        (key,) = gallery.ask(f"SELECT min(rowid) FROM {table}")[0]
    for name in (*names, "checksum"):
        copy = path.with_name(f"copy {name}")
        shutil.copytree(path, copy)
        rewrite(
            copy,
            "PRAGMA foreign_keys = OFF",
            f"UPDATE {table} SET {name} = CASE typeof({name}) WHEN 'integer' THEN {name} + 1000 "
            f"WHEN 'null' THEN 0 ELSE CAST({name} AS TEXT) || 'x' END WHERE rowid = {key}",
        )
        assert verify(copy), f"{table}.{name}"


def test_the_picture_that_is_hit_is_named(path):
    rewrite(path, "UPDATE vectors SET vector = zeroblob(64) WHERE item = 3")
    assert "picture 3" in told(path)
    assert "picture 3.jpg" in told(path)


def test_a_row_that_is_gone_is_missed(path):
    rewrite(path, "DELETE FROM vectors WHERE item = 4")
    assert "picture 4 (yard/picture 4.jpg) has no vector" in told(path)


def test_a_row_whose_parent_is_gone_is_found(path):
    rewrite(path, "PRAGMA foreign_keys = OFF", "DELETE FROM items WHERE id = 1")
    assert "refers to something in items that is not there" in told(path)


def test_a_damaged_index_is_found_and_made_anew(path):
    with Gallery.open(path, write=True) as gallery:
        index.load(gallery)
    (file,) = [one for one in path.iterdir() if one.name == index.INDEX]
    flip(file, file.stat().st_size // 2, 3)
    assert told(path)
    with Gallery.open(path, write=True) as gallery:
        index.load(gallery)
    assert verify(path) == []


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_one_flipped_bit_in_a_vector_is_always_found(sound, tmp_path_factory, data):
    path = tmp_path_factory.mktemp("flip") / "gallery"
    shutil.copytree(sound, path)
    content = (path / DATABASE).read_bytes()
    number = data.draw(st.integers(1, 6))
    start = content.index(VECTORS[number].tobytes())
    flip(path / DATABASE, start + data.draw(st.integers(0, 63)), data.draw(st.integers(0, 7)))
    assert f"picture {number} " in told(path)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_after_any_flipped_bit_the_gallery_says_so_or_answers_as_before(
    sound, tmp_path_factory, data
):
    path = tmp_path_factory.mktemp("flip") / "gallery"
    shutil.copytree(sound, path)
    size = (path / DATABASE).stat().st_size
    flip(path / DATABASE, data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, 7)))
    with Gallery.open(sound) as gallery:
        expected = [gallery.ask(f"SELECT * FROM {table} ORDER BY 1, 2") for table in TABLES]
    try:
        if verify(path):
            return
        with Gallery.open(path) as gallery:
            found = [gallery.ask(f"SELECT * FROM {table} ORDER BY 1, 2") for table in TABLES]
    except GalleryError:
        return
    assert found == expected


def test_a_gallery_that_is_none_is_an_error_not_a_fault(tmp_path):
    with pytest.raises(GalleryError, match="no such gallery"):
        verify(tmp_path / "none")
