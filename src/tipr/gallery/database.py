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
        db = _new(file)
        try:
            with transaction(db):
                _make_tables(db)
                insert(db, "models", id=1, **model)
                for key, value in {"model": "1", **meta}.items():
                    insert(db, "meta", key=key, value=value)
            db.execute("PRAGMA journal_mode = WAL")  # readers go on while one process writes
            _prepare(db, write=True)
        except BaseException:
            db.close()
            raise
    return db


def empty(file: Path) -> sqlite3.Connection:
    """A new file with the tables and nothing in them, not even a description."""
    with in_our_words(file):
        db = _new(file)
        try:
            with transaction(db):
                _make_tables(db)
            _prepare(db, write=True)
        except BaseException:
            db.close()
            raise
    return db


def leave_log(db: sqlite3.Connection, file: Path) -> None:
    """Put everything into the file itself, so that it can be replaced.

    Raises:
        GalleryBusyError: somebody else has it open, and would go on with the old file's log.
    """
    try:
        (mode,) = db.execute("PRAGMA journal_mode = DELETE").fetchone()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF not in _BUSY:
            raise
        mode = "wal"
    if mode != "delete":
        raise GalleryBusyError(
            f"{file}: another program has this gallery open; close it and run this again"
        )


def connect(file: Path, *, write: bool, alone: bool = True) -> sqlite3.Connection:
    """Open an existing gallery file and make sure that it is one.

    A file of an older tipr is brought up to date when it is opened for writing by whoever is the
    only writer, `alone`.

    Raises:
        GalleryError: it is no gallery, of a newer tipr, damaged, or of an older tipr and not to be
            brought up to date.
    """
    with in_our_words(file):
        db = sqlite3.connect(
            _address(file, write=write), uri=True, timeout=_WAIT_S, isolation_level=None
        )
        try:
            schema = _recognise(db, file)
            _prepare(db, write=write)
            if schema != SCHEMA:
                _upgrade(db, file, schema, write=write and alone)
        except BaseException:
            db.close()
            raise
    return db


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All of the block or nothing of it."""
    db.execute("BEGIN IMMEDIATE")
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
    except UnicodeDecodeError as error:  # SQLite quotes a damaged name in its own message
        raise _damaged(file, error) from error


def _new(file: Path) -> sqlite3.Connection:
    db = sqlite3.connect(file, timeout=_WAIT_S, isolation_level=None)
    db.execute(f"PRAGMA page_size = {PAGE}")
    return db


def _make_tables(db: sqlite3.Connection) -> None:
    for statement in CREATE:
        db.execute(statement)
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.execute(f"PRAGMA user_version = {SCHEMA}")


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
        return _damaged(file, error)
    return None


def _damaged(file: Path, error: Exception) -> GalleryError:
    return GalleryError(
        f"{file}: damaged or not a gallery ({error}); try 'tipr gallery repair {file.parent}', "
        f"restore a copy, or index the pictures again into another folder"
    )


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
    db.text_factory = _text
    db.execute("PRAGMA foreign_keys = ON")
    if write:
        db.execute("PRAGMA secure_delete = ON")  # what is removed is overwritten, not just unlinked
    else:
        db.execute("PRAGMA query_only = ON")


def _text(content: bytes) -> str:
    """A flipped bit may break a text's UTF-8: it is still read, and `verify` names its row."""
    return content.decode(errors="surrogateescape")
