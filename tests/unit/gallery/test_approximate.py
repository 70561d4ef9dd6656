from dataclasses import replace

import numpy as np
import pytest
from tests.near import D, blocks, brute_force, pairs, people, some

from tipr.gallery import approximate
from tipr.gallery.approximate import Approximate
from tipr.gallery.nearest import nearest
from tipr.gallery.sinks import Memory

PEOPLE, VIEWS, K = 150, 20, 10


def arrays(vectors: np.ndarray, size: int = 100) -> dict[str, np.ndarray]:
    memory = Memory()
    Approximate.make(blocks(vectors, size), D, len(vectors), memory)
    return memory.arrays


@pytest.fixture(scope="module")
def crowd() -> tuple[np.ndarray, np.ndarray, Approximate]:
    """(vectors, queries, their index)"""
    vectors, queries = people(PEOPLE, VIEWS)
    return vectors, queries, replace(Approximate.of(arrays(vectors)), enough=1)


def slow(vectors, query, k, rows) -> list[tuple[int, float]]:
    return brute_force(rows, vectors[rows].astype(np.float16), query, k)


def recall(vectors, queries, found, rows) -> float:
    hits = [
        len({name for name, _ in slow(vectors, query, K, rows)} & set(names.tolist()))
        for query, (names, _) in zip(queries, found, strict=True)
    ]
    return sum(hits) / len(hits) / K


def test_looking_into_every_list_it_finds_what_is_best_in_float16(crowd):
    vectors, queries, index = crowd
    found = replace(index, share=1.0).search(queries, K)
    rows = np.arange(len(vectors))
    assert [pairs(each) for each in found] == [slow(vectors, query, K, rows) for query in queries]


def test_looking_into_few_lists_it_finds_most_and_reads_little(crowd):
    vectors, queries, index = crowd
    few = replace(index, share=0.15)
    assert (few.probes, len(index.centres_LD)) == (9, 55)
    assert recall(vectors, queries, few.search(queries, K), np.arange(len(vectors))) > 0.9
    # Nothing that lies in other lists may be found: their short rows are never read.
    blind = few.heads_NH.copy()
    order = np.argsort(-(few.centres_LD @ queries[0]))
    for number in order[few.probes :]:
        blind[few.starts[number] : few.starts[number + 1]] = np.nan
    assert pairs(replace(few, heads_NH=blind).search(queries[:1], K)[0]) == pairs(
        few.search(queries[:1], K)[0]
    )


def test_several_queries_get_the_answers_of_each(crowd):
    _, queries, index = crowd
    together = index.search(queries[:9], K)
    alone = [index.search(query[None], K)[0] for query in queries[:9]]
    assert [pairs(each) for each in together] == [pairs(each) for each in alone]


@pytest.mark.parametrize("left", [2, 30, 300, 1500, 2999])
def test_a_filter_leaves_only_what_is_allowed_and_misses_little(crowd, left):
    vectors, queries, index = crowd
    rows = np.sort(np.random.default_rng(left).choice(len(vectors), left, replace=False))
    index = replace(index, share=0.2, enough=100)
    found = index.search(queries, min(K, left), rows)
    assert all(np.isin(names, rows).all() and len(names) == min(K, left) for names, _ in found)
    assert left < K or recall(vectors, queries, found, rows) > 0.9
    if left < index.enough:
        assert [pairs(each) for each in found] == [
            slow(vectors, query, min(K, left), rows) for query in queries
        ]


def test_a_filter_makes_a_query_look_into_more_lists(crowd, monkeypatch):
    vectors, queries, index = crowd
    rows = np.sort(np.random.default_rng(0).choice(len(vectors), 1000, replace=False))
    seen = []

    def spy(halves, spans, *rest, **names):
        seen.append(len(halves))
        return nearest(halves, spans, *rest, **names)

    monkeypatch.setattr(approximate, "nearest", spy)
    monkeypatch.setattr(approximate, "_DENSE", 0.5)  # what is allowed is read row by row
    for enough in (600, 900):
        replace(index, share=0.02, enough=enough).search(queries[:1], K, rows)
        assert enough <= seen[0] < enough + 90
        seen.clear()


@pytest.mark.parametrize("k", [700, 3000])
def test_however_many_are_asked_for_come(crowd, k):
    vectors, queries, index = crowd
    rows = np.arange(len(vectors))
    (found,) = replace(index, share=0.02).search(queries[:1], k)
    assert len(found[0]) == len(set(found[0].tolist())) == k
    assert k < 3000 or pairs(found) == slow(vectors, queries[0], k, rows)
    far = np.flatnonzero(vectors @ queries[0] < 0)  # a filter that leaves nothing near
    (found,) = replace(index, share=0.02).search(queries[:1], len(far), far)
    assert pairs(found) == slow(vectors, queries[0], len(far), far)


def test_equal_pictures_come_in_gallery_order():
    vectors = np.concatenate([some(200), np.repeat(some(1, 7), 60, axis=0), some(200, 3)])
    ((rows, scores),) = Approximate.of(arrays(vectors)).search(some(1, 7), 40)
    assert rows.tolist() == list(range(200, 240))
    assert len(set(scores.tolist())) == 1


@pytest.mark.parametrize("count", [0, 1, 2, 3, 40])
def test_small_galleries_can_be_divided(count):
    made = Approximate.of(arrays(some(count)))
    assert sorted(made.rows_N.tolist()) == list(range(count))
    assert made.starts[-1] == count
    if count:
        rows = np.arange(count)
        (found,) = made.search(some(1, 5), count)
        assert pairs(found) == slow(some(count), some(1, 5)[0], count, rows)


def test_equal_vectors_are_divided_equally_however_they_are_read():
    vectors, _ = people(60, 10)
    first, second = arrays(vectors, 7), arrays(vectors, 600)
    assert first.keys() == second.keys() == set(Approximate.ARRAYS)
    for name, array in first.items():
        np.testing.assert_array_equal(array, second[name])


def test_every_vector_lies_in_the_list_of_its_nearest_centre(crowd):
    vectors, _, index = crowd
    numbers = np.repeat(np.arange(len(index.centres_LD)), np.diff(index.starts))
    best = (vectors.astype(np.float16).astype(np.float64) @ index.centres_LD.T).max(axis=1)
    own = (vectors[index.rows_N] * index.centres_LD[numbers]).sum(axis=1)
    np.testing.assert_allclose(own, best[index.rows_N], atol=2e-3)
    np.testing.assert_array_equal(index.halves_ND, vectors.astype(np.float16)[index.rows_N])
    assert all(
        (np.diff(index.rows_N[start:end]) > 0).all()
        for start, end in zip(index.starts, index.starts[1:], strict=False)
    )


def test_how_it_searches_can_be_told(crowd):
    assert str(crowd[2]) == "approximate: looks into 6 of 55 lists, or more"
