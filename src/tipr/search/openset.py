"""Try a calibration on people it was not measured on, some of whom are not in the gallery.

Shape legend: Q captions, N pictures, K hits, X hits of all captions.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tipr.errors import DataError
from tipr.search.asked import FEWEST, Asked
from tipr.search.calibrate import HITS, fit
from tipr.search.calibration import Calibration, HeldOut, Origin, sample
from tipr.search.reliability import Bin, auroc, calibration_error, skill, table

TRIALS = 10
_SAME = 0.9999  # the cosine of a picture with itself, in whatever precision it was encoded

Progress = Callable[[int, int], None]


class Answers(NamedTuple):
    """What a calibration said of captions asked of pictures, and what was true.

    `there_Q`: pictures of the described person were among those asked. `chances_X` and `right_X`
    are of the first hits of every caption.
    """

    levels_Q: NDArray[np.float64]
    there_Q: NDArray[np.bool_]
    nobody_Q: NDArray[np.bool_]
    chances_X: NDArray[np.float64]
    right_X: NDArray[np.bool_]


class Trials(NamedTuple):
    """How several trials ended: the means, and the probabilities of all of them together."""

    held_out: HeldOut
    bins: list[Bin]


def rehearse(
    asked: Asked,
    origin: Origin,
    *,
    trials: int = TRIALS,
    hits: int = HITS,
    progress: Progress | None = None,
) -> Trials:
    """Calibrate with half of the people and answer the descriptions of the others, many times.

    The pictures of half of those others are removed from the gallery, so nobody fits their
    descriptions. Trial i draws the people with seed i. `progress(done, total)` counts trials.

    Raises:
        DataError: fewer than twice `FEWEST` people; or as `tipr.search.calibrate.fit`.
    """
    if len(np.unique(asked.shown_N)) < 2 * FEWEST:
        raise DataError(
            f"{len(np.unique(asked.shown_N))} people are too few to calibrate with half of them "
            f"and try the others, at least {2 * FEWEST} are needed; take a larger split"
        )
    found: list[Answers] = []
    for seed in range(trials):
        found.append(trial(asked, origin, seed=seed, hits=hits))
        if progress:
            progress(seed + 1, trials)
    return Trials(summary(found, hits), _bins(found))


def trial(asked: Asked, origin: Origin, *, seed: int, hits: int = HITS) -> Answers:
    """One trial of `rehearse`."""
    measured, tried = parted(asked, seed)
    return answer(fit(measured, origin, hits=hits), tried, hits)


def parted(asked: Asked, seed: int) -> tuple[Asked, Asked]:
    """What trial `seed` measures on: half of the people. What tries it: the other half's captions,
    asked of the pictures of half of them.
    """
    people = np.random.default_rng(seed).permutation(np.unique(asked.shown_N))
    known, others = np.array_split(people, 2)
    return asked.of(known, known), asked.of(others, others[: (len(others) + 1) // 2])


def answer(calibration: Calibration, asked: Asked, hits: int = HITS) -> Answers:
    """What the calibration says of every caption asked of all the pictures."""
    count = len(asked.pictures_ND)
    levels: list[float] = []
    chances: list[NDArray[np.float64]] = []
    right: list[NDArray[np.bool_]] = []
    for caption_D, person in zip(asked.captions_QD, asked.described_Q, strict=True):
        scores_N = asked.pictures_ND @ caption_D
        best_K = np.argsort(-scores_N, kind="stable")[:hits]
        levels.append(calibration.level(scores_N))
        chances.append(calibration.probabilities(scores_N[best_K], levels[-1], count))
        right.append(asked.shown_N[best_K] == person)
    return Answers(
        levels_Q=np.array(levels),
        there_Q=np.isin(asked.described_Q, asked.shown_N),
        nobody_Q=np.array([calibration.nobody_fits(level) for level in levels]),
        chances_X=np.concatenate(chances),
        right_X=np.concatenate(right),
    )


def nobody_here(calibration: Calibration, asked: Asked, gallery_MD: NDArray[np.float32]) -> float:
    """The share of captions that are told "nobody" in this gallery, where their people are not.

    It should be near `HeldOut.nobody_absent`. Far from it, the gallery's pictures score unlike
    those of the benchmark, and the calibration does not hold there. Captions of people who have a
    picture in the gallery are left out; NaN where none is left.
    """
    some_SD = gallery_MD[sample(len(gallery_MD))]
    same_N = (asked.pictures_ND @ some_SD.T).max(axis=1) > _SAME
    absent_Q = ~np.isin(asked.described_Q, asked.shown_N[same_N])
    told = [
        calibration.nobody_fits(calibration.level(some_SD @ caption_D))
        for caption_D in asked.captions_QD[absent_Q]
    ]
    return float(np.mean(told)) if told else float("nan")


def summary(found: Sequence[Answers], hits: int) -> HeldOut:
    """Means over the trials, and their standard deviations (0 for a single trial)."""
    aurocs = [auroc(one.levels_Q[one.there_Q], one.levels_Q[~one.there_Q]) for one in found]
    errors = [calibration_error(table(one.chances_X, one.right_X)) for one in found]
    return HeldOut(
        trials=len(found),
        hits=hits,
        auroc=float(np.mean(aurocs)),
        auroc_spread=_spread(aurocs),
        ece=float(np.mean(errors)),
        ece_spread=_spread(errors),
        skill=float(np.mean([skill(one.chances_X, one.right_X) for one in found])),
        nobody_present=float(np.mean([one.nobody_Q[one.there_Q].mean() for one in found])),
        nobody_absent=float(np.mean([one.nobody_Q[~one.there_Q].mean() for one in found])),
    )


def _bins(found: Sequence[Answers]) -> list[Bin]:
    return table(
        np.concatenate([one.chances_X for one in found]),
        np.concatenate([one.right_X for one in found]),
    )


def _spread(values: Sequence[float]) -> float:
    return float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
