"""The logistic curve is the likeliest one, also where it is hard to find."""

import numpy as np
import pytest

from tipr.search.platt import platt


def drawn(weights: tuple[float, float], intercept: float, count: int) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(0)
    measures = rng.normal((3, -8), (2, 0.1), size=(count, 2))
    offset = rng.normal(-2, 1, size=count)
    chance = 1 / (1 + np.exp(-(measures @ weights + intercept + offset)))
    return measures, offset, rng.random(count) < chance


def test_the_curve_that_drew_the_answers_is_found_again() -> None:
    (first, second), intercept = platt(*drawn((0.8, -2.0), -17.5, 20_000))
    assert first == pytest.approx(0.8, abs=0.04)
    assert second == pytest.approx(-2.0, abs=0.4)
    assert intercept + -8 * second == pytest.approx(-17.5 + -8 * -2.0, abs=0.15)


def test_no_curve_nearby_is_likelier() -> None:
    measures, offset, true = drawn((0.3, 1.0), 8.5, 300)
    (first, second), intercept = platt(measures, offset, true)
    target = np.where(true, (true.sum() + 1) / (true.sum() + 2), 1 / ((~true).sum() + 2))

    def slow(first: float, second: float, intercept: float) -> float:
        total = 0.0
        for (x, z), o, t in zip(measures, offset, target, strict=True):
            p = 1 / (1 + np.exp(-(first * x + second * z + intercept + o)))
            total += t * np.log(p) + (1 - t) * np.log(1 - p)
        return total

    best = slow(first, second, intercept)
    for axis in np.eye(3):
        for step in (1e-3, -1e-3):
            assert slow(*(np.array([first, second, intercept]) + step * axis)) < best


@pytest.mark.parametrize("offset", [0.0, -12.0])
def test_scores_that_tell_all_apart_give_a_finite_curve(offset: float) -> None:
    score = np.array([-1e6, -5e5, 2e6, 3e6])
    (slope,), intercept = platt(score[:, None], np.full(4, offset), score > 0)
    assert np.isfinite([slope, intercept]).all()
    assert slope > 0


@pytest.mark.parametrize("answer", [True, False])
def test_answers_of_one_kind_and_scores_of_one_value_give_a_finite_curve(answer: bool) -> None:
    for score in (np.arange(5.0), np.ones(5)):
        (slope,), intercept = platt(score[:, None], np.zeros(5), np.full(5, answer))
        assert np.isfinite([slope, intercept]).all()
        assert slope == pytest.approx(0, abs=1e-6)
