"""Re-ranking: a slow reading of the formulas says the same; chunks and other queries do not."""

import math

import numpy as np
import pytest

from tipr.errors import ConfigError
from tipr.metrics import rank_blocks, rank_scores
from tipr.rerank import Rerank, Reranker
from tipr.rerank import _neighbours as neighbours

Array = np.ndarray


def features(seed: int, people: int = 8, each: int = 5, width: int = 6) -> tuple[Array, Array]:
    """Unit vectors of sentences and pictures that gather around people, two sentences each."""
    rng = np.random.default_rng(seed)
    centre = rng.normal(size=(people, width))
    query = np.repeat(centre, 2, axis=0) + 0.8 * rng.normal(size=(2 * people, width)) + 1.0
    gallery = np.repeat(centre, each, axis=0) + 0.6 * rng.normal(size=(people * each, width))
    unit = [x / np.linalg.norm(x, axis=1, keepdims=True) for x in (query, gallery)]
    return unit[0].astype(np.float32), unit[1].astype(np.float32)


def slow_distances(query: Array, gallery: Array, k1: int, k2: int, share: float) -> Array:
    """The paper's formulas with sets and dictionaries, one pair at a time."""
    size = len(gallery)
    d = [
        [0.0 if i == j else 1 - float(gallery[i] @ gallery[j]) for j in range(size)]
        for i in range(size)
    ]

    def nearest(distances: list[float], k: int, first: int | None = None) -> list[int]:
        order = sorted(range(size), key=lambda j: (j != first, distances[j], j))
        return order[:k]

    def reciprocal(i: int, k: int) -> set[int]:  # eq. 3; the picture itself is one more
        near = nearest(d[i], k + 1, i)
        return {j for j in near if i in nearest(d[j], k + 1, j)}

    def expanded(base: set[int]) -> set[int]:  # eq. 5
        result = set(base)
        for q in base:
            half = reciprocal(q, round(k1 / 2))
            if len(base & half) >= 2 / 3 * len(half) - 1e-9:
                result |= half
        return result

    def encoded(base: set[int], distances: list[float]) -> dict[int, float]:  # eq. 7
        values = {j: math.exp(-distances[j]) for j in expanded(base)}
        return {j: value / sum(values.values()) for j, value in values.items()}

    def mean(rows: list[dict[int, float]]) -> dict[int, float]:  # eq. 11
        keys = {j for row in rows for j in row}
        return {j: sum(row.get(j, 0.0) for row in rows) / len(rows) for j in keys}

    own = [encoded(reciprocal(i, k1), d[i]) for i in range(size)]
    picture = [mean([own[j] for j in nearest(d[i], k2, i)]) for i in range(size)]
    found = np.zeros((len(query), size))
    for at, q in enumerate(query):
        to = [1 - float(q @ g) for g in gallery]
        near = nearest(to, k1)
        v = mean([encoded(set(near), to), *(own[j] for j in near[: k2 - 1])])
        for i in range(size):
            keys = v.keys() | picture[i].keys()
            both = [(v.get(j, 0.0), picture[i].get(j, 0.0)) for j in keys]
            jaccard = 1 - sum(map(min, both)) / sum(map(max, both))  # eq. 10
            found[at, i] = (1 - share) * jaccard + share * to[i]  # eq. 12
    return found


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(("k1", "k2", "share"), [(6, 3, 0.3), (5, 1, 0.0), (9, 9, 0.7)])
def test_it_equals_a_slow_reading_of_the_papers_formulas(
    seed: int, k1: int, k2: int, share: float
) -> None:
    query, gallery = features(seed)
    settings = Rerank(k1=k1, k2=k2, original=share)
    found = Reranker(gallery, settings).similarity(query)
    assert found.dtype == np.float32
    np.testing.assert_allclose(-found, slow_distances(query, gallery, k1, k2, share), atol=1e-5)


def test_neither_chunks_nor_other_queries_change_a_result() -> None:
    query, gallery = features(2)
    whole = Reranker(gallery, Rerank(k1=6, k2=3)).similarity(query)
    pieces = Reranker(gallery, Rerank(k1=6, k2=3), chunk=7)
    alone = np.concatenate([pieces.similarity(query[at : at + 1]) for at in range(len(query))])
    np.testing.assert_allclose(alone, whole, atol=1e-6)


def test_lambda_one_is_the_original_order() -> None:
    query, gallery = features(3)
    found = Reranker(gallery, Rerank(k1=6, k2=3, original=1.0)).similarity(query)
    np.testing.assert_allclose(found, query @ gallery.T - 1, atol=1e-6)


def test_a_picture_among_its_query_neighbours_neighbours_rises() -> None:
    """Pictures 0 to 3 are one cluster; 4 is as near to the query as 3 is, but alone."""
    angle = np.deg2rad([0, 4, 8, 30, -30, 120, 130, 140])
    gallery = np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)
    query = np.array([[1.0, -0.01]], np.float32) / np.float32(np.hypot(1, 0.01))
    before = (query @ gallery.T)[0]
    after = Reranker(gallery, Rerank(k1=3, k2=2)).similarity(query)[0]
    assert before[4] > before[3]
    assert after[3] > after[4]


def test_a_gallery_smaller_than_k1_and_equal_pictures_are_no_error() -> None:
    query, gallery = features(4, people=2, each=2)
    gallery[1] = gallery[0]
    found = Reranker(gallery, Rerank()).similarity(query)
    assert np.isfinite(found).all()
    assert found.shape == (4, 4)


def test_a_picture_with_many_duplicates_is_still_its_own_first_neighbour() -> None:
    gallery = np.repeat(np.eye(2, dtype=np.float32), 5, axis=0)
    assert neighbours(gallery, 2, 4)[:, 0].tolist() == list(range(10))


@pytest.mark.parametrize(
    "wrong", [{"k1": 0, "k2": 0}, {"k1": 5, "k2": 6}, {"k2": 0}, {"original": 1.5}]
)
def test_impossible_parameters_are_one_clear_error(wrong: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match="re-ranking needs"):
        Rerank(**wrong)  # pyright: ignore[reportArgumentType]


def test_ranking_by_blocks_is_ranking_by_the_whole_matrix() -> None:
    query, gallery = features(5)
    people = [at // 2 for at in range(16)]
    shown = [at // 5 for at in range(40)]
    people[3] = 99  # a query without a match is never asked for
    scores = query @ gallery.T
    asked: list[int] = []

    def block(rows: Array) -> Array:
        asked.extend(rows.tolist())
        return scores[rows]

    found = rank_blocks(block, people, shown, chunk=5)
    assert found == rank_scores(scores, people, shown)
    assert asked == [at for at in range(16) if at != 3]
