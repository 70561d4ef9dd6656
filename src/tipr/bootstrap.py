"""How sure a mean over queries is, from the queries themselves: a bootstrap over people.

Queries about one person are not independent (they share pictures), so whole people are drawn, with
all of their queries: the cluster bootstrap (Field & Welsh, JRSS B 2007).

Shape legend: N queries, P people, R resamples.
"""

from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000
LEVEL = 0.95


class Interval(NamedTuple):
    """A mean and the ends of its percentile interval, in the unit of the values."""

    mean: float
    low: float
    high: float


def mean_interval(
    values_N: NDArray[np.float64],
    people: Sequence[Hashable],
    *,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
    seed: int = 0,
) -> Interval:
    """The mean over queries and its `level` interval, drawing people with replacement.

    It says how the mean would move with other people, not with other seeds of a training. One
    person alone gives an interval of width 0, which says nothing.
    """
    if len(values_N) != len(people) or not len(values_N):
        raise ValueError(f"{len(values_N)} values for the queries of {len(people)} people")
    numbers: dict[Hashable, int] = {}
    person_N = [numbers.setdefault(person, len(numbers)) for person in people]
    sums_P = np.bincount(person_N, weights=values_N)
    queries_P = np.bincount(person_N)
    count = len(sums_P)
    drawn_RP = np.random.default_rng(seed).multinomial(count, [1 / count] * count, size=resamples)
    means_R = (drawn_RP @ sums_P) / (drawn_RP @ queries_P)
    low, high = np.quantile(means_R, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(values_N.mean()), float(low), float(high))


def paired_interval(
    values_N: NDArray[np.float64],
    against_N: NDArray[np.float64],
    people: Sequence[Hashable],
    *,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
    seed: int = 0,
) -> Interval:
    """The difference of two means over the same queries, `values` minus `against`.

    Every resample serves both sides: the difference of two means over the same draw is the mean
    of the differences, so what is hard for both cancels.
    """
    if values_N.shape != against_N.shape:
        raise ValueError(f"not the same queries: {values_N.shape} and {against_N.shape} values")
    difference_N = values_N - against_N
    return mean_interval(difference_N, people, resamples=resamples, level=level, seed=seed)
