"""Which word of a sentence meets which patch of a picture, in numbers.

Shape legend: V words, L patches, R rows and C columns of them, D embedding.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tipr.encoder.protocol import Explainer, Pixels

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class WordMaps:
    """A sentence's words, without its start and end, over the patches of a picture.

    `divides` as in `Explainer`: `values_VRC` are shares of the cosine `score`, of which `frame` is
    what the sentence's start and end contribute; else they are cosines of a word and a patch.
    """

    names: tuple[str, ...]
    values_VRC: Floats
    divides: bool
    score: float
    frame: float

    @property
    def low(self) -> float:
        """The smallest value of all maps; 0 without any."""
        return float(self.values_VRC.min()) if self.values_VRC.size else 0.0

    @property
    def high(self) -> float:
        """The largest value of all maps; 0 without any."""
        return float(self.values_VRC.max()) if self.values_VRC.size else 0.0

    def shades(self) -> Floats:
        """(V, R, C) colours of all words on one scale, from -1 to 1, to lay over the picture.

        Shares have a sign, cosines only an order: their colours start where the smallest is.
        """
        shades_VRC = self.values_VRC if self.divides else self.values_VRC - np.float32(self.low)
        largest = float(np.abs(shades_VRC).max()) if shades_VRC.size else 0.0
        return shades_VRC / np.float32(largest or 1.0)


def word_maps(encoder: Explainer, sentence: str, pixels_HWC: Pixels) -> WordMaps:
    """The maps of all words of the sentence over the picture (uint8 RGB at `image_size`)."""
    names, words_VD = encoder.encode_words(sentence)
    patches_LD = encoder.encode_patches(pixels_HWC[None])[0]
    values_VL = words_VD @ patches_LD.T
    text_D, image_D = encoder.encode_text([sentence])[0], encoder.encode_images(pixels_HWC[None])[0]
    return WordMaps(
        names=names[1:-1],
        values_VRC=values_VL[1:-1].reshape(-1, *encoder.grid),
        divides=encoder.divides,
        score=float(text_D @ image_D),
        frame=float(values_VL[[0, -1]].sum()),
    )
