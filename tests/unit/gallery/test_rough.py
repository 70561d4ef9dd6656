import os
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.near import brute_force, some, unit

from tipr.gallery import rough
from tipr.gallery.rough import Rough, in_bytes, rotation


def made(vectors: np.ndarray) -> Rough:
    turn = rotation(vectors.shape[1])
    return Rough(*in_bytes(vectors @ turn), turn)


def with_a_long_axis(count: int, seed: int) -> np.ndarray:
    rows = np.random.default_rng(seed).normal(size=(count, 64))
    rows[:, 5] += 30
    return unit(rows)


def test_a_rotation_changes_no_product():
    turn = rotation(64).astype(np.float64)
    np.testing.assert_allclose(turn @ turn.T, np.eye(64), atol=1e-6)
    np.testing.assert_array_equal(rotation(64), rotation(64))


def test_bytes_are_as_far_from_their_rows_as_they_say():
    vectors = some(200)
    bytes_ND, steps, errors = in_bytes(vectors)
    back = bytes_ND * steps[:, None].astype(np.float64)
    np.testing.assert_allclose(errors, np.linalg.norm(back - vectors, axis=1), rtol=1e-3)
    assert np.abs(bytes_ND).max(axis=1).tolist() == [127] * 200
    assert 0 < errors.min() < errors.max() < 0.02


def test_no_axis_takes_the_bytes_of_the_others():
    vectors = with_a_long_axis(500, 0)
    *_, plain = in_bytes(vectors)
    assert made(vectors).errors_N.mean() < 0.5 * plain.mean()


def test_a_row_of_zeros_stays_one():
    bytes_ND, steps, errors = in_bytes(np.zeros((2, 8), np.float32))
    assert not bytes_ND.any()
    assert not errors.any()
    assert np.isfinite(steps).all()


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 99),
    k=st.integers(1, 150),
    length=st.sampled_from([0.1, 1.0, 50.0]),
    skewed=st.booleans(),
    left=st.sampled_from([None, 150, 151, 2999]),
)
def test_the_best_are_among_the_likely(seed, k, length, skewed, left):
    vectors = with_a_long_axis(3000, seed) if skewed else some(3000, seed)
    query = (length * (vectors[7] + 0.1 * vectors[8])).astype(np.float32)
    rows = None
    if left is not None:
        rows = np.sort(np.random.default_rng(seed).choice(3000, left, replace=False))
    likely = made(vectors).likely(query, k, rows)
    looked_at = np.arange(3000) if rows is None else rows
    best = [name for name, _ in brute_force(looked_at, vectors[looked_at], query, k)]
    assert set(best) <= set(likely.tolist()) <= set(looked_at.tolist())
    assert (np.diff(likely) > 0).all()


def stretch(first: float, *parts: tuple[int, float]) -> np.ndarray:
    """A row of 32: the first number, then so many of each other, then zeros."""
    row = [first, *(number for times, number in parts for _ in range(times))]
    return np.array(row + [0.0] * (32 - len(row)))


FLAT = stretch(1, (31, 1))
SUNK, SWOLLEN = stretch(127, (31, 0.49)), stretch(127, (20, 0.51))  # in bytes: 31 zeros, 20 ones


@pytest.mark.parametrize(
    ("query", "best", "other"),
    [
        pytest.param(FLAT, SUNK, SWOLLEN, id="rounding rows"),
        pytest.param(
            stretch(127, (16, 0.49), (15, 0.51)),
            stretch(0, (16, 1)),
            stretch(0, (16, 0), (8, 1)),
            id="rounding the query",
        ),
    ],
)
def test_the_best_that_rounding_puts_behind_is_likely(query, best, other):
    vectors, (query,) = unit(np.stack([best, other])), unit(query[None])
    bytes_ND, steps, errors = in_bytes(vectors)
    (asked,), _, _ = in_bytes(query[None])
    truth, seen = vectors @ query, steps * (bytes_ND.astype(float) @ asked)
    assert truth[0] > truth[1]
    assert seen[0] < seen[1]
    likely = Rough(bytes_ND, steps, errors, np.eye(32, dtype=np.float32)).likely(query, 1)
    assert likely.tolist() == [0, 1]


def test_few_are_likely():
    vectors = unit(np.random.default_rng(0).normal(size=(20_000, 256)))
    query = unit(vectors[:1] + 0.03 * np.random.default_rng(1).normal(size=(1, 256)))[0]
    assert 10 <= len(made(vectors).likely(query, 10)) < 200


def test_equal_rows_are_all_likely():
    vectors = np.concatenate([some(50), np.repeat(some(1, 7), 300, axis=0), some(50, 3)])
    likely = made(vectors).likely(some(1, 7)[0], 3)
    assert set(range(50, 350)) <= set(likely.tolist())


@pytest.mark.parametrize("threads", [1, 2, 3, 64])
@pytest.mark.parametrize("left", [None, 1, 700])
def test_every_thread_adds_its_part(threads, left, monkeypatch):
    monkeypatch.setattr(rough, "cores", lambda: threads)
    monkeypatch.setattr(rough, "_PART", 1)
    monkeypatch.setattr(rough, "_BLOCK", 50)
    rng = np.random.default_rng(0)
    all_rows = rng.integers(-127, 128, (1001, 48)).astype(np.int8)
    query = rng.integers(-127, 128, 48).astype(np.int8)
    rows = None if left is None else np.sort(rng.choice(1001, left, replace=False))
    ones, turn = np.ones(1001, np.float32), np.eye(48, dtype=np.float32)
    found = Rough(all_rows, ones, ones, turn)._products(query, rows)
    expected = all_rows.astype(np.int64) @ query
    np.testing.assert_array_equal(found, expected if rows is None else expected[rows])


@pytest.mark.skipif(sys.platform != "linux", reason="threads are given cores on Linux alone")
def test_threads_have_cores_of_their_own_and_the_caller_keeps_his():
    before = sorted(os.sched_getaffinity(0))
    with ThreadPoolExecutor(len(before), None, rough._own_core, (count(),)) as threads:
        seen = list(threads.map(lambda _: frozenset(os.sched_getaffinity(0)), range(200)))
    assert all(len(cores) == 1 and cores <= set(before) for cores in seen)
    assert sorted(os.sched_getaffinity(0)) == before
