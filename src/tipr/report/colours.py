"""Colour words of a sentence: find one, put another in its place, tell how much of it was painted.

Shape legend: N pictures, C colour words.
"""

import re

import numpy as np
from numpy.typing import NDArray

ASKED = ("red", "green", "blue", "yellow")
"""The words that are tried: of each the paint can be told from red, green and blue alone."""

CHANCE = 100.0 / len(ASKED)

_KNOWN = (
    *ASKED,
    *("black", "white", "grey", "gray", "orange", "pink", "purple", "violet", "brown", "beige"),
    *("tan", "navy", "maroon", "khaki", "turquoise", "golden", "gold", "silver", "cream"),
)
# Clothes, not hair: a head is a patch or two, and nobody learns to paint it yellow.
_WORD = re.compile(rf"\b({'|'.join(_KNOWN)})\b(?!\s+(?:\w+\s+)?hair)", re.IGNORECASE)


def split_at_colour(sentence: str) -> tuple[str, str, str] | None:
    """What stands before the first colour word, the word, and what stands behind; None if none.

    The colour of hair does not count.
    """
    found = _WORD.search(sentence)
    if found is None:
        return None
    return sentence[: found.start()], found.group(), sentence[found.end() :]


def recoloured(sentence: str, colour: str) -> str:
    """The sentence with its first colour word replaced, hair left as it is."""
    return _WORD.sub(colour, sentence, count=1)


def answered(paint_NC3: NDArray[np.float64]) -> NDArray[np.float64]:
    """(C,) percent of pictures whose paint is the reddest when "red" was said, and so on.

    `paint_NC3` is the mean red, green and blue painted after each word of `ASKED`. Redness is
    red less the mean of the others, greenness and blueness likewise, and yellowness the mean of
    red and green less blue. Chance is 25; where words change nothing, nobody is the reddest.
    """
    red, green, blue = (paint_NC3[..., channel] for channel in range(3))
    amounts = (
        red - (green + blue) / 2,
        green - (red + blue) / 2,
        blue - (red + green) / 2,
        (red + green) / 2 - blue,
    )
    share = []
    for number, amount_NC in enumerate(amounts):
        others_NC = np.delete(amount_NC, number, axis=1)
        share.append(100.0 * float(np.mean(amount_NC[:, number] > others_NC.max(axis=1))))
    return np.array(share)
