"""Why a picture was found: which words of the sentence fit it, where, and which do not.

Shape legend: V words, R rows and C columns of patches, D embedding.
"""

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from tipr.encoder.maps import word_maps
from tipr.encoder.protocol import Encoder, Explainer, Pixels
from tipr.errors import ModelError
from tipr.search.function_words import says_something

Floats = NDArray[np.float32]

SLACK = 0.125
"""A word that lowers the score by less, in spreads of the gallery's scores, may still be right."""

_MARKS = ".,;:!?\"'()[]{}"


@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """One word, as the model reads it, over the picture.

    `map_RC` holds shares of the cosine or cosines with patches, see `Explanation.divides`;
    `shade_RC` the same from -1 to 1 on one scale for all words. `adds` is what the cosine loses
    without the word. None, and `matched` too, for a word that says nothing of looks.
    """

    text: str
    adds: float | None
    matched: bool | None
    map_RC: Floats
    shade_RC: Floats

    @property
    def content(self) -> bool:
        """Whether the word speaks of looks."""
        return self.adds is not None


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """A sentence over a picture.

    `divides` True: the maps of all words and `frame` (the sentence's start and end) sum to
    `score`, the cosine. False: they hold cosines of a word and a patch, a hint of what lies near
    what and no parts of the score.
    """

    sentence: str
    score: float
    divides: bool
    frame: float
    words: tuple[Word, ...]

    @property
    def content(self) -> tuple[Word, ...]:
        """The words that speak of looks."""
        return tuple(word for word in self.words if word.content)

    @property
    def nothing(self) -> tuple[str, ...]:
        """The words that matched nothing, each once."""
        return tuple(dict.fromkeys(word.text for word in self.words if word.matched is False))

    def as_json(self) -> dict[str, Any]:
        """Numbers and words; `map` has a row of numbers for each row of patches."""
        return {
            "sentence": self.sentence,
            "score": self.score,
            "maps_hold": "shares of the score" if self.divides else "cosines with patches",
            "start_and_end": self.frame if self.divides else None,
            "words": [
                {
                    "word": word.text,
                    "adds": word.adds,
                    "matched": word.matched,
                    "map": [[float(value) for value in row] for row in word.map_RC],
                }
                for word in self.words
            ],
            "matched_nothing": list(self.nothing),
        }


def explain(
    encoder: Explainer, pixels_HWC: Pixels, sentence: str, *, spread: float = 0.0
) -> Explanation:
    """Lay the words of the sentence over the picture (uint8 RGB at the encoder's `image_size`).

    A word has matched nothing if the picture would score higher without it, by more than `SLACK`
    of `spread`: such a word was no reason to find this picture, it spoke for others. `spread` is
    the standard deviation of the sentence's scores over the gallery. The words' maps do not tell
    this as well: words act through one another, so that a wrong one may have channels of its own
    that fit anywhere (docs/explain.md has the figures).
    """
    maps = word_maps(encoder, sentence, pixels_HWC)
    texts = [name.strip(_MARKS) or name for name in maps.names]
    spoken = [number for number, text in enumerate(texts) if says_something(text)]
    adds = dict(zip(spoken, _lost_without(encoder, pixels_HWC, maps.names, spoken), strict=True))
    shades_VRC = maps.shades()
    words = [
        Word(
            text,
            adds.get(number),
            adds[number] >= -SLACK * spread if number in adds else None,
            maps.values_VRC[number],
            shades_VRC[number],
        )
        for number, text in enumerate(texts)
    ]
    return Explanation(sentence, maps.score, maps.divides, maps.frame, tuple(words))


def require_explainer(encoder: Encoder, model: str) -> Explainer:
    """The encoder, if it can tell words and patches apart.

    Raises:
        ModelError: it gives vectors of whole sentences and pictures only.
    """
    if not hasattr(encoder, "encode_words"):
        raise ModelError(
            f"{model}: an exported model gives vectors of whole sentences and pictures, none of "
            "words and patches; say with --model where the model is that it was exported from"
        )
    return cast("Explainer", encoder)


def _lost_without(
    encoder: Encoder, pixels_HWC: Pixels, names: tuple[str, ...], left_out: list[int]
) -> list[float]:
    """The cosine of the whole sentence less that of the sentence without each of these words."""
    sentences = [
        " ".join(name for number, name in enumerate(names) if number != gone)
        for gone in (-1, *left_out)
    ]
    scores = encoder.encode_text(sentences) @ encoder.encode_images(pixels_HWC[None])[0]
    return [float(scores[0] - score) for score in scores[1:]]
