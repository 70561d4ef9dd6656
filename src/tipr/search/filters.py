"""Which pictures are searched: camera, source, date, time of day and attributes as one condition.

Values of one kind are alternatives (this camera or that one); different kinds must all hold.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tipr.errors import QueryError
from tipr.gallery.reader import Reader
from tipr.gallery.rows import Value
from tipr.gallery.wallclock import DAY_MS, as_text
from tipr.search.moments import Hours

Condition = tuple[str, list[Value]]
"""SQL over `items`, `files` and `sources`, with the values of its question marks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a picture must be to be searched at all.

    `sources` are folders: an indexed one by its path or its name, or any path below one.
    `after_ms` and `before_ms` bound the camera's clock and belong to the range themselves. A
    picture of which the camera or the time is not known fails every filter of that kind.
    `attributes` are (key, value).
    """

    cameras: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    after_ms: int | None = None
    before_ms: int | None = None
    hours: Hours | None = None
    attributes: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if (
            self.after_ms is not None
            and self.before_ms is not None
            and self.after_ms > self.before_ms
        ):
            raise QueryError(
                f"nothing is after {as_text(self.after_ms)} and before {as_text(self.before_ms)}; "
                f"exchange the two"
            )

    def __bool__(self) -> bool:
        return self != ALL

    def __or__(self, other: Self) -> "Filters":
        """Both together.

        Raises:
            QueryError: each says when, and not the same.
        """
        both: dict[str, object] = {}
        for name in (field.name for field in fields(self)):
            ours, theirs = getattr(self, name), getattr(other, name)
            if isinstance(ours, tuple):
                both[name] = tuple(dict.fromkeys((*ours, *theirs)))
            elif ours is None or theirs is None or ours == theirs:
                both[name] = theirs if ours is None else ours
            else:
                raise QueryError(f"{name.removesuffix('_ms')} is said twice; say it once")
        return Filters(**both)  # pyright: ignore[reportArgumentType]

    @property
    def timed(self) -> bool:
        """Whether a picture without a time is left out."""
        return (self.after_ms, self.before_ms, self.hours) != (None, None, None)

    @property
    def said(self) -> list[str]:
        """What each kind of them says, for people to read."""
        return list(_said(self))

    def __str__(self) -> str:
        return ", ".join(self.said)


ALL = Filters()
"""No filter: every picture is searched."""


def allowed(gallery: Reader, filters: Filters) -> NDArray[np.int64] | None:
    """Ascending ids of the pictures that are searched; None for all of them."""
    return gallery.ids(*condition(gallery, filters)) if filters else None


def condition(gallery: Reader, filters: Filters) -> Condition:
    """What `Reader.ids` and other questions take; it holds for every picture without filters."""
    parts = list(_conditions(gallery, filters))
    where = " AND ".join(f"({part})" for part, _ in parts) or "1"
    return where, [value for _, values in parts for value in values]


def untimed(gallery: Reader, filters: Filters) -> int:
    """How many pictures fail only because their time is not known."""
    where, values = condition(gallery, replace(filters, after_ms=None, before_ms=None, hours=None))
    return len(gallery.ids(f"time_ms IS NULL AND ({where})", values))


def _conditions(gallery: Reader, filters: Filters) -> Iterator[Condition]:
    if filters.cameras:
        yield f"camera IN ({_marks(filters.cameras)})", list(filters.cameras)
    if filters.sources:
        roots = [Path(root) for (root,) in gallery.ask("SELECT root FROM sources ORDER BY root")]
        parts = [part for source in filters.sources for part in _in_source(source, roots)]
        where = " OR ".join(f"({part})" for part, _ in parts) or "0"
        yield where, [value for _, values in parts for value in values]
    if filters.after_ms is not None:
        yield "time_ms >= ?", [filters.after_ms]
    if filters.before_ms is not None:
        yield "time_ms <= ?", [filters.before_ms]
    if filters.hours is not None:
        yield _in_hours(filters.hours)
    for key in dict.fromkeys(key for key, _ in filters.attributes):
        values = [value for name, value in filters.attributes if name == key]
        yield (
            "EXISTS (SELECT 1 FROM attributes WHERE item = items.id AND key = ? "
            f"AND value IN ({_marks(values)}))",
            [key, *values],
        )


def _in_source(source: str, roots: list[Path]) -> Iterator[Condition]:
    path = Path(source)
    for root in roots:
        if source == root.name or root.is_relative_to(path):
            yield "root = ?", [str(root)]
        elif path.is_relative_to(root):
            below = f"{path.relative_to(root).as_posix()}/"
            yield "root = ? AND substr(path, 1, ?) = ?", [str(root), len(below), below]


def _in_hours(hours: Hours) -> Condition:
    clock = f"((time_ms % {DAY_MS} + {DAY_MS}) % {DAY_MS})"  # times before 1970 are negative
    joined = "AND" if hours.first_ms <= hours.last_ms else "OR"
    return f"{clock} >= ? {joined} {clock} <= ?", [hours.first_ms, hours.last_ms]


def _marks(values: tuple[str, ...] | list[str]) -> str:
    return ", ".join("?" * len(values))


def _said(filters: Filters) -> Iterator[str]:
    if filters.cameras:
        yield f"camera {' or '.join(filters.cameras)}"
    if filters.sources:
        yield f"source {' or '.join(filters.sources)}"
    yield from _range(filters.after_ms, filters.before_ms)
    if filters.hours is not None:
        yield f"at {filters.hours}"
    for key in dict.fromkeys(key for key, _ in filters.attributes):
        yield f"{key} {' or '.join(value for name, value in filters.attributes if name == key)}"


def _range(first: int | None, last: int | None) -> Iterator[str]:
    if first is not None and last == first + DAY_MS - 1 and first % DAY_MS == 0:
        yield f"on {as_text(first)[:10]}"
        return
    if first is not None:
        yield f"from {_moment(first, midnight=first)}"
    if last is not None:
        yield f"until {_moment(last, midnight=last + 1)}"


def _moment(ms: int, *, midnight: int) -> str:
    """The day alone where its first or last millisecond is meant."""
    return as_text(ms)[:10] if midnight % DAY_MS == 0 else as_text(ms)
