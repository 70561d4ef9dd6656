"""The words and pairs of words by which a training set describes people.

Shape legend: W entries of the vocabulary, N captions.
"""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tipr.errors import DataError

Shares = NDArray[np.float32]
"""(W,) how much each entry says, summing to one; all zero where nothing is known."""

FILLERS = frozenset(
    re.findall(
        r"\w+",
        """a an and also are as at be been being by for from has have he her him his in is it its
        of on or she that the their them there they this to was which while who with
        individual pair pedestrian person seen someone wearing wears""",
    )
)
"""Words that say nothing about what a person looks like."""


class Phrases:
    """A vocabulary of single words and neighbouring pairs, each with its rarity.

    "a man in a red shirt and jeans" holds man, red, shirt, jeans, man red, red shirt, shirt jeans:
    a pair ties a colour to its garment. Rarity is ln(captions / captions that hold the entry).
    """

    def __init__(self, sentences: Sequence[str], *, least: int) -> None:
        """Take every entry that at least `least` of the sentences hold.

        Raises:
            DataError: there is none.
        """
        counts = Counter(phrase for sentence in sentences for phrase in phrases(sentence))
        self.entries = sorted(phrase for phrase, count in counts.items() if count >= least)
        if not self.entries:
            raise DataError(
                f"no word stands in at least {least} of the {len(sentences)} training captions; "
                "lower words.least or set words.weight = 0"
            )
        self._place = {phrase: at for at, phrase in enumerate(self.entries)}
        held_W = np.array([counts[phrase] for phrase in self.entries], np.float32)
        # an entry of every caption tells nobody apart, and weighs nothing
        self._rarity_W = np.log(len(sentences) / held_W)

    def __len__(self) -> int:
        return len(self.entries)

    def shares(self, sentence: str) -> Shares:
        """How much of what this sentence says each entry is, (W,): by rarity, summing to one."""
        shares_W = np.zeros(len(self), np.float32)
        places = [self._place[one] for one in phrases(sentence) if one in self._place]
        shares_W[places] = self._rarity_W[places]
        total = shares_W.sum()
        return shares_W / total if total > 0 else shares_W


def phrases(sentence: str) -> set[str]:
    """Lower-case words of a sentence without fillers, and the pairs that then stand together."""
    words = [w for w in re.findall(r"[a-z]+", sentence.lower()) if w not in FILLERS]
    return set(words) | {f"{a} {b}" for a, b in pairwise(words)}
