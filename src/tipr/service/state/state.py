"""The open record of the service: one writer for all who write, a connection for each who reads.

What has been written is on the disk when the call returns (WAL, synchronous FULL); who writes at
the same time shares one flush of the disk.
"""

import asyncio
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Self, TypeVar

import anyio
import anyio.to_thread

from tipr.errors import ServiceError, StorageError
from tipr.service.state.schema import CREATE, SCHEMA
from tipr.service.together import Together

FILE = "service.sqlite"
APPLICATION_ID = 0x74697073  # "tips" in ASCII: no gallery
_WAIT_S = 10.0
_AT_ONCE = 64  # writes of one transaction
_READERS = 8

Result = TypeVar("Result")
Work = Callable[[sqlite3.Connection], Result]


class State:
    """The service's record in a folder of its own; close it, or use it as a context manager."""

    def __init__(self, file: Path, db: sqlite3.Connection) -> None:
        """Not for callers: use `open`."""
        self.file = file
        self._db = db
        self._writer: Together[Work[Any], Any] = Together(
            self._write_all,
            most=_AT_ONCE,
            thread=ThreadPoolExecutor(1, thread_name_prefix="tipr-state"),
        )
        self._readers = anyio.CapacityLimiter(_READERS)

    @classmethod
    def open(cls, folder: Path, *, make: bool = True) -> Self:
        """Open the record, made anew where there is none; only its owner may read the folder.

        Raises:
            StorageError: the folder cannot be made or written to.
            ServiceError: the file is something else, or of a newer tipr; there is none, and none
                is to be made.
        """
        file = folder / FILE
        if not make and not file.is_file():
            raise ServiceError(f"{folder}: no service has kept a record here; say where: --state")
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            file.touch(mode=0o600)
        except OSError as error:
            raise StorageError(
                f"{folder}: the service cannot keep its record here ({error.strerror}); name "
                f"another folder with --state"
            ) from error
        with _in_our_words(file):
            db = _connect(file, check_same_thread=False)
            try:
                _prepare(db, file)
            except BaseException:
                db.close()
                raise
        return cls(file, db)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Write what is still to be written, then close the file."""
        self._writer.close()
        self._db.close()

    def write(self, work: Work[Result]) -> "Future[Result]":
        """All of the work or nothing of it; done once it is on the disk."""
        return self._writer.ask(work)

    async def written(self, work: Work[Result]) -> Result:
        """As `write`, for those who await."""
        return await asyncio.wrap_future(self.write(work))

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that reads one and the same state."""
        with _in_our_words(self.file), closing(_connect(self.file)) as db:
            db.execute("PRAGMA query_only = ON")
            db.execute("BEGIN")
            yield db

    async def read(self, work: Work[Result]) -> Result:
        """Answer a question in a thread."""

        def answer() -> Result:
            with self.reading() as db:
                return work(db)

        return await anyio.to_thread.run_sync(answer, limiter=self._readers)

    def empty_log(self) -> None:
        """Empty the write-ahead log: what was erased must not live on in it."""
        with _in_our_words(self.file), closing(_connect(self.file)) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _write_all(self, works: Sequence[Work[Any]]) -> list[Any]:
        """One transaction, in which each work may fail by itself."""
        with _in_our_words(self.file):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                given = [_tried(partial(work, self._db), self._db) for work in works]
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:  # after some faults SQLite has already rolled back
                    self._db.rollback()
                raise
        return given


def _tried(work: Callable[[], Result], db: sqlite3.Connection) -> Result | Exception:
    db.execute("SAVEPOINT one")
    try:
        given = work()
    except Exception as error:
        if not db.in_transaction:  # a full disk ends the whole transaction
            raise
        db.execute("ROLLBACK TO one")
        given = error
    db.execute("RELEASE one")
    return given


def _connect(file: Path, *, check_same_thread: bool = True) -> sqlite3.Connection:
    db = sqlite3.connect(
        file, timeout=_WAIT_S, isolation_level=None, check_same_thread=check_same_thread
    )
    db.execute("PRAGMA foreign_keys = ON")
    return db


def _prepare(db: sqlite3.Connection, file: Path) -> None:
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA secure_delete = ON")  # erased words are overwritten
    db.execute("BEGIN IMMEDIATE")
    (application,) = db.execute("PRAGMA application_id").fetchone()
    (schema,) = db.execute("PRAGMA user_version").fetchone()
    if application == 0 and not db.execute("SELECT 1 FROM sqlite_master").fetchone():
        for statement in CREATE:
            db.execute(statement)
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute(f"PRAGMA user_version = {SCHEMA}")
    elif application != APPLICATION_ID:
        raise ServiceError(f"{file}: is not a service's record; name another folder with --state")
    elif schema > SCHEMA:
        raise ServiceError(
            f"{file}: made by a newer tipr (schema {schema}, this one knows {SCHEMA}); update tipr"
        )
    db.execute("COMMIT")
    os.chmod(file, 0o600)  # noqa: PTH101 - also where it was there before


@contextmanager
def _in_our_words(file: Path) -> Iterator[None]:
    """SQLite's faults as TiprErrors; a record that cannot be written stops what it records."""
    try:
        yield
    except sqlite3.IntegrityError:
        raise  # a caller's matter
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", None)
        if code is None:  # a fault in our own calls, not of the file
            raise
        if code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise ServiceError(
                f"{file}: damaged ({error}); put a copy in its place, or start with another --state"
            ) from error
        raise StorageError(
            f"{file}: the service cannot keep its record ({error}); free some space or check the "
            f"permissions"
        ) from error
