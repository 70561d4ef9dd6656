"""The gallery's record of which pictures it holds, with their vectors, in one SQLite file.

A gallery is a directory: `gallery.sqlite` is everything of record; `index.faiss` beside it is
derived and can be deleted at any time. The pictures themselves stay where they are.

Shape legend: N pictures, D the encoder's width.
"""

import secrets
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import filelock
import numpy as np
from numpy.typing import NDArray

from tipr import __version__
from tipr.encoder.protocol import Vectors
from tipr.errors import FingerprintError, GalleryError, StorageError
from tipr.gallery import database, place
from tipr.gallery.scan import File

_STORED = np.dtype("<f4")  # little-endian on every machine: a gallery can be copied anywhere


@dataclass(frozen=True, slots=True, kw_only=True)
class Meta:
    """What a gallery knows of its origin.

    `model` is where the model was found, `width` its D, `image_size` (height, width) in pixels,
    `created` a UTC time in ISO 8601, `version` that of the tipr which made it.
    """

    fingerprint: str
    model: str
    width: int
    image_size: tuple[int, int]
    created: str
    version: str


@dataclass(frozen=True, slots=True)
class Item:
    """An indexed picture; `path` is absolute, `id` is never given to another picture."""

    id: int
    path: Path
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that could not be read; it is tried again when it changes."""

    path: Path
    reason: str


class Gallery:
    """An open gallery; close it, or use it as a context manager.

    Opened for writing it keeps every other writer out until it is closed; readers are free, and
    see what was last committed.
    """

    def __init__(
        self, path: Path, db: sqlite3.Connection, lock: filelock.BaseFileLock | None
    ) -> None:
        """Not for callers: use `create` or `open`."""
        self.path = path
        self._db = db
        self._lock = lock

    @classmethod
    def create(
        cls, path: Path, *, fingerprint: str, model: str, width: int, image_size: tuple[int, int]
    ) -> Self:
        """Make an empty gallery, open for writing, in a new or empty folder.

        Raises:
            GalleryError: something else is there already.
            GalleryBusyError: another process is making it at this moment.
            StorageError: the folder cannot be written.
        """
        place.require_free(path)
        meta = {
            "fingerprint": fingerprint,
            "model": model,
            "width": str(width),
            "image_height": str(image_size[0]),
            "image_width": str(image_size[1]),
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "version": __version__,
            "generation": secrets.token_hex(16),
        }
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"{path}: cannot be created ({error.strerror})") from error
        lock = place.lock(path)
        try:
            place.require_free(path)  # another process may have made one before we had the lock
            return cls(path, database.create(path / place.DATABASE, meta), lock)
        except BaseException:
            lock.release()
            raise

    @classmethod
    def open(cls, path: Path, *, write: bool = False) -> Self:
        """Open an existing gallery.

        Raises:
            GalleryError: there is none, it is of a newer tipr, or damaged.
            GalleryBusyError: opened for writing while another process writes.
        """
        if not place.is_gallery(path):
            what = "no gallery in this folder" if path.is_dir() else "no such gallery"
            raise GalleryError(f"{path}: {what}; make one with 'tipr index MODEL FOLDER {path}'")
        lock = place.lock(path) if write else None
        try:
            return cls(path, database.connect(path / place.DATABASE, write=write), lock)
        except BaseException:
            if lock is not None:
                lock.release()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file and let other writers in; doing it twice does no harm."""
        try:
            if self._lock is not None and self._lock.is_locked:
                # What was removed must not live on in the write-ahead log.
                with self._told():
                    self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            self._db.close()
            if self._lock is not None:
                self._lock.release()

    def discard(self) -> None:
        """Close a gallery that holds no picture and delete its files; one that holds any stays."""
        if self._lock is None or len(self):
            self.close()
            return
        self._db.close()
        try:  # still the only writer, so nobody's gallery can be in these files
            for name in place.OURS:
                (self.path / name).unlink(missing_ok=True)
            if not any(self.path.iterdir()):
                self.path.rmdir()
        finally:
            self._lock.release()

    # --- reading ---------------------------------------------------------------------------

    @property
    def meta(self) -> Meta:
        """Which model made it, and when."""
        with self._told():
            rows = dict(self._db.execute("SELECT key, value FROM meta"))
        try:
            return Meta(
                fingerprint=rows["fingerprint"],
                model=rows["model"],
                width=int(rows["width"]),
                image_size=(int(rows["image_height"]), int(rows["image_width"])),
                created=rows["created"],
                version=rows["version"],
            )
        except (KeyError, ValueError) as error:
            raise self._damaged(f"its description lacks {error}") from error

    @property
    def generation(self) -> str:
        """A random word that is new after every change; equal words mean equal content."""
        with self._told():
            row = self._db.execute("SELECT value FROM meta WHERE key = 'generation'").fetchone()
        if row is None:
            raise self._damaged("its description lacks 'generation'")
        return row[0]

    def __len__(self) -> int:
        with self._told():
            return self._db.execute("SELECT count(*) FROM items").fetchone()[0]

    def require_model(self, fingerprint: str) -> None:
        """Refuse a model whose vectors cannot be compared with those in the gallery.

        Raises:
            FingerprintError: the gallery was built by another model.
        """
        meta = self.meta
        if meta.fingerprint != fingerprint:
            raise FingerprintError(
                f"{self.path}: built with another model (fingerprint {meta.fingerprint[:12]}, the "
                f"model at hand has {fingerprint[:12]}); take the original model ({meta.model}), "
                f"or index the pictures with this one into another gallery folder"
            )

    def snapshot(self) -> AbstractContextManager[None]:
        """Several reads of one and the same state, whatever a writer does meanwhile."""
        return nullcontext() if self._db.in_transaction else self._snapshot()

    def vectors(self) -> tuple[NDArray[np.int64], Vectors]:
        """All ids (N,) in ascending order, which is gallery order, and their vectors (N, D).

        Raises:
            GalleryError: a row does not match its checksum.
        """
        with self.snapshot(), self._told():
            width = self.meta.width
            ids_N = np.empty(len(self), np.int64)
            vectors_ND = np.empty((len(self), width), np.float32)
            rows = self._db.execute("SELECT id, path, vector, checksum FROM items ORDER BY id")
            for row, (number, path, vector, checksum) in enumerate(rows):
                if len(vector) != width * _STORED.itemsize or _checksum(path, vector) != checksum:
                    raise self._damaged(f"the vector of picture {number} ({path}) has changed")
                ids_N[row] = number
                vectors_ND[row] = np.frombuffer(vector, _STORED)
        return ids_N, vectors_ND

    def items(self, ids: Sequence[int]) -> dict[int, Item]:
        """The pictures of these ids, by id; ids that are not there are left out."""
        found: dict[int, Item] = {}
        with self.snapshot(), self._told():
            for start in range(0, len(ids), 500):  # SQLite bounds the number of variables
                some = [int(number) for number in ids[start : start + 500]]
                rows = self._db.execute(
                    "SELECT items.id, root, path, size, mtime_ns FROM items JOIN sources "
                    f"ON sources.id = source WHERE items.id IN ({','.join('?' * len(some))})",
                    some,
                )
                for number, root, path, size, mtime_ns in rows:
                    found[number] = Item(number, Path(root) / path, size, mtime_ns)
        return found

    def skipped(self, folder: Path | None = None) -> list[Skipped]:
        """The files that could not be read, of one indexed folder or of all, sorted by path."""
        with self._told():
            rows = self._db.execute(
                "SELECT root, path, reason FROM skipped JOIN sources ON sources.id = source "
                "WHERE ? IS NULL OR root = ? ORDER BY root, path",
                [None if folder is None else str(folder)] * 2,
            )
            return [Skipped(Path(root) / path, reason) for root, path, reason in rows]

    def known(self, folder: Path) -> tuple[dict[str, File], dict[str, File]]:
        """(indexed, skipped) files of a folder by path, as they were when they were read."""
        with self.snapshot(), self._told():
            indexed, skipped = (
                {
                    path: File(path, size, mtime_ns)
                    for path, size, mtime_ns in self._db.execute(
                        f"SELECT path, size, mtime_ns FROM {table} JOIN sources "
                        "ON sources.id = source WHERE root = ? ORDER BY path",
                        [str(folder)],
                    )
                }
                for table in ("items", "skipped")
            )
        return indexed, skipped

    # --- writing: each call is one transaction -------------------------------------------------

    def add(
        self,
        folder: Path,
        files: Sequence[File],
        vectors_ND: Vectors,
        skipped: Sequence[tuple[File, str]] = (),
    ) -> None:
        """Store files of a folder with their vectors, and the unreadable ones with the reason.

        A file that was there before is replaced and gets a new id: an id in an old log never
        shows another picture.

        Raises:
            GalleryError: the folder lies in, or contains, another folder of this gallery.
            StorageError: the disk is full; nothing of this call was stored.
        """
        if vectors_ND.shape != (len(files), self.meta.width):
            raise ValueError(
                f"{len(files)} files need vectors {(len(files), self.meta.width)}, "
                f"found {vectors_ND.shape}"
            )
        with self._written():
            source = self._source(folder)
            self._delete(source, [file.path for file in [*files, *(file for file, _ in skipped)]])
            for file, vector in zip(files, vectors_ND, strict=True):
                blob = vector.astype(_STORED).tobytes()
                self._db.execute(
                    "INSERT INTO items (source, path, size, mtime_ns, vector, checksum) "
                    "VALUES (?, ?, ?, ?, ?, ?)",
                    (
                        source,
                        file.path,
                        file.size,
                        file.mtime_ns,
                        blob,
                        _checksum(file.path, blob),
                    ),
                )
            for file, reason in skipped:
                self._db.execute(
                    "INSERT INTO skipped VALUES (?, ?, ?, ?, ?)",
                    (source, file.path, file.size, file.mtime_ns, reason),
                )

    def remove(self, folder: Path, paths: Sequence[str]) -> None:
        """Erase files of a folder, indexed or skipped; paths that are not there are ignored."""
        with self._written():
            self._delete(self._source(folder), paths)

    def set_model(self, location: str) -> None:
        """Remember where the model is now."""
        with self._written():
            self._db.execute("UPDATE meta SET value = ? WHERE key = 'model'", [location])

    # --- below ---------------------------------------------------------------------------------

    @contextmanager
    def _written(self) -> Iterator[None]:
        if self._lock is None:
            raise ValueError("this gallery was opened for reading; open it with write=True")
        with self._told(), database.transaction(self._db):
            yield
            self._db.execute(
                "UPDATE meta SET value = ? WHERE key = 'generation'", [secrets.token_hex(16)]
            )

    @contextmanager
    def _snapshot(self) -> Iterator[None]:
        with self._told(), database.transaction(self._db, "DEFERRED"):
            yield

    def _told(self) -> AbstractContextManager[None]:
        return database.in_our_words(self.path / place.DATABASE)

    def _damaged(self, what: str) -> GalleryError:
        return GalleryError(
            f"{self.path}: damaged: {what}; restore a copy of the gallery or index the pictures "
            f"again into another folder"
        )

    def _source(self, folder: Path) -> int:
        """The number of an indexed folder, which is remembered if it is new."""
        roots = {
            Path(root): number for number, root in self._db.execute("SELECT id, root FROM sources")
        }
        if folder in roots:
            return roots[folder]
        for root in roots:
            if folder.is_relative_to(root) or root.is_relative_to(folder):
                raise GalleryError(
                    f"{folder}: overlaps with {root}, which {self.path} already holds, and its "
                    f"pictures would be found twice; index {root}, or take another gallery folder"
                )
        self._db.execute("INSERT INTO sources (root) VALUES (?)", [str(folder)])
        return self._db.execute("SELECT last_insert_rowid()").fetchone()[0]

    def _delete(self, source: int, paths: Sequence[str]) -> None:
        for table in ("items", "skipped"):
            self._db.executemany(
                f"DELETE FROM {table} WHERE source = ? AND path = ?",
                [(source, path) for path in paths],
            )


def _checksum(path: str, vector: bytes) -> int:
    return zlib.crc32(vector, zlib.crc32(path.encode()))
