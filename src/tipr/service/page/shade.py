"""A word's map over a picture as coloured fields, a field a patch."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from tipr.search.explain import Explanation, Word

FAINTEST = 0.04
"""Fields that would hardly be seen are left out."""


@dataclass(frozen=True, slots=True)
class Spot:
    """The field in column `x` and row `y`; `warm` speaks for the picture, `cold` against it."""

    x: int
    y: int
    side: Literal["warm", "cold"]
    weight: str


@dataclass(frozen=True, slots=True)
class Shaded:
    """A word as it is drawn; `nothing` where it matched nothing, `adds` what it gives the score."""

    text: str
    adds: str
    nothing: bool
    columns: int
    rows: int
    spots: tuple[Spot, ...]


def shaded(explanation: Explanation) -> list[Shaded]:
    """The words that speak of looks."""
    return [_shaded(word) for word in explanation.content]


def _shaded(word: Word) -> Shaded:
    rows, columns = word.shade_RC.shape
    return Shaded(
        text=word.text,
        adds=_signed(word.adds or 0.0),
        nothing=word.matched is False,
        columns=columns,
        rows=rows,
        spots=tuple(_spots(word)),
    )


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "\N{MINUS SIGN}") if abs(value) >= 0.005 else "0.00"


def _spots(word: Word) -> Iterator[Spot]:
    for y, x in np.argwhere(np.abs(word.shade_RC) >= FAINTEST).tolist():
        value = float(word.shade_RC[y, x])
        yield Spot(x, y, "warm" if value > 0 else "cold", f"{min(0.85 * abs(value), 0.85):.2f}")
