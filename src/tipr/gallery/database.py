"""The SQLite file of a gallery: its tables, how it is opened, its faults in our words."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tipr.errors import GalleryBusyError, GalleryError, StorageError, TiprError
from tipr.gallery.rows import Value, insert
from tipr.gallery.schema import CREATE, SCHEMA, upgrade

APPLICATION_ID = 0x74697072  # "tipr" in ASCII: tells our files from everybody else's
PAGE = 16384  # seven float32 vectors of 512 fit; on 4096 bytes one would, with half a page empty
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


def create(file: Path, meta: dict[str, str], model: dict[str, Value]) -> sqlite3.Connection:
    """Make the tables in a new file; before the one transaction ends the file is empty.

    Raises:
        StorageError: the disk is full or the folder not writable.
    """
    with in_our_words(file):
        db = sqlite3.connect(file, timeout=_WAIT_S, isolation_level=None)
        try:
            db.execute(f"PRAGMA page_size = {PAGE}")
            with transaction(db):
                for statement in CREATE:
                    db.execute(statement)
                insert(db, "models", id=1, **model)
                for key, value in {"model": "1", **meta}.items():
                    insert(db, "meta", key=key, value=value)
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

    A file of an older tipr is brought up to date when it is opened for writing.

    Raises:
        GalleryError: it is no gallery, of a newer tipr, damaged, or of an older tipr and opened
            for reading.
    """
    with in_our_words(file):
        db = sqlite3.connect(
            _address(file, write=write), uri=True, timeout=_WAIT_S, isolation_level=None
        )
        try:
            schema = _recognise(db, file)
            _prepare(db, write=write)
            if schema != SCHEMA:
                _upgrade(db, file, schema, write=write)
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


def _recognise(db: sqlite3.Connection, file: Path) -> int:
    """The schema of a gallery's file."""
    (application,) = db.execute("PRAGMA application_id").fetchone()
    (schema,) = db.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION_ID:
        raise GalleryError(
            f"{file}: this database is not a tipr gallery; "
            f"give the folder of a gallery made with 'tipr index'"
        )
    if schema > SCHEMA:
        raise GalleryError(
            f"{file}: made by a newer tipr (schema {schema}, this one knows {SCHEMA}); update tipr"
        )
    return schema


def _upgrade(db: sqlite3.Connection, file: Path, schema: int, *, write: bool) -> None:
    if not write:
        raise GalleryError(
            f"{file}: made by an older tipr (schema {schema}, this one reads {SCHEMA}); bring it "
            f"up to date once with 'tipr gallery repair {file.parent}'"
        )
    with transaction(db):
        try:
            upgrade(db, schema)
        except GalleryError as error:
            raise GalleryError(f"{file}: cannot be brought up to date: {error}") from error


def _prepare(db: sqlite3.Connection, *, write: bool) -> None:
    db.execute("PRAGMA foreign_keys = ON")
    if write:
        db.execute("PRAGMA secure_delete = ON")  # what is removed is overwritten, not just unlinked
    else:
        db.execute("PRAGMA query_only = ON")
