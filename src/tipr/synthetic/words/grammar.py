"""The parts of a grammar that writes one of its sentences, and counts how many it has.

A `Said` is a stretch of text with the facts it claims. Every part can `write` one and `count`
all its derivations; different derivations may now and then read the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import factorial
from typing import Protocol

import numpy as np

Rng = np.random.Generator


@dataclass(frozen=True, slots=True)
class Claim:
    """That of a key, such as `upper colour`, a word was said."""

    key: str
    word: str


@dataclass(frozen=True, slots=True)
class Said:
    """Text, and what it claims."""

    text: str
    claims: tuple[Claim, ...] = ()


class Part(Protocol):
    """A part of a grammar."""

    def write(self, rng: Rng) -> Said: ...

    def count(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Text:
    """Fixed words."""

    text: str
    claims: tuple[Claim, ...] = ()

    def write(self, rng: Rng) -> Said:  # noqa: ARG002 - there is nothing to choose
        return Said(self.text, self.claims)

    def count(self) -> int:
        return 1


@dataclass(frozen=True, slots=True)
class Word:
    """One of the words for a fact, as often as their weights say."""

    key: str
    calls: Mapping[str, float]

    def write(self, rng: Rng) -> Said:
        word = weighted(self.calls, rng)
        return Said(word, (Claim(self.key, word),))

    def count(self) -> int:
        return len(self.calls)


@dataclass(frozen=True, slots=True)
class OneOf:
    """Any one of several, all as likely."""

    parts: Sequence[Part]

    def write(self, rng: Rng) -> Said:
        return self.parts[int(rng.random() * len(self.parts))].write(rng)

    def count(self) -> int:
        return sum(part.count() for part in self.parts)


@dataclass(frozen=True, slots=True)
class Maybe:
    """Said in a share of the cases, which is neither none nor all."""

    part: Part
    share: float

    def write(self, rng: Rng) -> Said:
        return self.part.write(rng) if rng.random() < self.share else Said("")

    def count(self) -> int:
        return 1 + self.part.count()


@dataclass(frozen=True, slots=True)
class Line:
    """One after the other."""

    parts: Sequence[Part]

    def write(self, rng: Rng) -> Said:
        said = [part.write(rng) for part in self.parts]
        text = " ".join(piece.text for piece in said if piece.text)
        return Said(text, tuple(claim for piece in said for claim in piece.claims))

    def count(self) -> int:
        total = 1
        for part in self.parts:
            total *= part.count()
        return total


@dataclass(frozen=True, slots=True)
class AnyOrder:
    """`fewest` to `most` of several in any order, joined by `between` and, at last, `last`."""

    parts: Sequence[Part]
    fewest: int
    most: int
    between: str = " "
    last: str = " "

    def write(self, rng: Rng) -> Said:
        most = min(self.most, len(self.parts))
        count = int(rng.integers(min(self.fewest, most), most + 1))
        said = [self.parts[i].write(rng) for i in rng.permutation(len(self.parts))[:count]]
        texts = [piece.text for piece in said]
        text = self.last.join(
            [self.between.join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts
        )
        return Said(text, tuple(claim for piece in said for claim in piece.claims))

    def count(self) -> int:
        # The k-th elementary symmetric polynomial counts the sets of k, each in k! orders.
        sets = [1] + [0] * len(self.parts)
        for part in self.parts:
            many = part.count()
            for k in range(len(sets) - 1, 0, -1):
                sets[k] += many * sets[k - 1]
        most = min(self.most, len(self.parts))
        return sum(factorial(k) * sets[k] for k in range(min(self.fewest, most), most + 1))


def weighted(weights: Mapping[str, float], rng: Rng) -> str:
    """One of the keys, as often as its weight says."""
    names = tuple(weights)
    if len(names) == 1:
        return names[0]
    sums = list(accumulate(weights.values()))
    place = rng.random() * sums[-1]
    return next(name for name, top in zip(names, sums, strict=True) if place < top)
