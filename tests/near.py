"""Unit vectors, people among them, and the slow search that every index is compared with."""

from collections.abc import Iterator

import numpy as np

D = 16


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def some(count: int, seed: int = 0) -> np.ndarray:
    return unit(np.random.default_rng(seed).normal(size=(count, D)))


def people(count: int, views: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """(vectors, queries): `views` vectors around each of `count` centres, a query for each."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(count, D))
    vectors = np.repeat(centres, views, axis=0) + 0.4 * rng.normal(size=(count * views, D))
    vectors = rng.permutation(vectors)
    return unit(vectors), unit(centres + 0.4 * rng.normal(size=(count, D)))


def blocks(vectors: np.ndarray, size: int = 100) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Ids 1, 4, 7, ... with their vectors, as a gallery gives them."""
    ids = np.arange(len(vectors), dtype=np.int64) * 3 + 1
    for start in range(0, len(vectors), size):
        yield ids[start : start + size], vectors[start : start + size]


def brute_force(names, vectors, query, k) -> list[tuple[int, float]]:
    scores = (vectors.astype(np.float64) * query.astype(np.float64)).sum(axis=1).astype(np.float32)
    pairs = sorted(zip(-scores, names, strict=True))[:k]
    return [(int(name), float(-score)) for score, name in pairs]


def pairs(found) -> list[tuple[int, float]]:
    """(name, score) of what a search found for one query."""
    return [(int(name), float(score)) for name, score in zip(*found, strict=True)]
