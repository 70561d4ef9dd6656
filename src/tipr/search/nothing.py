"""Why filters leave no picture, and what there is instead."""

from collections.abc import Iterator
from dataclasses import replace

from tipr.gallery.reader import Reader
from tipr.gallery.wallclock import as_text
from tipr.search.facets import Counts, facets
from tipr.search.filters import Filters

_SHOWN = 8  # values of a kind that are listed


def why(gallery: Reader, filters: Filters) -> str:
    """One line for filters under which nothing is left: what was asked, what the gallery has."""
    with gallery.snapshot():
        told = list(_told(gallery, filters))
    if not told:
        told = ["each of these alone finds some, all together find none"]
    return f"no picture fits the filters ({filters}): {'; '.join(told)}"


def _told(gallery: Reader, filters: Filters) -> Iterator[str]:
    """What is said about each kind of filter that finds nothing even alone."""
    every = facets(gallery)
    if filters.cameras and not _alone(gallery, cameras=filters.cameras):
        yield _has("cameras", every.cameras)
    if filters.sources and not _alone(gallery, sources=filters.sources):
        yield _has("sources", every.sources)
    for pair in filters.attributes:
        if not _alone(gallery, attributes=(pair,)):
            yield _has(f"of {pair[0]}", every.attributes.get(pair[0], {}))
    times = replace(filters, cameras=(), sources=(), attributes=())
    if filters.timed and not facets(gallery, times).total:
        yield _range(gallery)


def _alone(gallery: Reader, **kind: tuple[str, ...] | tuple[tuple[str, str], ...]) -> int:
    return facets(gallery, Filters(**kind)).total  # pyright: ignore[reportArgumentType]


def _has(what: str, counts: Counts) -> str:
    if not counts:
        return f"the gallery has no {what.removeprefix('of ')}"
    names = list(counts)
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"the gallery has {what} {', '.join(names[:_SHOWN])}{more}"


def _range(gallery: Reader) -> str:
    first, last = gallery.ask("SELECT min(time_ms), max(time_ms) FROM items")[0]
    if first is None:
        return "the gallery knows no picture's time"
    return f"the gallery's times go from {as_text(first)} to {as_text(last)}"
