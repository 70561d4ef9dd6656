"""How a folder's files are looked at: all of them in one way, which the gallery remembers."""

import sqlite3
from pathlib import Path

from tipr.errors import GalleryError
from tipr.gallery import rows
from tipr.gallery.reader import Reader
from tipr.gallery.store import Gallery


def require(gallery: Gallery, root: Path, method: str, *, known: bool) -> None:
    """Remember the way in which a folder is read; refuse another one while it is `known`.

    Raises:
        GalleryError: files of this folder were read in another way.
    """
    key = _key(root)
    found = gallery.ask("SELECT value FROM meta WHERE key = ?", [key])
    before = found[0][0] if found else None
    if before == method:
        return
    if known and before is not None:
        raise GalleryError(
            f"{root}: {gallery.path} holds {before} of it, and now it would hold {method}; give "
            f"the same options as before, or make another gallery"
        )
    with gallery.written(content=False) as db:
        if found:
            rows.change(db, "meta", "key = ?", (key,), value=method)
        else:
            rows.insert(db, "meta", key=key, value=method)


def copy(old: Reader, db: sqlite3.Connection, root: Path) -> None:
    """Let another gallery, which did not know this folder, remember how it was read here."""
    for (value,) in old.ask("SELECT value FROM meta WHERE key = ?", [_key(root)]):
        rows.insert(db, "meta", key=_key(root), value=value)


def drop(db: sqlite3.Connection, root: Path) -> None:
    """Forget how a folder was read."""
    db.execute("DELETE FROM meta WHERE key = ?", [_key(root)])


def _key(root: Path) -> str:
    return f"method of {root}"
