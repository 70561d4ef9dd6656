"""Measure what scores mean, on a benchmark whose answers are known.

Every caption is asked twice: of all pictures, and of all pictures but those of its person. So the
described person is there in half of the searches.

Shape legend: Q captions, N pictures, D the encoder's width, A scales that are tried, B captions of
one chunk, K hits, X hits of all searches; 2: score and level.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tipr.errors import DataError
from tipr.search.asked import Asked, require_enough
from tipr.search.calibration import Calibration, HeldOut, Origin, log_mean_exp
from tipr.search.platt import platt

Doubles = NDArray[np.float64]
Numbers = NDArray[np.int64]

HITS = 10
"""Hits of a search that the map is fitted to: those that people look at."""
MISS = 0.1
"""Of the descriptions of people who are there, this share may be told "nobody"."""

_SCALES = np.geomspace(0.5, 30, 28)  # in standard deviations of the scores
_CHUNK = 512


class _Searches(NamedTuple):
    """Every caption's search: `levels_AQ` are log(mean exp(scale * score)) for every scale."""

    levels_AQ: Doubles
    scores_QK: Doubles
    right_QK: NDArray[np.bool_]
    count_Q: Numbers


class _Known(NamedTuple):
    """Searches with the person there and gone, and the share of the right answer.

    `own_AQ` is log(the sum of exp(scale * score) over the person's pictures / all pictures).
    """

    there: _Searches
    gone: _Searches
    own_AQ: Doubles


def fit(
    asked: Asked,
    origin: Origin,
    *,
    hits: int = HITS,
    miss: float = MISS,
    held_out: HeldOut | None = None,
) -> Calibration:
    """Measure the map from scores to probabilities, and the level below which nobody fits.

    `scale` makes the person's own pictures likeliest among all (temperature scaling); `slope`,
    `against` and `intercept` are a logistic regression (Platt scaling) on the first `hits` of every
    search; the threshold is the `miss` quantile of the levels of captions whose person is there.

    Raises:
        DataError: as `require_enough`; or the scores do not tell right from wrong.
    """
    require_enough(asked)
    scales_A = _SCALES / _spread(asked)
    known = _searched(asked, scales_A, hits)
    # log of the share that the person's pictures have of all: the larger, the likelier
    best = int((known.own_AQ - known.there.levels_AQ).sum(axis=1).argmax())
    scale = float(scales_A[best])
    parts = [_measured(searches, scale, best) for searches in (known.there, known.gone)]
    seen_X2, offset_X, right_X = (np.concatenate(column) for column in zip(*parts, strict=True))
    (slope, weight), intercept = platt(seen_X2, offset_X, right_X)
    if not (right_X.any() and slope > 0):
        raise DataError(
            "the model's scores do not tell right pictures from wrong ones here (a higher score is "
            "no likelier to be right); take another model"
        )
    return Calibration(
        scale=scale,
        slope=float(slope),
        against=-float(weight),
        intercept=intercept,
        threshold=float(np.quantile(known.there.levels_AQ[best], miss)) / scale,
        miss=miss,
        origin=origin,
        held_out=held_out,
    )


def _spread(asked: Asked) -> float:
    """The standard deviation of a caption's scores, the mean over captions."""
    centred_ND = asked.pictures_ND - asked.pictures_ND.mean(axis=0)
    spread_Q = np.concatenate(
        [
            (asked.captions_QD[at : at + _CHUNK] @ centred_ND.T).std(axis=1)
            for at in range(0, len(asked.captions_QD), _CHUNK)
        ]
    )
    spread = float(spread_Q.mean())
    if not spread > 0:
        raise DataError("the model gives every picture the same score; take another model")
    return spread


def _searched(asked: Asked, scales_A: Doubles, hits: int) -> _Known:
    """Ask every caption with its person's pictures and without, a chunk of captions at a time."""
    most = int(np.bincount(asked.shown_N).max())
    hits = min(hits, len(asked.shown_N) - most)
    parts = [
        _chunk(asked, slice(start, start + _CHUNK), scales_A, hits)
        for start in range(0, len(asked.captions_QD), _CHUNK)
    ]
    return _Known(
        _joined([part.there for part in parts]),
        _joined([part.gone for part in parts]),
        np.concatenate([part.own_AQ for part in parts], axis=1),
    )


def _chunk(asked: Asked, rows: slice, scales_A: Doubles, hits: int) -> _Known:
    scores_BN = (asked.captions_QD[rows] @ asked.pictures_ND.T).astype(np.float64)
    right_BN = asked.described_Q[rows, None] == asked.shown_N[None, :]
    others_BN = np.where(right_BN, -np.inf, scores_BN)
    count_B = np.full(len(scores_BN), scores_BN.shape[1])
    others_B = count_B - right_BN.sum(axis=1)
    return _Known(
        _Searches(_levels(scores_BN, scales_A), *_best(scores_BN, right_BN, hits), count_B),
        _Searches(
            _levels(others_BN, scales_A) + np.log(count_B / others_B),
            *_best(others_BN, right_BN, hits),
            others_B,
        ),
        _levels(np.where(right_BN, scores_BN, -np.inf), scales_A),
    )


def _levels(scores_BN: Doubles, scales_A: Doubles) -> Doubles:
    return np.stack([log_mean_exp(scale * scores_BN) for scale in scales_A])


def _best(
    scores_BN: Doubles, right_BN: NDArray[np.bool_], hits: int
) -> tuple[Doubles, NDArray[np.bool_]]:
    order_BK = np.argsort(-scores_BN, axis=1, kind="stable")[:, :hits]
    return (
        np.take_along_axis(scores_BN, order_BK, axis=1),
        np.take_along_axis(right_BN, order_BK, axis=1),
    )


def _joined(parts: list[_Searches]) -> _Searches:
    levels = np.concatenate([part.levels_AQ for part in parts], axis=1)
    rest = (np.concatenate(column) for column in list(zip(*parts, strict=True))[1:])
    return _Searches(levels, *rest)


def _measured(
    searches: _Searches, scale: float, row: int
) -> tuple[Doubles, Doubles, NDArray[np.bool_]]:
    """What the logistic regression sees of every hit: (score and level, offset, right or not)."""
    level_QK, offset_QK = (
        np.broadcast_to(column_Q[:, None], searches.scores_QK.shape)
        for column_Q in (searches.levels_AQ[row] / scale, -np.log(searches.count_Q))
    )
    seen_X2 = np.stack([searches.scores_QK.ravel(), level_QK.ravel()], axis=1)
    return seen_X2, offset_QK.ravel(), searches.right_QK.ravel()
