"""Make a damaged gallery sound again: what cannot be trusted goes, everything else is kept.

What goes is named; indexing the same folder again reads those pictures anew.
"""

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tipr.errors import GalleryError, StorageError
from tipr.gallery import database, index, place, rows
from tipr.gallery.schema import TABLES
from tipr.gallery.store import Gallery

_DRAFT = ".repaired.part"


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """`kept` rows were copied; `lost` names what was not; `pictures` is what the gallery holds."""

    kept: int
    lost: tuple[str, ...]
    pictures: int


def repair(path: Path) -> Repaired:
    """Copy every sound row of the gallery at `path` into a new file, which takes its place.

    A gallery of an older tipr is brought up to date. The old file is replaced in one act, once
    the new one is complete; before that nothing is changed. The derived index is made anew with
    the next search.

    Raises:
        GalleryError: no gallery, or the rows that describe it and its model are damaged.
        GalleryBusyError: another process has it open.
        StorageError: the disk is full.
    """
    file = path / place.DATABASE
    if not place.is_gallery(path):
        raise GalleryError(f"{path}: no gallery in this folder; there is nothing to repair")
    draft = path / _DRAFT
    with ExitStack() as locks:  # what anybody wrote to the old file meanwhile would be lost
        for lock in (place.lock, place.lock_remarks):
            locks.callback(lock(path).release)
        try:
            draft.unlink(missing_ok=True)
            with database.in_our_words(file):
                kept, lost = _copy(file, draft)
            index.drop(path)
            draft.replace(file)
        except OSError as error:
            raise StorageError(f"{path}: cannot be repaired ({error.strerror})") from error
        finally:
            draft.unlink(missing_ok=True)
    with Gallery.open(path) as gallery:
        return Repaired(kept=kept, lost=tuple(lost), pictures=len(gallery))


def _copy(file: Path, draft: Path) -> tuple[int, list[str]]:
    """(rows copied, what was lost); what depends on a lost row is lost as well."""
    old = database.connect(file, write=True)  # which also brings an older gallery up to date
    try:
        database.leave_log(old, file)
        new = database.empty(draft)
        try:
            with database.transaction(new):
                found = _Rows(old, new)
                for table in TABLES:
                    found.copy(table)
                found.finish(file)
            new.execute("PRAGMA journal_mode = WAL")
        finally:
            new.close()
    finally:
        old.close()
    return found.kept, found.lost


class _Rows:
    """The rows of one database on their way into another."""

    def __init__(self, old: sqlite3.Connection, new: sqlite3.Connection) -> None:
        self.old, self.new = old, new
        self.kept = 0
        self.lost: list[str] = []
        self.maimed: set[int] = set()
        """Pictures that lost something without which they are not what they were."""

    def copy(self, table: str) -> None:
        names = rows.columns(self.old, table)
        for row, values, sound in self._readable(table, names):
            named = dict(zip(names, values, strict=True))
            if sound and self._stored(table, named):
                self.kept += 1
                continue
            why = "it belongs to a row that is lost" if sound else "its content has changed"
            self.lost.append(f"{table} {row}: {why}")
            if table in ("attributes", "vectors") and isinstance(named["item"], int):
                self.maimed.add(named["item"])

    def finish(self, file: Path) -> None:
        """Leave nothing that only half is there, and give no id twice."""
        model = _require_description(self.new, file)
        self.maimed.update(
            item
            for (item,) in self.new.execute(
                "SELECT id FROM items WHERE id NOT IN (SELECT item FROM vectors WHERE model = ?)",
                [model],
            )
        )
        for item in sorted(self.maimed):
            found = self.new.execute(
                "SELECT file, path FROM items JOIN files ON files.id = file WHERE items.id = ?",
                [item],
            ).fetchone()
            if found is not None:
                self.lost.append(f"picture {item} ({found[1]}): index its folder again")
                self.new.execute("DELETE FROM files WHERE id = ?", [found[0]])
        rows.change(self.new, "meta", "key = 'generation'", (), value=secrets.token_hex(16))
        for table, used in self.old.execute("SELECT name, seq FROM sqlite_sequence").fetchall():
            self.new.execute("DELETE FROM sqlite_sequence WHERE name = ?", [table])
            self.new.execute("INSERT INTO sqlite_sequence VALUES (?, ?)", [table, used])

    def _stored(self, table: str, values: dict[str, Any]) -> bool:
        try:
            rows.insert(self.new, table, **values)
        except sqlite3.IntegrityError:
            return False
        return True

    def _readable(self, table: str, names: list[str]) -> Iterator[tuple[int, list[Any], bool]]:
        """(rowid, values, whether they agree with their checksum); broken pages are stepped over.

        By rowid, never by an index, which may be broken on its own.
        """
        last, gap = 0, 0
        question = (
            f"SELECT rowid, {', '.join(names)}, checksum FROM {table} NOT INDEXED "
            "WHERE rowid > ? ORDER BY rowid"
        )
        highest = self._highest(table)
        while True:
            try:
                for row, *values, expected in self.old.execute(question, [last]):
                    gap = self._told(table, gap, last)
                    last = row
                    yield row, values, rows.checksum(*values) == expected
                break
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError):
                    raise
                gap = gap or last + 1
                last += 1
                if last > highest:
                    break
        self._told(table, gap, last)

    def _told(self, table: str, gap: int, last: int) -> int:
        if gap:
            self.lost.append(f"{table} {gap} to {last}: on a page that cannot be read")
        return 0

    def _highest(self, table: str) -> int:
        try:
            return self.old.execute(f"SELECT coalesce(max(rowid), 0) FROM {table}").fetchone()[0]
        except sqlite3.DatabaseError:
            return 0


def _require_description(db: sqlite3.Connection, file: Path) -> int:
    """The active model's number, where enough is left to say which model it is."""
    told = dict(db.execute("SELECT key, value FROM meta"))
    known = {str(number) for (number,) in db.execute("SELECT id FROM models")}
    if {"model", "created", "version", "secret", "generation"} - told.keys() or (
        told["model"] not in known
    ):
        raise GalleryError(
            f"{file}: its own description is damaged, so its vectors mean nothing; restore a copy "
            f"or index the pictures again into another folder"
        )
    return int(told["model"])
