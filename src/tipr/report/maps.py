"""Which word meets which patch of a picture: one map a word.

Shape legend: V words, L patches, H x W pixels.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tipr.encoder.protocol import Explainer

Pixels = NDArray[np.uint8]

WARM, COLD = (228, 92, 16), (40, 104, 196)
"""What speaks for the picture, and what speaks against it."""


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
    names, words_VD = encoder.encode_words(sentence)
    patches_LD = encoder.encode_patches(pixels_HWC[None])[0]
    values_VL = words_VD @ patches_LD.T
    inner_VL = values_VL[1:-1]
    low, high = (float(inner_VL.min()), float(inner_VL.max())) if inner_VL.size else (0.0, 0.0)
    # Shares have a sign, cosines only an order: their colours start where the smallest is.
    shade_VL = inner_VL if encoder.divides else inner_VL - low
    largest = float(np.abs(shade_VL).max()) if inner_VL.size else 0.0
    shade_VL = shade_VL / (largest or 1.0)
    totals = inner_VL.sum(axis=1) if encoder.divides else [None] * len(inner_VL)
    vectors = encoder.encode_text([sentence])[0], encoder.encode_images(pixels_HWC[None])[0]
    return Explanation(
        score=float(vectors[0] @ vectors[1]),
        divides=encoder.divides,
        frame=float(values_VL[[0, -1]].sum()),
        low=low,
        high=high,
        words=tuple(
            WordMap(name, None if total is None else float(total), shade(pixels_HWC, row, encoder))
            for name, total, row in zip(names[1:-1], totals, shade_VL, strict=True)
        ),
    )


def shade(pixels_HWC: Pixels, shade_L: NDArray[np.float32], encoder: Explainer) -> Pixels:
    """(H, W, 3) the picture in grey under its patches' colours; `shade_L` from -1 to 1."""
    grey = np.asarray(Image.fromarray(pixels_HWC).convert("L"), np.float32)[..., None]
    rows, columns = encoder.grid
    tall, wide = pixels_HWC.shape[0] // rows, pixels_HWC.shape[1] // columns
    shade_HW = shade_L.reshape(rows, columns).repeat(tall, axis=0).repeat(wide, axis=1)
    colour_HWC = np.where(shade_HW[..., None] >= 0, WARM, COLD)
    weight_HW1 = 0.9 * np.abs(shade_HW)[..., None]
    # paled, so that the colours stand out and dark clothes do not swallow them
    ground_HWC = 255 - (255 - grey) * 0.55
    mixed_HWC = ground_HWC * (1 - weight_HW1) + colour_HWC * weight_HW1
    return np.clip(np.rint(mixed_HWC), 0, 255).astype(np.uint8)
