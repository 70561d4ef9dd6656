import shutil
from pathlib import Path

import numpy as np
import pytest
from tests.near import D, brute_force, pairs, some

from tipr.errors import GalleryBusyError, StorageError
from tipr.gallery import database, derived, place
from tipr.gallery import index as indexes
from tipr.gallery.index import INDEX, STAMP, Index
from tipr.gallery.records import Reading, Shot
from tipr.gallery.scan import File
from tipr.gallery.store import Gallery

ROOT = Path("/pictures").absolute()


def make(path: Path, vectors: np.ndarray) -> Gallery:
    gallery = Gallery.create(
        path, fingerprint="ab", model="m", width=vectors.shape[1], image_size=(1, 1)
    )
    if len(vectors):
        gallery.add(
            ROOT,
            [
                Reading(file=File(f"{row:06}", 1, 1), shots=(Shot(vector=vector),))
                for row, vector in enumerate(vectors)
            ],
        )
    return gallery


def answers(index: Index, queries: np.ndarray, k: int, allowed=None):
    return [pairs(found) for found in index.search(queries, k, allowed)]


@pytest.fixture
def large(monkeypatch):
    """Files are large from 1,000 bytes on."""
    monkeypatch.setattr(derived, "LARGE", 1000)
    monkeypatch.setattr(derived, "BLOCK", 100)


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("k", [1, 7, 300, 500])
def test_search_equals_brute_force(tmp_path, k, exact):
    with make(tmp_path / "g", some(300)) as gallery:
        ids, vectors = gallery.vectors()
        index = indexes.load(gallery, exact=exact)
    if not exact:  # of few pictures an approximate index looks at the whole float16 vectors
        vectors = vectors.astype(np.float16)
    queries = some(5, seed=1)
    assert answers(index, queries, k) == [brute_force(ids, vectors, q, k) for q in queries]


@pytest.mark.parametrize("sparse", [0, 4])
@pytest.mark.parametrize("exact", [True, False])
def test_only_allowed_pictures_are_found(tmp_path, monkeypatch, exact, sparse):
    monkeypatch.setattr(indexes, "_SPARSE", sparse)
    with make(tmp_path / "g", some(300)) as gallery:
        gallery.remove(ROOT, ["000003", "000299"])
        ids, vectors = gallery.vectors()
        index = indexes.load(gallery, exact=exact)
    allowed = np.array([-5, 1, 2, 4, 77, 78, 290, 300, 999])
    left = np.isin(ids, allowed)
    assert left.sum() == 5
    vectors = vectors if exact else vectors.astype(np.float16)
    queries = some(2, seed=1)
    for k in (1, 4, 9):
        expected = [brute_force(ids[left], vectors[left], query, k) for query in queries]
        assert answers(index, queries, k, allowed) == expected
    assert answers(index, queries, 3, allowed[:0]) == [[], []]
    assert answers(index, queries, 300, ids) == answers(index, queries, 300)


@pytest.mark.parametrize("exact", [True, False])
def test_an_empty_gallery_and_no_query_have_no_neighbours(tmp_path, exact):
    with make(tmp_path / "g", some(0)) as gallery:
        index = indexes.load(gallery, exact=exact)
        assert [len(ids) for ids, _ in index.search(some(2), 3)] == [0, 0]
        assert [len(ids) for ids, _ in index.search(some(2), 3, np.array([1]))] == [0, 0]
        assert [len(ids) for ids, _ in index.search(some(2), 3, np.array([], int))] == [0, 0]
    with make(tmp_path / "h", some(3)) as gallery:
        assert indexes.load(gallery, exact=exact).search(some(0), 3) == []


def test_the_kind_is_chosen_by_size_unless_said(tmp_path, monkeypatch):
    monkeypatch.setattr(indexes, "APPROXIMATE_FROM", 31)
    with make(tmp_path / "g", some(30)) as gallery:
        assert indexes.load(gallery).kind == str(indexes.load(gallery)) == "exact"
        asked = indexes.load(gallery, exact=False)
        assert (asked.kind, str(asked)) == (
            "approximate",
            "approximate: looks into 1 of 5 lists, or more",
        )
        assert not (gallery.path / INDEX).exists()
        assert indexes.load(gallery).kind == "exact"
    with make(tmp_path / "h", some(31)) as gallery:
        assert indexes.load(gallery).kind == "approximate"
        assert indexes.load(gallery, exact=True).kind == "exact"


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("size", ["small", "large"])
def test_the_saved_index_is_used_when_it_belongs_to_this_content(
    tmp_path, monkeypatch, request, size, exact
):
    if size == "large":
        request.getfixturevalue("large")
    with make(tmp_path / "g", some(300)) as gallery:
        made = answers(indexes.load(gallery, exact=exact), some(3, 1), 4)
        monkeypatch.setattr(
            Gallery, "vector_blocks", lambda *_: pytest.fail("read from the database")
        )
        loaded = indexes.load(gallery, exact=exact)
    assert answers(loaded, some(3, 1), 4) == made
    assert len(loaded) == 300


