import numpy as np
import pytest
from tests.near import D, brute_force, pairs, some

from tipr.gallery.nearest import candidates, nearest, ranked, rounding


@pytest.fixture
def halves() -> np.ndarray:
    return some(300).astype(np.float16)


def slow(halves, query, k, rows, names=None) -> list[int]:
    names = rows if names is None else names[rows]
    return sorted(name for name, _ in brute_force(names, halves[rows], query, k))


@pytest.mark.parametrize("spans", [[(0, 300)], [(3, 40), (40, 41), (90, 90), (200, 300)], []])
@pytest.mark.parametrize("k", [1, 20, 400])
def test_the_best_rows_of_some_spans_are_found(halves, spans, k):
    query = some(1, 5)[0]
    rows = np.array([row for start, end in spans for row in range(start, end)], np.int64)
    found, scores = nearest(halves, spans, query, k)
    assert sorted(found.tolist()) == slow(halves, query, k, rows)
    np.testing.assert_allclose(scores, halves[found].astype(np.float64) @ query, atol=1e-6)


def test_rows_may_have_names_and_be_passed_over(halves):
    query, names = some(1, 5)[0], np.random.default_rng(0).permutation(300)
    allowed = np.random.default_rng(1).random(300) < 0.3
    for spans in ([(0, 300)], [(10, 50), (60, 200)]):
        rows = np.concatenate([np.arange(*span) for span in spans])
        found, _ = nearest(halves, spans, query, 12, names_N=names, allowed=allowed)
        assert sorted(found.tolist()) == slow(halves, query, 12, rows[allowed[names[rows]]], names)


def test_candidates_hold_whatever_may_tie():
    rough = np.concatenate([np.full(500, 0.5), np.linspace(0.4, 0.0, 4000)]).astype(np.float32)
    asked, everything = [], np.arange(len(rough))

    def look(count):
        asked.append(count)
        best = np.argsort(-rough, kind="stable")[:count]
        return best, rough[best]

    assert candidates(look, 10, everything, 0.01).tolist() == list(range(500))
    assert asked == [84, 1344]
    assert candidates(look, 501, everything, 0.01).tolist() == list(range(600))
    assert len(candidates(look, 10, everything, 2.0)) == len(rough)


@pytest.mark.parametrize("length", [0.1, 1.0, 30.0])
def test_no_score_is_further_off_than_said(length):
    rows, query = some(20_000), length * some(1, 5)[0]
    halves = rows.astype(np.float16)
    names, scores = nearest(halves, [(0, len(rows))], query, len(rows))
    exact = halves.astype(np.float64) @ query.astype(np.float64)
    error = np.abs(scores - exact[names]).max()
    assert rounding(query) / 200 < error <= rounding(query)
    exact = rows.astype(np.float64) @ query.astype(np.float64)
    assert np.abs(rows @ query - exact).max() <= rounding(query)


def test_ranked_sums_in_float64_and_keeps_the_order_of_ties():
    vectors = np.concatenate([some(3), some(3), some(5000, 1)])
    rows = np.arange(len(vectors))
    found = pairs(ranked(rows, vectors, vectors[1], 9))
    assert found == brute_force(rows, vectors, vectors[1], 9)
    assert [name for name, _ in found[:2]] == [1, 4]
    assert vectors.shape[1] == D
