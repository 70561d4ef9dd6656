"""A picture that somebody searched with, kept in the gallery with what refers to it."""

import io
import sqlite3
from pathlib import Path

from tipr.errors import GalleryError
from tipr.gallery import rows
from tipr.gallery.reader import Reader
from tipr.gallery.wallclock import now_utc

QUALITY = 95


def keep(db: sqlite3.Connection, source: Path | bytes) -> int:
    """Store a picture, without what a camera wrote into its file; returns its number.

    `db` is that of `Gallery.written`. The picture is saved as JPEG, so its vector may differ a
    little from the one it was searched with.

    Raises:
        PictureError: it cannot be read.
    """
    from tipr.inputs import image  # a search with words does without Pillow

    content = io.BytesIO()
    image.read(source, name="" if isinstance(source, Path) else "the picture to keep").save(
        content, "JPEG", quality=QUALITY
    )
    number = rows.next_id(db, "uploads")
    rows.insert(db, "uploads", id=number, made=now_utc(), jpeg=content.getvalue())
    return number


def kept(gallery: Reader, number: int) -> bytes:
    """The JPEG of a kept picture.

    Raises:
        GalleryError: it has been erased.
    """
    found = gallery.ask("SELECT jpeg FROM uploads WHERE id = ?", [number])
    if not found:
        raise GalleryError(f"{gallery.path}: the kept picture {number} has been erased")
    return found[0][0]


def drop_unused(db: sqlite3.Connection) -> None:
    """Erase kept pictures that no saved search and no feedback refers to any more."""
    db.execute(
        "DELETE FROM uploads WHERE id NOT IN (SELECT upload FROM examples WHERE upload IS NOT NULL "
        "UNION SELECT upload FROM feedback WHERE upload IS NOT NULL)"
    )
