"""Measures of honesty against loops, on predictions with many ties."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipr.search.reliability import auroc, calibration_error, skill, table

few = st.lists(st.integers(0, 5), min_size=1, max_size=25)
predictions = st.lists(
    st.tuples(st.sampled_from([0.0, 0.05, 0.1, 0.3, 0.5, 0.77, 1.0]), st.booleans()),
    min_size=1,
    max_size=40,
)


@given(few, few)
def test_auroc_counts_pairs(positive: list[int], negative: list[int]) -> None:
    pairs = [1.0 if p > n else 0.5 if p == n else 0.0 for p in positive for n in negative]
    found = auroc(np.array(positive, float), np.array(negative, float))
    assert found == pytest.approx(sum(pairs) / len(pairs))


@given(predictions)
def test_the_calibration_error_is_a_loop_over_bins(made: list[tuple[float, bool]]) -> None:
    total = 0.0
    for low in range(10):
        here = [(p, y) for p, y in made if low == min(math.floor(p * 10), 9)]
        total += abs(sum(p for p, _ in here) - sum(y for _, y in here))
    said, true = (np.array(column) for column in zip(*made, strict=True))
    bins = table(said, true)
    assert calibration_error(bins) == pytest.approx(total / len(made))
    assert sum(one.hits for one in bins) == len(made)
    for one in bins:
        assert one.low - 1e-9 <= one.said <= one.high + 1e-9


@given(predictions)
def test_skill_compares_with_always_saying_the_mean(made: list[tuple[float, bool]]) -> None:
    said, true = (np.array(column) for column in zip(*made, strict=True))
    mean = sum(true) / len(true)
    if mean in (0, 1):
        assert math.isnan(skill(said, true))
        return
    ours = sum((p - y) ** 2 for p, y in made) / len(made)
    dull = sum((mean - y) ** 2 for y in true) / len(made)
    assert skill(said, true) == pytest.approx(1 - ours / dull)
    assert skill(np.full(len(made), mean), true) == pytest.approx(0, abs=1e-9)
    assert skill(true.astype(float), true) == 1
