"""Searches kept in the gallery under a name.

Words, filters and order are text; the pictures a search starts from, stored or uploaded, are rows
of `examples`, so that erasing a picture takes it out of every search.
"""

import json
import sqlite3
from dataclasses import asdict, dataclass
from typing import Any

from tipr.errors import GalleryError, QueryError
from tipr.gallery import rows
from tipr.gallery.reader import Reader
from tipr.gallery.store import Gallery
from tipr.gallery.wallclock import now_utc
from tipr.search.filters import Filters
from tipr.search.group import Grouping
from tipr.search.moments import Hours
from tipr.search.terms import Avoided, Picture, Query, Words
from tipr.search.uploads import drop_unused, keep, kept

FORMAT = 1
MAX_NAME = 200


@dataclass(frozen=True, slots=True)
class Saved:
    """The name of a kept search; `made` is a UTC time in ISO 8601."""

    name: str
    made: str


def save(gallery: Gallery, name: str, query: Query, *, replace: bool = False) -> None:
    """Keep a search, from its first page; the gallery is open for writing or remarks.

    Raises:
        QueryError: the name is blank or too long, or taken and not to be replaced; or an example
            is not in the gallery.
        PictureError: a picture of the query cannot be read.
    """
    name = name.strip()
    if not 0 < len(name) <= MAX_NAME:
        raise QueryError(f"the name of a search has 1 to {MAX_NAME} characters, found {len(name)}")
    with gallery.written(content=False) as db:
        if replace:
            _remove(db, name)
        elif any(one.name == name for one in saved(gallery)):
            raise QueryError(
                f"{gallery.path}: there is a search {name!r} already; take another name or delete "
                f"it first"
            )
        examples = (*query.like, *query.unlike)
        if missing := sorted(set(examples) - gallery.items(examples).keys()):
            raise QueryError(f"{gallery.path}: no picture has the id {missing[0]}")
        uploads = [keep(db, picture.source) for picture in query.pictures]
        number = rows.next_id(db, "searches")
        text = _text(query, uploads)
        rows.insert(db, "searches", id=number, name=name, made=now_utc(), query=text)
        for item in examples:
            rows.insert(db, "examples", search=number, item=item, upload=None)
        for upload in uploads:
            rows.insert(db, "examples", search=number, item=None, upload=upload)
        drop_unused(db)


def saved(gallery: Reader) -> list[Saved]:
    """The kept searches, by name."""
    return [Saved(*row) for row in gallery.ask("SELECT name, made FROM searches ORDER BY name")]


def load(gallery: Reader, name: str) -> Query:
    """A kept search, without examples that have been erased since; its notes tell of those.

    Raises:
        GalleryError: there is none of that name, or it is damaged or of a newer tipr.
        QueryError: all it started from has been erased.
    """
    with gallery.snapshot():
        found = gallery.ask("SELECT id, query FROM searches WHERE name = ?", [name])
        if not found:
            raise GalleryError(f"{gallery.path}: no search is called {name!r}{_there_are(gallery)}")
        number, text = found[0]
        rest = gallery.ask("SELECT item, upload FROM examples WHERE search = ?", [number])
        items = {item for item, _ in rest if item is not None}
        uploads = {upload: kept(gallery, upload) for _, upload in rest if upload is not None}
    try:
        table = json.loads(text)
        if table["format"] != FORMAT:
            raise GalleryError(
                f"{gallery.path}: the search {name!r} was kept by a newer tipr; update tipr"
            )
        if not (uploads or table["texts"] or items & set(table["like"])):
            raise QueryError(
                f"{gallery.path}: all that the search {name!r} started from has been erased; "
                f"delete it"
            )
        return _query(table, items, uploads)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise gallery.damaged(f"the search {name!r} cannot be read ({error})") from error


def delete(gallery: Gallery, name: str) -> None:
    """Erase a kept search, and the uploaded pictures that nothing else refers to.

    Raises:
        GalleryError: there is none of that name.
    """
    with gallery.written(content=False) as db:
        if not any(one.name == name for one in saved(gallery)):
            raise GalleryError(f"{gallery.path}: no search is called {name!r}{_there_are(gallery)}")
        _remove(db, name)
        drop_unused(db)


def _remove(db: sqlite3.Connection, name: str) -> None:
    db.execute("DELETE FROM searches WHERE name = ?", [name])


def _there_are(gallery: Reader) -> str:
    names = ", ".join(one.name for one in saved(gallery))
    return f"; there are {names}" if names else "; none is kept"


def _text(query: Query, uploads: list[int]) -> str:
    weights = [picture.weight for picture in query.pictures]
    return json.dumps(
        {
            "format": FORMAT,
            "texts": [[words.text, words.weight] for words in query.texts],
            "avoid": [[words.text, words.weight] for words in query.avoid],
            "pictures": list(zip(uploads, weights, strict=True)),
            "like": query.like,
            "unlike": query.unlike,
            "filters": asdict(query.filters),
            "k": query.k,
            "order": query.order,
            "grouping": None if query.grouping is None else asdict(query.grouping),
        },
        ensure_ascii=False,
    )


def _query(table: dict[str, Any], items: set[int], uploads: dict[int, bytes]) -> Query:
    examples = [*table["like"], *table["unlike"]]
    gone = sum(item not in items for item in examples)
    gone += sum(upload not in uploads for upload, _ in table["pictures"])
    hours = table["filters"].pop("hours")
    return Query(
        texts=tuple(Words(*one) for one in table["texts"]),
        avoid=tuple(Avoided(*one) for one in table["avoid"]),
        pictures=tuple(
            Picture(uploads[upload], weight)
            for upload, weight in table["pictures"]
            if upload in uploads
        ),
        like=tuple(item for item in table["like"] if item in items),
        unlike=tuple(item for item in table["unlike"] if item in items),
        filters=Filters(
            **{name: _frozen(value) for name, value in table["filters"].items()},
            hours=None if hours is None else Hours(**hours),
        ),
        k=table["k"],
        order=table["order"],
        grouping=None if table["grouping"] is None else Grouping(**table["grouping"]),
        notes=(f"{gone} pictures of this search have been erased since",) if gone else (),
    )


def _frozen(value: Any) -> Any:
    """Lists, which JSON makes of tuples, as tuples again."""
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
