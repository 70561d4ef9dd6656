import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tipr.errors import StorageError
from tipr.gallery import index as indexes
from tipr.gallery.index import INDEX, STAMP, Index
from tipr.gallery.records import Reading, Shot
from tipr.gallery.scan import File
from tipr.gallery.store import Gallery

ROOT = Path("/pictures").absolute()
D = 16


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def some(count: int, seed: int = 0) -> np.ndarray:
    return unit(np.random.default_rng(seed).normal(size=(count, D)))


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


def brute_force(ids, vectors, query, k) -> list[tuple[int, float]]:
    scores = (vectors.astype(np.float64) * query.astype(np.float64)).sum(axis=1).astype(np.float32)
    pairs = sorted(zip(-scores, ids, strict=True))[:k]
    return [(int(number), float(-score)) for score, number in pairs]


def answers(index: Index, queries: np.ndarray, k: int) -> list[list[tuple[int, float]]]:
    return [
        [(int(number), float(score)) for number, score in zip(ids, scores, strict=True)]
        for ids, scores in index.search(queries, k)
    ]


@pytest.mark.parametrize("k", [1, 7, 499, 500, 900])
def test_search_equals_brute_force(tmp_path, k):
    with make(tmp_path / "g", some(500)) as gallery:
        ids, vectors = gallery.vectors()
        index = indexes.load(gallery)
        queries = some(5, seed=1)
        assert answers(index, queries, k) == [brute_force(ids, vectors, q, k) for q in queries]


@settings(max_examples=60, deadline=None)
@given(
    copies=st.lists(st.integers(0, 4), min_size=1, max_size=70),
    k=st.integers(1, 80),
    seed=st.integers(0, 9),
)
def test_equal_vectors_keep_gallery_order_wherever_k_cuts(copies, k, seed):
    vectors = some(5, seed)[copies]
    ids = np.arange(len(copies), dtype=np.int64) * 3 + 1
    index = indexes._build("g", ids, vectors)
    query = some(1, seed + 100)
    assert answers(index, query, k) == [brute_force(ids, vectors, query[0], k)]


def test_many_equal_pictures_do_not_upset_the_order(tmp_path):
    vectors = np.concatenate([some(100), np.repeat(some(1, 7), 5000, axis=0), some(100, 3)])
    index = indexes._build("g", np.arange(len(vectors)), vectors)
    ids, scores = index.search(some(1, 7), 50)[0]
    assert ids.tolist() == list(range(100, 150))
    assert len(set(scores.tolist())) == 1


def test_an_empty_gallery_and_no_query_have_no_neighbours(tmp_path):
    with make(tmp_path / "g", some(0)) as gallery:
        assert [len(ids) for ids, _ in indexes.load(gallery).search(some(2), 3)] == [0, 0]
    assert indexes._build("g", np.arange(2), some(2)).search(some(0), 3) == []


def test_the_saved_index_is_used_when_it_belongs_to_this_content(tmp_path, monkeypatch):
    with make(tmp_path / "g", some(30)) as gallery:
        made = indexes.load(gallery)
        monkeypatch.setattr(Gallery, "vectors", lambda _: pytest.fail("read from the database"))
        loaded = indexes.load(gallery)
    np.testing.assert_array_equal(loaded.ids, made.ids)
    np.testing.assert_array_equal(loaded.vectors, made.vectors)
    assert answers(loaded, some(3, 1), 4) == answers(made, some(3, 1), 4)


def test_a_stale_index_is_not_trusted(tmp_path):
    with make(tmp_path / "g", some(30)) as gallery:
        indexes.load(gallery)
        gallery.remove(ROOT, ["000000"])
        assert indexes.load(gallery).ids.tolist() == list(range(2, 31))
        assert len(indexes._read(gallery.path, gallery.generation)) == 29


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-9] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    "harm",
    [
        lambda g: flip(g / INDEX),
        lambda g: (g / INDEX).write_bytes((g / INDEX).read_bytes()[:-20]),
        lambda g: (g / INDEX).unlink(),
        lambda g: (g / STAMP).unlink(),
        lambda g: (g / STAMP).write_text("[1, 2]"),
        lambda g: (g / STAMP).write_text("not json"),
        lambda g: (g / STAMP).write_bytes(b"\xff\xfe"),
    ],
    ids=["flipped bit", "truncated", "missing", "no stamp", "odd stamp", "no json", "no text"],
)
def test_a_damaged_index_is_made_again_from_the_database(tmp_path, harm):
    with make(tmp_path / "g", some(30)) as gallery:
        right = answers(indexes.load(gallery), some(3, 1), 4)
        harm(gallery.path)
        assert answers(indexes.load(gallery), some(3, 1), 4) == right
        assert indexes._read(gallery.path, gallery.generation) is not None


def test_a_full_disk_does_not_keep_one_from_searching(tmp_path, monkeypatch):
    def full(*_: object) -> None:
        raise StorageError("the disk is full")

    monkeypatch.setattr(indexes, "write_whole", full)
    with make(tmp_path / "g", some(30)) as gallery:
        assert len(indexes.load(gallery)) == 30
        assert not (gallery.path / INDEX).exists()


def test_the_stamp_tells_the_checksum_of_the_file(tmp_path):
    with make(tmp_path / "g", some(3)) as gallery:
        indexes.load(gallery)
        assert str(zlib.crc32((gallery.path / INDEX).read_bytes())) in (
            (gallery.path / STAMP).read_text()
        )
        indexes.drop(gallery.path)
        assert not {INDEX, STAMP} & {path.name for path in gallery.path.iterdir()}
        indexes.drop(gallery.path)
