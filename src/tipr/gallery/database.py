"""The SQLite file of a gallery: its tables, how it is opened, its faults in our words."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tipr.errors import GalleryBusyError, GalleryError, StorageError, TiprError

APPLICATION_ID = 0x74697072  # "tipr" in ASCII: tells our files from everybody else's
SCHEMA = 1

TABLES = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
    "CREATE TABLE sources (id INTEGER PRIMARY KEY AUTOINCREMENT, root TEXT NOT NULL UNIQUE)",
    # AUTOINCREMENT: the id of a removed picture is never given to another one.
    """CREATE TABLE items (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        source INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
        path TEXT NOT NULL,
        size INTEGER NOT NULL,
        mtime_ns INTEGER NOT NULL,
        vector BLOB NOT NULL,
        checksum INTEGER NOT NULL,
        UNIQUE (source, path))""",
    """CREATE TABLE skipped (
        source INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
        path TEXT NOT NULL,
        size INTEGER NOT NULL,
        mtime_ns INTEGER NOT NULL,
        reason TEXT NOT NULL,
        PRIMARY KEY (source, path))""",
)

_WAIT_S = 10.0
_FULL_OR_FORBIDDEN = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
}
_BROKEN = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def create(file: Path, meta: dict[str, str]) -> sqlite3.Connection:
    """Make the tables in a new file; before the one transaction ends the file is empty.

    Raises:
        StorageError: the disk is full or the folder not writable.
    """
    with in_our_words(file):
        db = sqlite3.connect(file, timeout=_WAIT_S, isolation_level=None)
        try:
            with transaction(db):
                for table in TABLES:
                    db.execute(table)
                db.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
                db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                db.execute(f"PRAGMA user_version = {SCHEMA}")
            db.execute("PRAGMA journal_mode = WAL")  # readers go on while one process writes
            _prepare(db, write=True)
        except BaseException:
            db.close()
            raise
    return db


def connect(file: Path, *, write: bool) -> sqlite3.Connection:
    """Open an existing gallery file and make sure that it is one.

    Raises:
        GalleryError: it is no gallery, of a newer tipr, or damaged.
    """
    with in_our_words(file):
        db = sqlite3.connect(
            _address(file, write=write), uri=True, timeout=_WAIT_S, isolation_level=None
        )
        try:
            _recognise(db, file)
            _prepare(db, write=write)
        except BaseException:
            db.close()
            raise
    return db


@contextmanager
def transaction(db: sqlite3.Connection, kind: str = "IMMEDIATE") -> Iterator[None]:
    """All of the block or nothing of it."""
    db.execute(f"BEGIN {kind}")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:  # after some faults SQLite has already rolled back
            db.rollback()
        raise


@contextmanager
def in_our_words(file: Path) -> Iterator[None]:
    """Turn SQLite's errors into a TiprError that names the file and the remedy."""
    try:
        yield
    except sqlite3.Error as error:
        ours = _translated(file, error)
        if ours is None:
            raise
        raise ours from error


def _translated(file: Path, error: sqlite3.Error) -> TiprError | None:
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return None
    if code & 0xFF in _FULL_OR_FORBIDDEN:
        return StorageError(
            f"{file}: cannot be written ({error}); free some space or check the permissions and "
            f"run again: what was finished before is kept"
        )
    if code & 0xFF in _BUSY:
        return GalleryBusyError(f"{file}: another process is writing to it; try again later")
    if code & 0xFF in _BROKEN:
        return GalleryError(
            f"{file}: damaged or not a gallery ({error}); restore a copy of the gallery or index "
            f"the pictures again into another folder"
        )
    return None


def _address(file: Path, *, write: bool) -> str:
    address = file.absolute().as_uri()
    if not write and not os.access(file.parent, os.W_OK):
        # A reader of a WAL file writes a small shared-memory file beside it. On a read-only
        # medium that is impossible, and unnecessary too, as nobody changes the file there.
        return f"{address}?mode=ro&immutable=1"
    return f"{address}?mode=rw"


def _recognise(db: sqlite3.Connection, file: Path) -> None:
    (application,) = db.execute("PRAGMA application_id").fetchone()
    (schema,) = db.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION_ID:
        raise GalleryError(
            f"{file}: this database is not a tipr gallery; "
            f"give the folder of a gallery made with 'tipr index'"
        )
    if schema != SCHEMA:
        raise GalleryError(
            f"{file}: made by a newer tipr (schema {schema}, this one knows {SCHEMA}); update tipr"
        )


def _prepare(db: sqlite3.Connection, *, write: bool) -> None:
    db.execute("PRAGMA foreign_keys = ON")
    if write:
        db.execute("PRAGMA secure_delete = ON")  # what is removed is overwritten, not just unlinked
    else:
        db.execute("PRAGMA query_only = ON")
