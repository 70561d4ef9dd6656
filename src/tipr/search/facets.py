"""How many pictures there are of each camera, source, day and attribute under some filters."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tipr.gallery.reader import Reader
from tipr.gallery.wallclock import DAY_MS, as_text
from tipr.search.filters import ALL, Filters, condition

Counts = dict[str, int]
"""Pictures by value, most first; equal counts in the order of their values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """Counts of pictures; `total` under all filters.

    A kind's own counts leave out the filter of that kind: each says what there would be if that
    value were chosen instead, or too. Pictures of which the camera or the day is not known, or
    which lack an attribute, are in none of its counts. `days` are in the order of time.
    """

    total: int
    cameras: Counts
    sources: Counts
    days: Counts
    attributes: dict[str, Counts]


def facets(gallery: Reader, filters: Filters = ALL) -> Facets:
    """What there is to choose from under these filters."""
    with gallery.snapshot():
        no_time = replace(filters, after_ms=None, before_ms=None)
        keys = [key for (key,) in gallery.ask("SELECT DISTINCT key FROM attributes ORDER BY key")]
        days = _counts(gallery, no_time, f"(time_ms - (time_ms % {DAY_MS} + {DAY_MS}) % {DAY_MS})")
        return Facets(
            total=_total(gallery, filters),
            cameras=_counts(gallery, replace(filters, cameras=()), "camera"),
            sources=_counts(gallery, replace(filters, sources=()), "root"),
            days={as_text(int(ms))[:10]: days[ms] for ms in sorted(days, key=int)},
            attributes={key: _values(gallery, filters, key) for key in keys},
        )


def _total(gallery: Reader, filters: Filters) -> int:
    where, values = condition(gallery, filters)
    return gallery.ask(f"SELECT count(*) {_FROM} WHERE {where}", values)[0][0]


def _counts(gallery: Reader, filters: Filters, column: str) -> Counts:
    where, values = condition(gallery, filters)
    return _as_text(
        gallery.ask(
            f"SELECT {column}, count(*) {_FROM} WHERE {column} IS NOT NULL AND ({where}) "
            "GROUP BY 1 ORDER BY 2 DESC, 1",
            values,
        )
    )


def _values(gallery: Reader, filters: Filters, key: str) -> Counts:
    others = tuple(pair for pair in filters.attributes if pair[0] != key)
    where, values = condition(gallery, replace(filters, attributes=others))
    return _as_text(
        gallery.ask(
            f"SELECT value, count(*) {_FROM} JOIN attributes ON item = items.id "
            f"WHERE key = ? AND ({where}) GROUP BY 1 ORDER BY 2 DESC, 1",
            [key, *values],
        )
    )


def _as_text(found: Sequence[tuple[object, int]]) -> Counts:
    return {str(value): count for value, count in found}


_FROM = "FROM items JOIN files ON files.id = file JOIN sources ON sources.id = source"