def test_a_stale_index_is_not_trusted(tmp_path):
    with make(tmp_path / "g", some(30)) as gallery:
        indexes.load(gallery)
        gallery.remove(ROOT, ["000000"])
        assert indexes.load(gallery).ids.tolist() == list(range(2, 31))
    with Gallery.open(tmp_path / "g") as gallery:
        assert indexes.load(gallery).ids.tolist() == list(range(2, 31))
        assert str(gallery.generation) in (gallery.path / STAMP).read_text()


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-9] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    "harm",
    [lambda g: flip(g / INDEX), lambda g: (g / STAMP).unlink()],
    ids=["flipped bit", "no stamp"],
)
def test_a_damaged_index_is_made_again_from_the_database(tmp_path, harm):
    with make(tmp_path / "g", some(30)) as gallery:
        right = answers(indexes.load(gallery), some(3, 1), 4)
        harm(gallery.path)
        assert answers(indexes.load(gallery), some(3, 1), 4) == right
        assert indexes.check(gallery.path) == []
        assert (gallery.path / STAMP).exists()


def test_a_full_disk_does_not_keep_one_from_searching(tmp_path, monkeypatch):
    def full(*_: object) -> None:
        raise StorageError("the disk is full")

    monkeypatch.setattr(derived, "write_whole", full)
    with make(tmp_path / "g", some(30)) as gallery:
        index = indexes.load(gallery)
        assert len(index) == 30
        assert index.files is None
        assert not (gallery.path / STAMP).exists()


def test_a_reader_saves_what_it_made_and_lets_writers_in_again(tmp_path):
    make(tmp_path / "g", some(30)).close()
    with Gallery.open(tmp_path / "g") as gallery:
        assert indexes.load(gallery).files is not None
        Gallery.open(gallery.path, write=True).close()


def test_no_files_are_written_while_another_process_writes(tmp_path):
    make(tmp_path / "g", some(30)).close()
    with Gallery.open(tmp_path / "g") as gallery:
        lock = place.lock(gallery.path)
        index = indexes.load(gallery)
        lock.release()
        assert (len(index), index.files) == (30, None)
        assert not (gallery.path / INDEX).exists()


def test_what_was_erased_since_a_snapshot_began_is_not_written_again(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "_WAIT_S", 0.0)  # the writer need not wait for the reader
    make(tmp_path / "g", some(30)).close()
    with Gallery.open(tmp_path / "g") as reader, reader.snapshot():
        assert len(reader) == 30
        with Gallery.open(tmp_path / "g", write=True) as writer:
            indexes.drop(writer.path)
            writer.remove(ROOT, ["000007"])
        assert len(indexes.load(reader)) == 30
        assert not any((tmp_path / "g").glob("index.*"))


def test_a_folder_that_cannot_be_written_is_searched_in_memory(tmp_path, monkeypatch):
    make(tmp_path / "g", some(30)).close()
    shutil.copytree(tmp_path / "g", tmp_path / "copy")
    monkeypatch.setattr(indexes.os, "access", lambda *_: False)
    with Gallery.open(tmp_path / "copy") as gallery:
        assert indexes.load(gallery).files is None
    assert not (tmp_path / "copy" / INDEX).exists()


def test_files_overwritten_during_a_search_give_no_answer(tmp_path, large):
    with make(tmp_path / "g", some(300)) as gallery:
        index = indexes.load(gallery)
        assert len(answers(index, some(1, 1), 4)[0]) == 4
        indexes.drop(gallery.path)
        with pytest.raises(GalleryBusyError, match="being erased from this gallery; search again"):
            index.search(some(1, 1), 4)
        assert len(answers(indexes.load(gallery), some(1, 1), 4)[0]) == 4


def test_what_an_index_holds_is_what_the_gallery_holds(tmp_path):
    with make(tmp_path / "g", some(3)) as gallery:
        indexes.load(gallery)
        assert gallery.vectors()[1].tobytes() == (gallery.path / INDEX).read_bytes()
        assert gallery.vectors()[1].shape == (3, D)
