"""Bootstrap intervals against plain loops over people and their queries."""

import numpy as np
import pytest

from tipr.bootstrap import mean_interval, paired_interval


def queries(seed: int, people: int = 12) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Two rows of values over the same queries; people have one to five queries each."""
    rng = np.random.default_rng(seed)
    who = [f"p{p}" for p in range(people) for _ in range(rng.integers(1, 6))]
    return rng.random(len(who)), rng.random(len(who)), who


def slow_differences(
    values: np.ndarray, against: np.ndarray, who: list[str], *, resamples: int, seed: int
) -> list[float]:
    """Draw people, lay all of their queries end to end for both rows, subtract the two means."""
    people = list(dict.fromkeys(who))
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(resamples):
        times = rng.multinomial(len(people), [1 / len(people)] * len(people))
        here: list[float] = []
        there: list[float] = []
        for person, count in zip(people, times, strict=True):
            for _ in range(count):
                here += [v for v, p in zip(values, who, strict=True) if p == person]
                there += [v for v, p in zip(against, who, strict=True) if p == person]
        found.append(sum(here) / len(here) - sum(there) / len(there))
    return sorted(found)


@pytest.mark.parametrize("seed", [0, 1])
def test_the_paired_interval_equals_a_slow_loop_that_draws_people_once_for_both(seed: int) -> None:
    values, against, who = queries(seed)
    slow = slow_differences(values, against, who, resamples=201, seed=seed)
    found = paired_interval(values, against, who, resamples=201, seed=seed)
    # 201 sorted values: the quantiles 2.5 % and 97.5 % are places 5 and 195 exactly
    assert found.low == pytest.approx(slow[5])
    assert found.high == pytest.approx(slow[195])
    assert found.mean == pytest.approx(values.mean() - against.mean())


def test_identical_rows_differ_by_nothing_with_certainty() -> None:
    values, _, who = queries(0)
    assert paired_interval(values, values.copy(), who) == (0.0, 0.0, 0.0)


def test_equal_seeds_draw_equal_people() -> None:
    values, _, who = queries(0)
    assert mean_interval(values, who, seed=3) == mean_interval(values, who, seed=3)
    assert mean_interval(values, who, seed=3) != mean_interval(values, who, seed=4)


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    """Queries of one person resemble one another; drawing single queries would be too sure."""
    rng = np.random.default_rng(0)
    people, each, trials = 40, 6, 200
    who = np.repeat(np.arange(people), each)
    by_people = by_queries = 0
    for trial in range(trials):
        values = np.repeat(rng.normal(size=people), each) + 0.3 * rng.normal(size=people * each)
        right = mean_interval(values, who.tolist(), resamples=250, seed=trial)
        wrong = mean_interval(values, range(len(values)), resamples=250, seed=trial)
        by_people += right.low <= 0.0 <= right.high
        by_queries += wrong.low <= 0.0 <= wrong.high
    assert 0.89 <= by_people / trials <= 0.98
    assert by_queries / trials < 0.75


def test_what_is_hard_for_both_rows_cancels_in_pairs() -> None:
    rng = np.random.default_rng(1)
    who = list(range(200))
    hard = rng.normal(size=200)
    better, worse = hard + 0.2 + 0.1 * rng.normal(size=200), hard
    paired = paired_interval(better, worse, who)
    alone = mean_interval(better, who)
    assert paired.low > 0
    assert (paired.high - paired.low) < 0.3 * (alone.high - alone.low)


def test_values_and_people_that_do_not_belong_together_are_a_callers_bug() -> None:
    with pytest.raises(ValueError, match="2 values for the queries of 3 people"):
        mean_interval(np.zeros(2), ["a", "b", "c"])
    with pytest.raises(ValueError, match="0 values"):
        mean_interval(np.zeros(0), [])
    with pytest.raises(ValueError, match="not the same queries"):
        paired_interval(np.zeros(2), np.zeros(3), ["a", "b"])
