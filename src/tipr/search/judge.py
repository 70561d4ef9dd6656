"""How far the hits of a sentence can be trusted, in a gallery whose scores are calibrated."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tipr.search.calibration import POSSIBLE, Calibration, Label, label

Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Judge:
    """A calibration for one query over the `count` pictures that were searched.

    `level` says how well they fit on the whole (`tipr.search.calibration`).
    """

    calibration: Calibration
    level: float
    count: int

    @classmethod
    def of(cls, calibration: Calibration, scores_S: Scores, best_K: Scores, count: int) -> Self:
        """From the scores of an even sample of the pictures, and those of the best ones."""
        level = calibration.level(scores_S, best_K=best_K, count=count)
        return cls(calibration, level, count)

    @property
    def nobody(self) -> bool:
        """Whether the described person seems not to be among the pictures."""
        return self.calibration.nobody_fits(self.level)

    def chance(self, score: float) -> tuple[float, Label]:
        """The probability that a picture of this score is right, and the word for it."""
        chances = self.calibration.probabilities(np.array([score]), self.level, self.count)
        return float(chances[0]), label(float(chances[0]))

    def is_possible(self, score: float) -> bool:
        """Whether it is worth showing where only relevant pictures are shown."""
        return self.chance(score)[0] >= POSSIBLE
