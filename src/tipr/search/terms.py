"""What is asked of a gallery, as one value: words, pictures, examples, filters, order."""

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from tipr.errors import QueryError
from tipr.search.filters import ALL, Filters
from tipr.search.group import Grouping

MAX_CHARACTERS = 2000
MAX_PARTS = 100
"""Texts, pictures and examples of one query, together."""
MAX_PAGE = 1000

Order = Literal["match", "time"]


@dataclass(frozen=True, slots=True)
class Words:
    """A description, and how much it counts beside the query's other parts."""

    text: str
    weight: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", check(self.text))
        _require_weight(self.weight)


@dataclass(frozen=True, slots=True)
class Avoided(Words):
    """What should not be seen; its weight is less, for every weight costs right pictures, too.

    On drawn people a quarter took the avoided from 11.7 to 9.1 % of the first ten and the right
    ones from 49.8 to 45.8 %; a whole one the right ones to 29.9 % (benchmarks/mixing.py).
    """

    weight: float = 0.25


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of somebody like the one who is looked for: a file, or the bytes of one."""

    source: Path | bytes
    weight: float = 1.0

    def __post_init__(self) -> None:
        _require_weight(self.weight)


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What to look for, among which pictures, and how to show it.

    `texts`, `avoid` and `pictures` are mixed by their weights (`tipr.search.mixture`). `like` and
    `unlike` are ids of pictures in the gallery that show the person, and that do not
    (`tipr.search.rocchio`): the unlike are left out of the answer, and so are the like where the
    query is nothing but them. `k` hits on each page; pages count from 1. The order "time" puts the
    relevant of the first 500 hits in that of their cameras' clocks. With `grouping`
    near-duplicates and tracks are one hit.

    Raises:
        QueryError: there is nothing to look for, or a number is out of its range.
    """

    texts: tuple[Words, ...] = ()
    avoid: tuple[Avoided, ...] = ()
    pictures: tuple[Picture, ...] = ()
    like: tuple[int, ...] = ()
    unlike: tuple[int, ...] = ()
    filters: Filters = ALL
    k: int = 10
    page: int = 1
    order: Order = "match"
    grouping: Grouping | None = None
    notes: tuple[str, ...] = field(default=(), compare=False)
    """What is to be said about how it was understood."""

    def __post_init__(self) -> None:
        if self.k < 1:
            raise QueryError(f"the number of hits must be at least 1, found {self.k}")
        if not 1 <= self.page <= MAX_PAGE:
            raise QueryError(f"pages count from 1 to {MAX_PAGE}, found {self.page}")
        if self.order not in get_args(Order):
            raise QueryError(f"no order {self.order!r}; there are {', '.join(get_args(Order))}")
        if not (self.texts or self.pictures or self.like):
            raise QueryError(
                "there is nothing to look for; describe a person, e.g. 'a woman in a red coat', or "
                "give a picture"
            )
        if both := sorted(set(self.like) & set(self.unlike)):
            raise QueryError(f"picture {both[0]} is said to fit and not to fit; say one of them")
        parts = (self.texts, self.avoid, self.pictures, self.like, self.unlike)
        if (count := sum(map(len, parts))) > MAX_PARTS:
            raise QueryError(f"the query has {count} parts, at most {MAX_PARTS} can be mixed")

    @property
    def sentences(self) -> tuple[str, ...]:
        """All that the model has to read."""
        return tuple(words.text for words in (*self.texts, *self.avoid))

    @property
    def is_sentence(self) -> bool:
        """Whether it is a single description, of which alone scores are calibrated."""
        others = self.avoid or self.pictures or self.like or self.unlike
        return len(self.texts) == 1 and not others

    @property
    def left_out(self) -> frozenset[int]:
        """Pictures that the answer must not hold."""
        asked = self.texts or self.pictures
        return frozenset(self.unlike if asked else (*self.like, *self.unlike))

    def __str__(self) -> str:
        """What is asked, for people to read; without filters and order."""
        said = [words.text for words in self.texts]
        said += [f"not {words.text}" for words in self.avoid]
        for kind, parts in (("", self.pictures), ("like ", self.like), ("unlike ", self.unlike)):
            if parts:
                said.append(f"{kind}{len(parts)} {'picture' if len(parts) == 1 else 'pictures'}")
        return " + ".join(said)


def check(sentence: str, k: int = 1) -> str:
    """The sentence without blanks around it.

    Raises:
        QueryError: it is blank, too long or no valid text, or k < 1.
    """
    if k < 1:
        raise QueryError(f"the number of hits must be at least 1, found {k}")
    if not any(character.isprintable() and not character.isspace() for character in sentence):
        raise QueryError(
            "the description is empty; describe a person, e.g. 'a woman in a red coat'"
        )
    if len(sentence) > MAX_CHARACTERS:
        raise QueryError(
            f"the description has {len(sentence):,} characters, at most {MAX_CHARACTERS:,} are "
            f"searched for; shorten it to a sentence or two"
        )
    try:
        sentence.encode()
    except UnicodeEncodeError:
        raise QueryError("the description is not valid Unicode text; type it again") from None
    return sentence.strip()


def _require_weight(weight: float) -> None:
    if not (math.isfinite(weight) and weight > 0):
        raise QueryError(f"a weight must be above 0, found {weight}; leave the part out instead")
