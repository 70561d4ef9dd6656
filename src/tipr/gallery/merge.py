"""Several galleries of one model into one new gallery."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tipr.errors import FingerprintError, GalleryError
from tipr.gallery import method, place, rows
from tipr.gallery.schema import TABLES
from tipr.gallery.store import Gallery

_COPIED = tuple(table for table in TABLES if table not in ("meta", "models", "forgotten"))
_POINTS_TO = {
    "source": "sources",
    "file": "files",
    "item": "items",
    "upload": "uploads",
    "search": "searches",
}
"""Which table a column's numbers are of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """`pictures` in the new gallery; `forgotten` that were kept out of an old one and of this
    one are not (their digests are keyed by the gallery)."""

    pictures: int
    forgotten: int


def merge(galleries: Sequence[Path], goal: Path) -> Merged:
    """Make a gallery at `goal` that holds what `galleries` hold; those stay as they are.

    Pictures get new ids. Feedback, uploads and saved searches come along (a search whose name is
    taken gets a number), calibration and half-built models do not.

    Raises:
        GalleryError: fewer than two are given, one is missing, or their folders overlap.
        FingerprintError: they were built with different models.
        StorageError: the disk is full; nothing is left at `goal`.
    """
    if len(galleries) < 2:
        raise GalleryError("give at least two galleries to merge")
    place.require_free(goal)
    with Gallery.open(galleries[0]) as first:
        meta = first.meta
    new = Gallery.create(
        goal,
        fingerprint=meta.fingerprint,
        model=meta.model,
        width=meta.width,
        image_size=meta.image_size,
    )
    finished = False
    forgotten = 0
    try:
        with new.written() as db:
            for path in galleries:
                with Gallery.open(path) as old, old.snapshot():
                    if old.meta.fingerprint != meta.fingerprint:
                        raise FingerprintError(
                            f"{path}: built with another model than {galleries[0]}; change one "
                            f"over with 'tipr gallery switch'"
                        )
                    forgotten += old.ask("SELECT count(*) FROM forgotten")[0][0]
                    _copy(old, new, db)
        finished = True
        return Merged(pictures=len(new), forgotten=forgotten)
    finally:
        if finished:
            new.close()
        else:
            new.discard()


def _copy(old: Gallery, new: Gallery, db: sqlite3.Connection) -> None:
    for (root,) in old.ask("SELECT root FROM sources"):
        new.require_apart(Path(root))
        method.copy(old, db, Path(root))
    shift = {
        table: rows.next_id(db, table) - 1
        for table in (*_POINTS_TO.values(), "feedback", "exports")
    }
    for table in _COPIED:
        names = rows.columns(db, table)
        of_model = f" WHERE model = {old.active}" if table == "vectors" else ""
        for values in old.each(f"SELECT {', '.join(names)} FROM {table}{of_model}"):
            row: dict[str, Any] = dict(zip(names, values, strict=True))
            for name, value in row.items():
                target = table if name == "id" else _POINTS_TO.get(name)
                if target is not None and value is not None:
                    row[name] = value + shift[target]
            if table == "vectors":
                row["model"] = new.active
            if table == "searches":
                row["name"] = _free_name(new, row["name"])
            rows.insert(db, table, **row)


def _free_name(gallery: Gallery, name: str) -> str:
    taken = {one for (one,) in gallery.ask("SELECT name FROM searches")}
    free, number = name, 2
    while free in taken:
        free, number = f"{name} ({number})", number + 1
    return free
