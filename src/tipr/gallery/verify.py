"""Look through a gallery for damage, down to single flipped bits, and name what is hit."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tipr.errors import GalleryError
from tipr.gallery import index
from tipr.gallery.progress import Progress, silent
from tipr.gallery.reader import STORED
from tipr.gallery.schema import TABLES
from tipr.gallery.store import Gallery

_LENGTH = 1e-3  # how far a stored vector's length may be from one


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as it should be.

    `table` and `row` say which row of the database (row None: the file as a whole, or a derived
    file); `what` names the picture where there is one.
    """

    table: str
    row: int | None
    what: str


def verify(path: Path, *, progress: Progress | None = None) -> list[Fault]:
    """Every fault of the gallery at `path`; empty means that it is sound.

    Checked are SQLite's own structure, that rows refer to rows that exist, the checksum of every
    row, that every picture has a finite vector of length one, and the derived index.
    `progress(done, total)` counts tables.

    Raises:
        GalleryError: there is no gallery, or so little is left of it that it cannot be opened.
    """
    moved = progress or silent
    with Gallery.open(path) as gallery, gallery.snapshot():
        faults: list[Fault] = []
        steps = (_structure, _references, *(_of(table) for table in TABLES), _vectors, _derived)
        for done, step in enumerate(steps):
            moved(done, len(steps))
            try:
                faults.extend(step(gallery))
            except GalleryError as error:
                faults.append(Fault("", None, str(error)))
        moved(len(steps), len(steps))
    return list(dict.fromkeys(faults))


def _structure(gallery: Gallery) -> Iterator[Fault]:
    for (line,) in gallery.ask("PRAGMA integrity_check"):
        if line != "ok":
            yield Fault("", None, line)


def _references(gallery: Gallery) -> Iterator[Fault]:
    for table, row, parent, _ in gallery.ask("PRAGMA foreign_key_check"):
        yield Fault(table, row, f"{table} {row} refers to something in {parent} that is not there")


def _of(table: str) -> Callable[[Gallery], Iterator[Fault]]:
    def checksums(gallery: Gallery) -> Iterator[Fault]:
        for row, values in gallery.broken(table):
            yield Fault(table, row, f"{table} {row} has changed: {_named(gallery, table, values)}")

    return checksums


def _vectors(gallery: Gallery) -> Iterator[Fault]:
    active, width = gallery.active, gallery.meta.width
    for number, path in gallery.ask(
        "SELECT items.id, path FROM items LEFT JOIN files ON files.id = file WHERE NOT EXISTS "
        "(SELECT 1 FROM vectors WHERE item = items.id AND model = ?)",
        [active],
    ):
        yield Fault("items", number, f"picture {number} ({path}) has no vector")
    for row, item, vector in gallery.each(
        "SELECT rowid, item, vector FROM vectors WHERE model = ?", [active]
    ):
        values = np.frombuffer(vector, STORED) if isinstance(vector, bytes) else np.empty(0)
        with np.errstate(all="ignore"):
            length = float(np.linalg.norm(values))
        if len(values) != width or not abs(length - 1) < _LENGTH:
            yield Fault("vectors", row, f"the vector of picture {item} is no unit vector")


def _derived(gallery: Gallery) -> Iterator[Fault]:
    for what in index.check(gallery.path):
        yield Fault("", None, what)


def _named(gallery: Gallery, table: str, values: dict[str, Any]) -> str:
    """A row in the user's terms: the picture it is about, or its first columns."""
    item = values["id"] if table == "items" else values.get("item")
    if isinstance(item, int):
        found = gallery.ask(
            "SELECT path FROM files JOIN items ON files.id = file WHERE items.id = ?", [item]
        )
        if found:
            return f"picture {item} ({found[0][0]})"
    if table == "files":
        return f"file {values['path']}"
    return ", ".join(f"{name} {value!r}"[:80] for name, value in list(values.items())[:2])
