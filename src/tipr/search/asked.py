"""A benchmark as something to calibrate with: captions to ask of pictures, and who is who.

Shape legend: Q captions, N pictures, D the encoder's width.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tipr.errors import DataError
from tipr.evaluate import SplitVectors

Numbers = NDArray[np.int64]

FEWEST = 8
"""People; with fewer, nothing could be held out."""


class Asked(NamedTuple):
    """Vectors of captions and pictures, and who is described or shown, as numbers."""

    captions_QD: NDArray[np.float32]
    pictures_ND: NDArray[np.float32]
    described_Q: Numbers
    shown_N: Numbers

    def of(self, described: Numbers, shown: Numbers) -> "Asked":
        """The captions of some people, asked of the pictures of some people."""
        captions = np.isin(self.described_Q, described)
        pictures = np.isin(self.shown_N, shown)
        return Asked(
            self.captions_QD[captions],
            self.pictures_ND[pictures],
            self.described_Q[captions],
            self.shown_N[pictures],
        )


def numbered(vectors: SplitVectors, pictures: list[str], captions: list[str]) -> Asked:
    """The split's vectors with its people as numbers, in order of first appearance."""
    numbers: dict[str, int] = {}
    shown, described = (
        np.array([numbers.setdefault(person, len(numbers)) for person in people], np.int64)
        for people in (pictures, captions)
    )
    return Asked(vectors.captions_MD, vectors.images_ND, described, shown)


def require_enough(asked: Asked) -> None:
    """Make sure that there is something to measure.

    Raises:
        DataError: fewer than `FEWEST` people, a described person whom no picture shows, or
            vectors that are not finite.
    """
    people = np.unique(asked.shown_N)
    if len(people) < FEWEST:
        raise DataError(
            f"{len(people)} people are too few to calibrate with, at least {FEWEST} are needed; "
            "take a larger split"
        )
    strangers = np.setdiff1d(asked.described_Q, people)
    if strangers.size:
        raise DataError(f"{strangers.size} described people are shown by no picture")
    for name, vectors in (("captions", asked.captions_QD), ("pictures", asked.pictures_ND)):
        if not np.isfinite(vectors).all():
            raise DataError(
                f"the vectors of the {name} are not finite; take another model or --precision "
                "float32"
            )
