"""Hits as the tiles of the grid, in sections under headers that stay in sight."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Literal

from tipr.search.answer import Answer, Hit
from tipr.search.calibration import POSSIBLE, STRONG, Label
from tipr.service.page.clock import ago, day, place_in_film

Kind = Literal["person", "frame", "film"]
"""What was seen: a picture of a person, somebody in a frame, somebody in a video."""

STRENGTHS: dict[Label, tuple[str, str]] = {
    "strong": ("Strong", f"{100 * STRONG:.0f} % likely right or more"),
    "possible": ("Possible", f"{100 * POSSIBLE:.0f} to {100 * STRONG:.0f} %"),
    "weak": ("Weak", f"less than {100 * POSSIBLE:.0f} %"),
}
"""The word for each strength of match, and what it means."""

UNMEASURED = "in the order of similarity; how likely a hit is right has not been measured"


PARTS = 24
"""A tile's width is given in parts of its height, for a style in the page is not allowed."""
SLIMMEST, USUAL, WIDEST = 6, 8, 48


@dataclass(frozen=True, slots=True)
class Tile:
    """A hit as it is drawn, `width` parts wide; texts are '' where nothing is known."""

    hit: Hit
    kind: Kind
    width: int
    ago: str
    clock: str
    day: str

    @property
    def id(self) -> int:
        """The picture's in its gallery."""
        return self.hit.id

    @property
    def strength(self) -> str:
        """Strong, Possible or Weak; '' where it is not known."""
        return STRENGTHS[self.hit.label][0] if self.hit.label else ""

    @property
    def chance(self) -> str:
        """The probability that it is right, in percent; '' where it is not known."""
        return "" if self.hit.probability is None else f"{100 * self.hit.probability:.0f} %"

    @property
    def camera(self) -> str:
        """Where it was seen: the camera, or what is known instead."""
        hit = self.hit
        if hit.camera:
            return hit.camera
        return hit.path.name if hit.frame_ms is None else place_in_film(hit.frame_ms)

    @property
    def spoken(self) -> str:
        """All of the tile as a sentence, for those who cannot see it."""
        said = [f"Hit {self.hit.rank}", *filter(None, (self.strength and self.strength.lower(),))]
        said += filter(None, (self.chance, self.camera, self.day, self.clock))
        if self.hit.others:
            said.append(f"and {len(self.hit.others)} more of this appearance")
        return ", ".join(said)


@dataclass(frozen=True, slots=True)
class Section:
    """Tiles under one header: those of a day, or all in the order of match."""

    title: str
    under: str
    tiles: tuple[Tile, ...]


def tile(hit: Hit, now: datetime, shape: float | None = None) -> Tile:
    """A hit, seen at this moment of the clock on the wall; `shape` is its width over its height."""
    kind: Kind = "film" if hit.frame_ms is not None else "frame" if hit.box else "person"
    width = USUAL if shape is None else min(max(SLIMMEST, round(PARTS * shape)), WIDEST)
    time = hit.time
    if time is None:
        return Tile(hit, kind, width, "", "", "")
    return Tile(hit, kind, width, ago(time, now), f"{time:%H:%M:%S}", day(time))


def sections(answer: Answer, now: datetime, shapes: Mapping[int, float]) -> list[Section]:
    """The hits of a page: by day in the order of time, else together."""
    tiles = tuple(tile(hit, now, shapes.get(hit.id)) for hit in answer)
    if answer.query.order == "time":
        return [
            Section(date or "Time unknown", _many(some), tuple(some))
            for date, found in groupby(tiles, key=lambda tile: tile.day)
            if (some := list(found))
        ]
    if not answer.calibrated:
        return [Section("The nearest", UNMEASURED, tiles)]
    return [Section(*_strengths(tiles), tiles)]


def _strengths(tiles: Sequence[Tile]) -> tuple[str, str]:
    """How many there are of each strength, and what the words mean."""
    counts = Counter(tile.hit.label for tile in tiles)
    there = [(counts[label], word, means) for label, (word, means) in STRENGTHS.items()]
    title = ", ".join(f"{count} {word.lower()}" for count, word, _ in there if count)
    under = "; ".join(f"{word.lower()}: {means}" for count, word, means in there if count)
    return title, under


def _many(tiles: Sequence[Tile]) -> str:
    return f"{len(tiles)} {'hit' if len(tiles) == 1 else 'hits'}"
