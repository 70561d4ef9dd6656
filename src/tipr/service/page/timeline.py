"""Hits along the cameras' clocks, a lane a camera: where they are dense, and where to jump."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tipr.search.answer import Hit
from tipr.service.page.clock import short_day

MOST_BINS = 56
MOST_LANES = 5
REST = "others"
"""The lane of the cameras beyond the busiest, and of unknown ones."""

_MINUTES = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080, 43200, 259200)
_START = datetime(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Mark:
    """The hits of one camera in one bin; `level` is 0 for none, else 1 to 4 by how many."""

    count: int
    level: int


@dataclass(frozen=True, slots=True)
class Bin:
    """A stretch of time; `hit` is the best of its hits, to jump to, and `ids` are all of them.

    `label` is a text beside the line, '' for most bins.
    """

    start: datetime
    label: str
    new_day: bool
    marks: tuple[Mark, ...]
    ids: tuple[int, ...]
    spoken: str

    @property
    def hit(self) -> int | None:
        """The picture to jump to."""
        return self.ids[0] if self.ids else None


@dataclass(frozen=True, slots=True)
class Timeline:
    """Bins from the earliest to the latest, all as long; `lanes` are cameras, busiest first."""

    lanes: tuple[str, ...]
    bins: tuple[Bin, ...]

    @property
    def initials(self) -> list[tuple[str, str]]:
        """Each lane's name and what there is room for of it."""
        return [(name, _initials(name)) for name in self.lanes]


def timeline(hits: Sequence[Hit]) -> Timeline | None:
    """The hits of a page along time; None where fewer than two of them have one."""
    timed = [(hit.time, hit) for hit in hits if hit.time is not None]
    if len(timed) < 2:
        return None
    lanes = _lanes([hit for _, hit in timed])
    step = _step(max(time for time, _ in timed) - min(time for time, _ in timed))
    by_bin: dict[int, list[Hit]] = {}
    for time, hit in timed:
        by_bin.setdefault((time - _START) // step, []).append(hit)
    most = max(len(some) for some in by_bin.values())
    bins = [
        _bin(number, step, by_bin.get(number, []), lanes, most, first=number == min(by_bin))
        for number in range(min(by_bin), max(by_bin) + 1)
    ]
    return Timeline(lanes, tuple(bins))


def _initials(name: str) -> str:
    """ "NG" of a north gate, "C12" of cam12, "St" of a station."""
    words = re.findall(r"[^\W\d_]+|\d+", name)
    if len(words) == 1:
        return name[:2].capitalize()
    return "".join(word if word.isdigit() else word[0].upper() for word in words)[:4] or name[:2]


def _lanes(hits: Sequence[Hit]) -> tuple[str, ...]:
    counts: dict[str, int] = {}
    for hit in hits:
        counts[hit.camera or REST] = counts.get(hit.camera or REST, 0) + 1
    names = sorted(counts, key=lambda name: (name == REST, -counts[name], name))
    if len(names) <= MOST_LANES:
        return tuple(names)
    return (*(name for name in names[: MOST_LANES - 1] if name != REST), REST)


def _step(span: timedelta) -> timedelta:
    """The shortest round step that needs at most so many bins; one more where clocks cut."""
    for minutes in _MINUTES:
        step = timedelta(minutes=minutes)
        if span / step <= MOST_BINS - 1:
            return step
    return span / (MOST_BINS - 1)


def _bin(
    number: int, step: timedelta, hits: list[Hit], lanes: tuple[str, ...], most: int, *, first: bool
) -> Bin:
    start = _START + number * step
    counts = dict.fromkeys(lanes, 0)
    for hit in hits:
        counts[hit.camera if hit.camera in counts else REST] += 1
    new_day = first or start.date() != (start - step).date()
    return Bin(
        start=start,
        label=_label(start, step, new_day),
        new_day=new_day,
        marks=tuple(Mark(count, -(-4 * count // most)) for count in counts.values()),
        ids=tuple(hit.id for hit in sorted(hits, key=lambda hit: hit.rank)),
        spoken=_spoken(start, counts),
    )


def _label(start: datetime, step: timedelta, new_day: bool) -> str:
    if new_day:
        return short_day(start) if step < timedelta(days=28) else f"{start:%b %Y}"
    every = 6 * step.total_seconds()
    round_hour = max(3600.0, every)
    seconds = (start - start.replace(hour=0, minute=0, second=0)).total_seconds()
    return f"{start:%H:%M}" if step < timedelta(days=1) and seconds % round_hour == 0 else ""


def _spoken(start: datetime, counts: dict[str, int]) -> str:
    seen = ", ".join(f"{count} at {name}" for name, count in counts.items() if count)
    return f"{short_day(start)}, {start:%H:%M}: {seen or 'nobody'}"
