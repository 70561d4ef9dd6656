"""What a retrieval's ranks come to: each query's outcome, and the means R@k, mAP and mINP.

Shape legend: N queries, M gallery items, m matches of one query.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Ranking:
    """How well one direction of a retrieval ranks, in percent.

    For a query with m matches in the gallery, the rank of its j-th best match is j + the number
    of non-matches that score at least as high: **a tie counts against the query**. R@k is the
    share of queries whose first match has a rank of at most k (IRRA, CVPR 2023), mAP the mean of
    AP = mean_j(j / rank_j), mINP the mean of INP = m / rank_m (Ye et al., TPAMI 2021).

    `queries` were scored; `unmatched` have no match in the gallery and are left out of every
    mean. A gallery of fewer than k items is no error: every matched query then has R@k = 100.

    If everything scores the same, a query's first match has rank M - m + 1, so R@k is 0 unless
    at most k - 1 items are non-matches, and AP is mean_j(j / (M - m + j)), below the average over
    random orders.

    Differs from the released code, where a tie is decided by the sort and a query without a
    match or a gallery of fewer than ten crashes.
    """

    R1: float
    R5: float
    R10: float
    mAP: float
    mINP: float
    queries: int
    unmatched: int

    def as_json(self) -> dict[str, float]:
        """The five figures by name, in percent."""
        return {"R1": self.R1, "R5": self.R5, "R10": self.R10, "mAP": self.mAP, "mINP": self.mINP}


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """What became of each query, in the order of the queries; `Ranking` is the mean of it.

    `first_N`: rank of the first match, from 1; 0 marks a query without a match in the gallery.
    `precision_N`: average precision, `inverse_N`: inverse negative penalty, both 0 to 1 and NaN
    where there is no match. At least one query has a match.
    """

    first_N: NDArray[np.int64]
    precision_N: NDArray[np.float64]
    inverse_N: NDArray[np.float64]

    @property
    def matched(self) -> NDArray[np.bool_]:
        """(N,) True where the gallery holds a match."""
        return self.first_N > 0

    def ranking(self) -> Ranking:
        """The means over all matched queries, in percent."""
        matched_N = self.matched
        first = self.first_N[matched_N]
        r1, r5, r10 = (100.0 * float(np.mean(first <= k)) for k in (1, 5, 10))
        return Ranking(
            R1=r1,
            R5=r5,
            R10=r10,
            mAP=100.0 * float(self.precision_N[matched_N].mean()),
            mINP=100.0 * float(self.inverse_N[matched_N].mean()),
            queries=len(first),
            unmatched=len(matched_N) - len(first),
        )


@dataclass(frozen=True, slots=True)
class Scores:
    """Both directions of a split, and its size.

    `rerank`: the parameters by name where text-to-image was re-ranked, None where it was not.
    """

    text_to_image: Ranking
    image_to_text: Ranking
    images: int
    captions: int
    people: int
    rerank: dict[str, float] | None = None

    def as_json(self) -> dict[str, Any]:
        """A table for JSON; `unmatched` (queries of both directions) only where there are any.

        And `rerank` only where there was any.
        """
        table: dict[str, Any] = {
            "text_to_image": self.text_to_image.as_json(),
            "image_to_text": self.image_to_text.as_json(),
            "images": self.images,
            "captions": self.captions,
            "people": self.people,
        }
        if self.rerank is not None:
            table["rerank"] = self.rerank
        unmatched = self.text_to_image.unmatched + self.image_to_text.unmatched
        return table | ({"unmatched": unmatched} if unmatched else {})
