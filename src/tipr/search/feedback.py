"""What people said of hits: this is the person, this is not; kept as labelled pairs.

It serves the next search (`examples`, for `Query.like` and `Query.unlike`) and, as pairs of a query
and a picture, evaluation.
"""

import sqlite3
from dataclasses import dataclass

from tipr.errors import QueryError
from tipr.gallery import rows
from tipr.gallery.reader import Reader
from tipr.gallery.store import Gallery
from tipr.gallery.wallclock import now_utc


@dataclass(frozen=True, slots=True)
class Mark:
    """Somebody's word on a hit: `fits` or not. `made` is a UTC time in ISO 8601.

    `query` is the text as typed; `upload` the kept picture that was searched with, if any.
    """

    query: str
    item: int
    fits: bool
    made: str
    upload: int | None = None


def record(
    gallery: Gallery, query: str, item: int, fits: bool, *, upload: int | None = None
) -> None:
    """Keep a mark; one of the same query and picture made earlier is replaced.

    The gallery is open for writing or remarks. Erasing the picture erases the mark.

    Raises:
        QueryError: the picture is not in the gallery.
    """
    with gallery.written(content=False) as db:
        if not db.execute("SELECT 1 FROM items WHERE id = ?", [item]).fetchone():
            raise QueryError(
                f"{gallery.path}: no picture has the id {item}; take one that a search shows"
            )
        _remove(db, query, item)
        rows.insert(
            db,
            "feedback",
            id=rows.next_id(db, "feedback"),
            made=now_utc(),
            query=query,
            upload=upload,
            item=item,
            fits=int(fits),
        )


def take_back(gallery: Gallery, query: str, item: int) -> None:
    """Erase the mark of a query and a picture; without one nothing happens."""
    with gallery.written(content=False) as db:
        _remove(db, query, item)


def marks(gallery: Reader, query: str | None = None) -> list[Mark]:
    """All marks, of one query or of all, oldest first."""
    found = gallery.ask(
        "SELECT query, item, fits, made, upload FROM feedback "
        "WHERE ? IS NULL OR query = ? ORDER BY id",
        [query, query],
    )
    return [Mark(text, item, bool(fits), made, upload) for text, item, fits, made, upload in found]


def examples(gallery: Reader, query: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The pictures marked as fitting a query, and those marked as not: its like and unlike."""
    found = marks(gallery, query)
    return (
        tuple(mark.item for mark in found if mark.fits),
        tuple(mark.item for mark in found if not mark.fits),
    )


def _remove(db: sqlite3.Connection, query: str, item: int) -> None:
    db.execute("DELETE FROM feedback WHERE query = ? AND item = ?", [query, item])
