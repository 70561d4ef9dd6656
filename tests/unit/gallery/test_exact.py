import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.near import D, blocks, brute_force, pairs, some, unit

from tipr.gallery import exact as exact_index
from tipr.gallery import rough
from tipr.gallery.exact import Exact
from tipr.gallery.sinks import Memory


def exact(vectors: np.ndarray) -> Exact:
    memory = Memory()
    Exact.make(blocks(vectors), D, memory)
    return Exact.of(memory.arrays)


@pytest.fixture(autouse=True)
def three_cores(monkeypatch):
    monkeypatch.setattr(rough, "cores", lambda: 3)
    monkeypatch.setattr(rough, "_PART", 1)


@pytest.fixture(params=["small", "large"], autouse=True)
def size(request, monkeypatch):
    """Every test asks both the way of small galleries and that of large ones."""
    if request.param == "large":
        monkeypatch.setattr(exact_index, "_FEW", 0)


@pytest.mark.parametrize("queries", [1, 7], ids=["one by one", "together"])
@pytest.mark.parametrize("k", [1, 7, 499, 500])
def test_search_equals_brute_force(queries, k):
    vectors, asked = some(500), some(queries, 1)
    found = exact(vectors).search(asked, k)
    assert [pairs(each) for each in found] == [
        brute_force(range(500), vectors, query, k) for query in asked
    ]


@pytest.mark.parametrize("queries", [1, 7], ids=["one by one", "together"])
@pytest.mark.parametrize("left", [3, 60, 499])
def test_only_allowed_rows_are_looked_at(queries, left):
    vectors, asked = some(500), some(queries, 1)
    rows = np.sort(np.random.default_rng(left).choice(500, left, replace=False))
    found = exact(vectors).search(asked, 3, rows)
    assert [pairs(each) for each in found] == [
        brute_force(rows, vectors[rows], query, 3) for query in asked
    ]


@pytest.mark.parametrize("length", [1, 50])
@pytest.mark.parametrize("queries", [1, 7], ids=["one by one", "together"])
def test_what_bytes_cannot_tell_apart_is_ranked_right(queries, length):
    near = some(1, 2) + 2e-4 * np.random.default_rng(3).normal(size=(400, D))
    vectors = unit(np.concatenate([some(4000), near]))
    asked = np.repeat(length * some(1, 2), queries, axis=0)
    rows = range(len(vectors))
    for found in exact(vectors).search(asked, 5):
        assert pairs(found) == brute_force(rows, vectors, asked[0], 5)


@settings(max_examples=60, deadline=None)
@given(
    copies=st.lists(st.integers(0, 4), min_size=1, max_size=70),
    k=st.integers(1, 80),
    queries=st.integers(1, 5),
    seed=st.integers(0, 9),
)
def test_equal_vectors_keep_their_order_wherever_k_cuts(copies, k, queries, seed):
    vectors, asked = some(5, seed)[copies], some(queries, seed + 100)
    k = min(k, len(vectors))
    found = exact(vectors).search(asked, k)
    assert [pairs(each) for each in found] == [
        brute_force(range(len(copies)), vectors, query, k) for query in asked
    ]


@pytest.mark.parametrize("queries", [1, 7], ids=["one by one", "together"])
def test_many_equal_pictures_do_not_upset_the_order(queries):
    vectors = np.concatenate([some(100), np.repeat(some(1, 7), 20_000, axis=0), some(100, 3)])
    for rows, scores in exact(vectors).search(np.repeat(some(1, 7), queries, axis=0), 50):
        assert rows.tolist() == list(range(100, 150))
        assert len(set(scores.tolist())) == 1
