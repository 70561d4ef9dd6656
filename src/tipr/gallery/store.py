"""The gallery's record of which pictures it holds, with their vectors, in one SQLite file.

A gallery is a directory: `gallery.sqlite` is everything of record; the index beside it is derived
and can be deleted at any time. The pictures themselves stay where they are.
"""

import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tipr import __version__
from tipr.errors import GalleryError, StorageError
from tipr.gallery import database, place, rows
from tipr.gallery.reader import STORED, Reader
from tipr.gallery.records import Facts, Reading, Shot, box_as_text
from tipr.gallery.rows import Value

if TYPE_CHECKING:
    import filelock


class Gallery(Reader):
    """An open gallery; close it, or use it as a context manager.

    Opened for writing it keeps every other writer out until it is closed; readers are free, and
    see what was last committed, and so is who leaves a remark.
    """

    def __init__(
        self,
        path: Path,
        db: sqlite3.Connection,
        lock: "filelock.BaseFileLock | None",
        *,
        remarks: bool = False,
    ) -> None:
        """Not for callers: use `create`, `open` or `open_for_remarks`."""
        super().__init__(path, db)
        self._lock = lock
        self._remarks = remarks

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
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "version": __version__,
            "generation": secrets.token_hex(16),
            "secret": secrets.token_hex(16),  # keys the digests of what was erased
        }
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"{path}: cannot be created ({error.strerror})") from error
        lock = place.lock(path)
        try:
            place.require_free(path)  # another process may have made one before we had the lock
            first = described(fingerprint, model, width, image_size)
            return cls(path, database.create(path / place.DATABASE, meta, first), lock)
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
        place.require_gallery(path)
        return cls._opened(path, place.lock(path) if write else None)

    @classmethod
    def open_for_remarks(cls, path: Path) -> Self:
        """Open a gallery for what people leave beside its pictures: marks, searches, exports.

        It waits for another writer's transaction, not for its end, which may be hours away. What
        is searched in cannot be changed. Close it soon: nobody else can leave a remark meanwhile.

        Raises:
            GalleryError: there is none, it is of another tipr, or damaged.
            GalleryBusyError: for a while already others leave remarks, or it is repaired.
        """
        place.require_gallery(path)
        return cls._opened(path, place.lock_remarks(path), remarks=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def writable(self) -> bool:
        """Whether it was opened for writing: nobody else can change its pictures then."""
        return self._lock is not None and not self._remarks

    def close(self) -> None:
        """Close the file and let other writers in; doing it twice does no harm."""
        try:
            if self._lock is not None and self._lock.is_locked:
                if self._remarks:  # others may be reading for long: their log is theirs to empty
                    self._db.execute("PRAGMA busy_timeout = 0")
                self.empty_log()
        finally:
            self._db.close()
            if self._lock is not None:
                self._lock.release()

    def empty_log(self) -> bool:
        """Empty the write-ahead log: what was removed must not live on in it.

        False if a reader in the middle of a snapshot keeps it from being emptied; closing the
        gallery, or opening it for writing again later, tries once more.
        """
        with self._told():
            busy, *_ = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy

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

    # --- writing: each call is one transaction -------------------------------------------------

    def add(self, folder: Path, readings: Sequence[Reading]) -> None:
        """Store files of a folder with what was seen in them, and why nothing was in the others.

        A file that was there before is replaced and its pictures get new ids: an id in an old log
        never shows another picture.

        Raises:
            GalleryError: the folder lies in, or contains, another folder of this gallery.
            StorageError: the disk is full; nothing of this call was stored.
        """
        width, model = self.meta.width, self.active
        for reading in readings:
            for shot in reading.shots:
                if shot.vector.shape != (width,):
                    raise ValueError(f"vectors must have ({width},), found {shot.vector.shape}")
        with self.written() as db:
            source = self._source(folder)
            numbers = count(rows.next_id(db, "items"))
            files = count(rows.next_id(db, "files"))
            for reading in readings:
                file = self._file(db, source, reading, files)
                for shot in reading.shots:
                    _insert(db, next(numbers), file, model, shot)

    def tell(self, folder: Path, facts: Iterable[tuple[str, Facts, Facts]]) -> None:
        """Change what is known of files beside their pixels, which are not read again.

        `facts` are (path, what was given for the file, what is known of a picture in it); at a
        frame of a video the latter's time is later by that frame's.
        """
        with self.written() as db:
            source = self._source(folder)
            for path, given, known in facts:
                rows.change(
                    db, "files", "source = ? AND path = ?", (source, path), facts=given.as_text()
                )
                for item, frame_ms in db.execute(
                    "SELECT items.id, frame_ms FROM items JOIN files ON files.id = file "
                    "WHERE source = ? AND path = ?",
                    (source, path),
                ).fetchall():
                    told = known.at(frame_ms)
                    rows.change(
                        db, "items", "id = ?", (item,), camera=told.camera, time_ms=told.time_ms
                    )
                    db.execute("DELETE FROM attributes WHERE item = ?", (item,))
                    _attributes(db, item, told)

    def remove(self, folder: Path, paths: Sequence[str]) -> None:
        """Erase files of a folder, indexed or skipped; paths that are not there are ignored."""
        with self.written() as db:
            source = self._source(folder)
            db.executemany(
                "DELETE FROM files WHERE source = ? AND path = ?",
                [(source, path) for path in paths],
            )

    def set_model(self, location: str) -> None:
        """Remember where the active model is now."""
        with self.written() as db:
            rows.change(db, "models", "id = ?", (self.active,), location=location)

    def set_calibration(self, content: str | None) -> None:
        """Keep a calibration of the active model's scores (`tipr.search.calibrate`)."""
        with self.written() as db:
            rows.change(db, "models", "id = ?", (self.active,), calibration=content)

    def set_thumbnails(self, jpegs: dict[int, bytes]) -> None:
        """Keep thumbnails (JPEG) of pictures, by id; does not count as a change of content."""
        with self.written(content=False) as db:
            for item, jpeg in jpegs.items():
                db.execute("DELETE FROM thumbnails WHERE item = ?", [item])
                rows.insert(db, "thumbnails", item=item, jpeg=jpeg)

    def require_apart(self, folder: Path) -> None:
        """Make sure that no folder of this gallery is, contains or lies in `folder`.

        Raises:
            GalleryError: one does.
        """
        for (text,) in self.ask("SELECT root FROM sources ORDER BY root"):
            root = Path(text)
            if folder.is_relative_to(root) or root.is_relative_to(folder):
                raise GalleryError(
                    f"{folder}: overlaps with {root}, which {self.path} already holds, and its "
                    f"pictures would be found twice; index {root}, or take another gallery folder"
                )

    @contextmanager
    def written(self, *, content: bool = True) -> Iterator[sqlite3.Connection]:
        """One transaction of writing; all of the block or nothing of it.

        `content` False: what is searched in stays the same, so its index stays valid.

        Raises:
            StorageError: the disk is full.
        """
        if self._lock is None or (content and self._remarks):
            raise ValueError(
                "this gallery was not opened for such writing; open it with write=True"
            )
        with self._told(), database.transaction(self._db):
            yield self._db
            if content:
                word = secrets.token_hex(16)
                rows.change(self._db, "meta", "key = 'generation'", (), value=word)

    # --- below ---------------------------------------------------------------------------------

    @classmethod
    def _opened(
        cls, path: Path, lock: "filelock.BaseFileLock | None", *, remarks: bool = False
    ) -> Self:
        try:
            write = lock is not None
            db = database.connect(path / place.DATABASE, write=write, alone=not remarks)
        except BaseException:
            if lock is not None:
                lock.release()
            raise
        return cls(path, db, lock, remarks=remarks)

    def _source(self, folder: Path) -> int:
        """The number of an indexed folder, which is remembered if it is new."""
        roots = {Path(root): number for number, root in self.ask("SELECT id, root FROM sources")}
        if folder in roots:
            return roots[folder]
        self.require_apart(folder)
        number = rows.next_id(self._db, "sources")
        rows.insert(self._db, "sources", id=number, root=str(folder))
        return number

    def _file(
        self, db: sqlite3.Connection, source: int, reading: Reading, free: Iterator[int]
    ) -> int:
        """The number of a file's row, made anew with the next `free` one unless reading goes on."""
        path = reading.file.path
        if reading.more:
            found = self.ask("SELECT id FROM files WHERE source = ? AND path = ?", [source, path])
            if found:
                rows.change(
                    db,
                    "files",
                    "id = ?",
                    found[0],
                    done_ms=reading.done_ms,
                    reason=reading.reason,
                )
                return found[0][0]
        db.execute("DELETE FROM files WHERE source = ? AND path = ?", (source, path))
        number = next(free)
        rows.insert(
            db,
            "files",
            id=number,
            source=source,
            path=path,
            size=reading.file.size,
            mtime_ns=reading.file.mtime_ns,
            facts=reading.facts.as_text(),
            done_ms=reading.done_ms,
            reason=reading.reason,
        )
        return number


def _insert(db: sqlite3.Connection, number: int, file: int, model: int, shot: Shot) -> None:
    rows.insert(
        db,
        "items",
        id=number,
        file=file,
        part=shot.part,
        box=box_as_text(shot.box),
        frame_ms=shot.frame_ms,
        camera=shot.facts.camera,
        time_ms=shot.facts.time_ms,
        content=shot.content,
        look=shot.look,
    )
    _attributes(db, number, shot.facts)
    blob = shot.vector.astype(STORED).tobytes()
    rows.insert(db, "vectors", model=model, item=number, vector=blob)
    if shot.thumbnail is not None:
        rows.insert(db, "thumbnails", item=number, jpeg=shot.thumbnail)


def described(
    fingerprint: str, location: str, width: int, image_size: tuple[int, int]
) -> dict[str, Value]:
    """The columns of a row of `models`."""
    return {
        "fingerprint": fingerprint,
        "location": location,
        "width": width,
        "image_height": image_size[0],
        "image_width": image_size[1],
        "calibration": None,
    }


def _attributes(db: sqlite3.Connection, item: int, facts: Facts) -> None:
    for key, value in sorted(facts.attributes.items()):
        rows.insert(db, "attributes", item=item, key=key, value=value)
