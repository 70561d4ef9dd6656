"""How honest probabilities are: do things said to be 20 % likely happen one time in five?

Shape legend: N predictions, P positives, M negatives.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

BINS = 10


class Bin(NamedTuple):
    """The predictions from `low` up to `high`: what was said on average, and what came true."""

    low: float
    high: float
    hits: int
    said: float
    true: float


def table(said_N: NDArray[np.float64], true_N: NDArray[np.bool_], bins: int = BINS) -> list[Bin]:
    """Predictions in `bins` of equal width; one that holds none is left out."""
    bin_N = np.minimum((said_N * bins).astype(int), bins - 1)
    found: list[Bin] = []
    for number in range(bins):
        here_N = bin_N == number
        if many := int(here_N.sum()):
            means = float(said_N[here_N].mean()), float(true_N[here_N].mean())
            found.append(Bin(number / bins, (number + 1) / bins, many, *means))
    return found


def calibration_error(bins: list[Bin]) -> float:
    """The mean gap between said and true, bins weighted by their hits: ECE.

    Source: Guo, Pleiss, Sun, Weinberger, "On calibration of modern neural networks", ICML 2017
    (arXiv 1706.04599), equation 3. Theirs is of the predicted class; ours of "this hit is right".
    """
    total = sum(one.hits for one in bins)
    return sum(one.hits * abs(one.said - one.true) for one in bins) / total


def skill(said_N: NDArray[np.float64], true_N: NDArray[np.bool_]) -> float:
    """1 - (Brier score) / (that of always saying the mean of what came true).

    1 is perfect, 0 says no more than the mean, below 0 misleads. NaN where all or nothing is true.
    """
    mean = float(true_N.mean())
    if mean in (0.0, 1.0):
        return float("nan")
    return 1 - float(((said_N - true_N) ** 2).mean()) / (mean * (1 - mean))


def auroc(positive_P: NDArray[np.float64], negative_M: NDArray[np.float64]) -> float:
    """The chance that a positive is above a negative, equal ones counting half."""
    ascending_M = np.sort(negative_M)
    below_P = np.searchsorted(ascending_M, positive_P, "left")
    upto_P = np.searchsorted(ascending_M, positive_P, "right")
    return float((below_P + upto_P).mean() / 2 / len(negative_M))
