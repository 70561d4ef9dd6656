"""Retrieval figures against a slow oracle that sorts in plain Python."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tipr.errors import DataError
from tipr.metrics import Ranking, Scores, feature_outcomes, rank_features, rank_scores


def slow(scores: list[list[float]], query_people: list, gallery_people: list) -> Ranking:
    """Sort every row; among equal scores the non-matches come first."""
    firsts, precisions, inverses, unmatched = [], [], [], 0
    for row, person in zip(scores, query_people, strict=True):
        order = sorted(range(len(row)), key=lambda i: (-row[i], gallery_people[i] == person))
        ranks = [rank for rank, i in enumerate(order, start=1) if gallery_people[i] == person]
        if not ranks:
            unmatched += 1
            continue
        firsts.append(ranks[0])
        precisions.append(sum(j / rank for j, rank in enumerate(ranks, start=1)) / len(ranks))
        inverses.append(len(ranks) / ranks[-1])

    def percent(values: list) -> float:
        return 100.0 * sum(values) / len(values)

    return Ranking(
        *(percent([first <= k for first in firsts]) for k in (1, 5, 10)),
        mAP=percent(precisions),
        mINP=percent(inverses),
        queries=len(firsts),
        unmatched=unmatched,
    )


def assert_same(found: Ranking, expected: Ranking) -> None:
    assert found.as_json() == pytest.approx(expected.as_json(), rel=1e-9)
    assert (found.queries, found.unmatched) == (expected.queries, expected.unmatched)


@st.composite
def tied_scores(draw: st.DrawFn) -> tuple[np.ndarray, list[int], list[int]]:
    """Scores out of few integers, so that ties abound; the first query has a match."""
    queries, items = draw(st.integers(1, 9)), draw(st.integers(1, 25))
    people = st.integers(0, 4)
    query_people = draw(st.lists(people, min_size=queries, max_size=queries))
    gallery_people = draw(st.lists(people, min_size=items, max_size=items))
    query_people[0] = gallery_people[0]
    rows = st.lists(st.integers(-2, 2), min_size=items, max_size=items)
    scores = draw(st.lists(rows, min_size=queries, max_size=queries))
    return np.array(scores, dtype=np.float32), query_people, gallery_people


@settings(max_examples=300, deadline=None)
@given(tied_scores(), st.integers(1, 10))
def test_ranking_equals_a_slow_sort_with_ties_against_the_query(
    case: tuple[np.ndarray, list[int], list[int]], chunk: int
) -> None:
    scores, query_people, gallery_people = case
    before = scores.copy()
    found = rank_scores(scores, query_people, gallery_people, chunk=chunk)
    assert_same(found, slow(scores.tolist(), query_people, gallery_people))
    assert np.array_equal(scores, before)


@pytest.mark.parametrize("chunk", [1, 3, 64, 1000])
def test_features_rank_as_their_inner_products_whatever_the_chunk(chunk: int) -> None:
    rng = np.random.default_rng(0)
    # Small integers: inner products are exact, so ties are ties in any order of summation.
    query = rng.integers(-1, 2, (70, 5)).astype(np.float32)
    gallery = rng.integers(-1, 2, (110, 5)).astype(np.float32)
    query_people, gallery_people = rng.integers(0, 12, 70), rng.integers(0, 9, 110)
    found = rank_features(query, gallery, query_people, gallery_people, chunk=chunk)
    scores = (query @ gallery.T).tolist()
    assert_same(found, slow(scores, query_people.tolist(), gallery_people.tolist()))
    assert found.unmatched > 0


def test_people_may_be_names() -> None:
    scores = np.array([[0.9, 0.1], [0.9, 0.1]], dtype=np.float32)
    found = rank_scores(scores, ["ann", "bob"], ["ann", "bob"])
    assert found == Ranking(50.0, 100.0, 100.0, mAP=75.0, mINP=75.0, queries=2, unmatched=0)


def test_a_small_case_by_hand() -> None:
    # Matches at ranks 2 and 4 of 4: AP = (1/2 + 2/4) / 2, INP = 2/4.
    found = rank_scores(np.array([[0.9, 0.8, 0.7, 0.6]], dtype=np.float32), [1], [0, 1, 0, 1])
    assert found == Ranking(0.0, 100.0, 100.0, mAP=50.0, mINP=50.0, queries=1, unmatched=0)


def test_equal_features_for_everything_score_what_is_documented_and_less_than_chance() -> None:
    people, each = 20, 3
    who = np.repeat(np.arange(people), each)
    features = np.ones((people * each, 4), dtype=np.float32) / 2
    found = rank_features(features, features, who, who)
    others = people * each - each
    assert (found.R1, found.R5, found.R10) == (0.0, 0.0, 0.0)
    expected = sum(j / (others + j) for j in range(1, each + 1)) / each
    assert found.mAP == pytest.approx(100 * expected)
    assert found.mINP == pytest.approx(100 * each / (people * each))

    rng = np.random.default_rng(0)
    chance = rank_scores(rng.random((60, 60), dtype=np.float32), who, who)
    assert found.mAP < chance.mAP
    assert found.mINP < chance.mINP


@pytest.mark.parametrize("width", [32, 64, 512])
def test_equal_features_tie_exactly_whatever_the_product_rounds(width: int) -> None:
    rng = np.random.default_rng(width)
    for items in (17, 24, 25, 61):
        same = rng.normal(size=width).astype(np.float32)
        features = np.repeat(same[None] / np.linalg.norm(same), items, axis=0)
        found = rank_features(features, features, range(items), range(items))
        assert found.R10 == 0.0
        assert found.mINP == pytest.approx(100 / items)


def test_equal_items_among_others_rank_as_their_scores_say() -> None:
    rng = np.random.default_rng(1)
    kinds = rng.normal(size=(9, 16)).astype(np.float32)
    gallery = kinds[rng.integers(9, size=40)]
    queries = rng.normal(size=(12, 16)).astype(np.float32)
    who, whom = rng.integers(5, size=12), rng.integers(5, size=40)
    exact = np.array([[float(q.astype(np.float64) @ g) for g in gallery] for q in queries])
    expected = rank_scores(exact.astype(np.float32), who, whom)
    assert rank_features(queries, gallery, who, whom) == expected


def test_queries_without_a_match_are_left_out_and_counted() -> None:
    scores = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]], dtype=np.float32)
    found = rank_scores(scores, ["ann", "carl", "dora"], ["ann", "bob"])
    assert found == Ranking(100.0, 100.0, 100.0, mAP=100.0, mINP=100.0, queries=1, unmatched=2)


def test_a_gallery_smaller_than_k_gives_100_for_every_matched_query() -> None:
    found = rank_scores(np.array([[0.1, 0.2, 0.3]], dtype=np.float32), [7], [7, 8, 9])
    assert (found.R1, found.R5, found.R10) == (0.0, 100.0, 100.0)


def test_no_query_with_a_match_is_a_data_error() -> None:
    with pytest.raises(DataError, match="none of the 1 queries shows a person of the gallery"):
        rank_scores(np.zeros((1, 2), dtype=np.float32), ["ann"], ["bob", "carl"])


@pytest.mark.parametrize(("queries", "items"), [(0, 3), (3, 0), (0, 0)])
def test_nothing_to_rank_is_a_data_error(queries: int, items: int) -> None:
    with pytest.raises(DataError, match="nothing to rank"):
        rank_scores(np.zeros((queries, items), dtype=np.float32), [1] * queries, [1] * items)
    with pytest.raises(DataError, match="nothing to rank"):
        rank_features(
            np.zeros((queries, 4), dtype=np.float32),
            np.zeros((items, 4), dtype=np.float32),
            [1] * queries,
            [1] * items,
        )


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("side", ["query", "gallery"])
def test_a_feature_that_is_not_finite_is_a_data_error(bad: float, side: str) -> None:
    features = {"query": np.eye(3, dtype=np.float32), "gallery": np.eye(3, dtype=np.float32)}
    features[side][1, 2] = bad
    with pytest.raises(DataError, match=rf"1 of 3 {side} features are not finite \(first: row 1\)"):
        rank_features(features["query"], features["gallery"], [0, 1, 2], [0, 1, 2])


def test_a_score_that_is_nan_is_a_data_error_wherever_it_stands() -> None:
    for row, column in [(0, 0), (2, 1)]:
        scores = np.eye(3, dtype=np.float32)
        scores[row, column] = np.nan
        with pytest.raises(DataError, match="NaN"):
            rank_scores(scores, [0, 1, 2], [0, 1, 2])


def test_people_of_another_length_are_a_callers_bug() -> None:
    with pytest.raises(ValueError, match="people for 2"):
        rank_scores(np.eye(3, dtype=np.float32), [0, 1], [0, 1, 2])
    with pytest.raises(ValueError, match=r"\(N, D\)"):
        rank_features(np.ones((2, 3), np.float32), np.ones((2, 4), np.float32), [0, 1], [0, 1])
    with pytest.raises(ValueError, match="chunk"):
        rank_scores(np.eye(1, dtype=np.float32), [0], [0], chunk=0)


def test_scores_as_json_names_unmatched_only_where_there_are_any() -> None:
    full = Ranking(1.0, 2.0, 3.0, mAP=4.0, mINP=5.0, queries=6, unmatched=0)
    short = Ranking(1.0, 2.0, 3.0, mAP=4.0, mINP=5.0, queries=4, unmatched=2)
    figures = {"R1": 1.0, "R5": 2.0, "R10": 3.0, "mAP": 4.0, "mINP": 5.0}
    expected = {
        "text_to_image": figures,
        "image_to_text": figures,
        "images": 3,
        "captions": 6,
        "people": 2,
    }
    assert Scores(full, full, images=3, captions=6, people=2).as_json() == expected
    assert Scores(full, short, images=3, captions=6, people=2).as_json() == {
        **expected,
        "unmatched": 2,
    }


def test_outcomes_say_of_every_query_what_a_slow_sort_says() -> None:
    rng = np.random.default_rng(2)
    query = rng.integers(-1, 2, (40, 5)).astype(np.float32)
    gallery = rng.integers(-1, 2, (50, 5)).astype(np.float32)
    query_people, gallery_people = rng.integers(0, 12, 40), rng.integers(0, 9, 50)
    found = feature_outcomes(query, gallery, query_people, gallery_people, chunk=7)
    matched = np.isin(query_people, gallery_people)
    assert not matched.all()
    assert np.array_equal(found.matched, matched)
    for row, (scores, person) in enumerate(zip(query @ gallery.T, query_people, strict=True)):
        if not matched[row]:
            assert found.first_N[row] == 0
            assert np.isnan([found.precision_N[row], found.inverse_N[row]]).all()
            continue
        alone = slow([scores.tolist()], [person], gallery_people.tolist())
        first = found.first_N[row]
        assert [100.0 * (first <= k) for k in (1, 5, 10)] == [alone.R1, alone.R5, alone.R10]
        assert 100 * found.precision_N[row] == pytest.approx(alone.mAP)
        assert 100 * found.inverse_N[row] == pytest.approx(alone.mINP)
    whole = rank_features(query, gallery, query_people, gallery_people, chunk=7)
    assert found.ranking() == whole
