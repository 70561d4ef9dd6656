"""Maps of a sentence's words over a picture, as the report shows them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tipr.encoder.maps import word_maps
from tipr.encoder.protocol import Explainer
from tipr.inputs.overlay import shade

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class WordMap:
    """One word over a picture. `total` is its share of the cosine; None where maps hold cosines."""

    word: str
    total: float | None
    look: Pixels


@dataclass(frozen=True, slots=True)
class Explanation:
    """A sentence over a picture, word by word.

    `divides`: the maps' values are shares of the cosine, and `frame` is what the sentence's start
    and end contribute; else they are cosines of a word and a patch, from `low` to `high`.
    """

    score: float
    divides: bool
    frame: float
    low: float
    high: float
    words: tuple[WordMap, ...]


def explain(encoder: Explainer, sentence: str, pixels_HWC: Pixels) -> Explanation:
    """Maps of all words of the sentence, on one scale of colour."""
    maps = word_maps(encoder, sentence, pixels_HWC)
    words = zip(maps.names, maps.values_VRC, maps.shades(), strict=True)
    return Explanation(
        score=maps.score,
        divides=maps.divides,
        frame=maps.frame,
        low=maps.low,
        high=maps.high,
        words=tuple(
            WordMap(
                name, float(values_RC.sum()) if maps.divides else None, shade(pixels_HWC, shade_RC)
            )
            for name, values_RC, shade_RC in words
        ),
    )
