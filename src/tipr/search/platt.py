"""Scores to probabilities by a logistic curve (Platt scaling), by Newton's method.

Source: Platt, "Probabilistic outputs for support vector machines" (1999). Ours also takes an
offset: what is known of the log-odds beforehand and is not to be learned.

Shape legend: X examples, F measures of each, G = F + 1 with the intercept.
"""

import math

import numpy as np
from numpy.typing import NDArray

from tipr.search.calibration import sigmoid

Doubles = NDArray[np.float64]

_STEPS = 100
_SLIGHT = 1e-10


def platt(
    measures_XF: Doubles, offset_X: Doubles, true_X: NDArray[np.bool_]
) -> tuple[Doubles, float]:
    """(weights_F, intercept) of the likeliest sigmoid(measures @ weights + intercept + offset).

    Targets are drawn in a little, as in the source, so that examples which the measures tell apart
    without fault, or which are all of one kind, give finite numbers.
    """
    positives = int(true_X.sum())
    yes, no = (positives + 1) / (positives + 2), 1 / (len(true_X) - positives + 2)
    target_X = np.where(true_X, yes, no)
    centre_F, spread_F = measures_XF.mean(axis=0), measures_XF.std(axis=0)
    spread_F = np.where(spread_F > 0, spread_F, 1.0)
    seen_XG = np.column_stack([(measures_XF - centre_F) / spread_F, np.ones(len(true_X))])

    def loss(weights_G: NDArray[np.floating]) -> float:
        logit_X = seen_XG @ weights_G + offset_X
        return float((np.logaddexp(0.0, logit_X) - target_X * logit_X).mean())

    mean = float(target_X.mean())
    weights_G = np.zeros(seen_XG.shape[1])
    weights_G[-1] = math.log(mean / (1 - mean)) - float(offset_X.mean())
    for _ in range(_STEPS):
        chance_X = sigmoid(seen_XG @ weights_G + offset_X)
        down_G = seen_XG.T @ (chance_X - target_X) / len(true_X)
        if np.abs(down_G).max() < _SLIGHT:
            break
        bend_GG = (seen_XG * (chance_X * (1 - chance_X))[:, None]).T @ seen_XG / len(true_X)
        step_G = np.linalg.solve(bend_GG + _SLIGHT * np.eye(len(bend_GG)), down_G)
        before, size = loss(weights_G), 1.0
        while loss(weights_G - size * step_G) > before and size > _SLIGHT:
            size /= 2  # Newton's full step may overshoot where the curve is almost flat
        weights_G = weights_G - size * step_G
    weights_F = weights_G[:-1] / spread_F
    return weights_F, float(weights_G[-1] - weights_F @ centre_F)
