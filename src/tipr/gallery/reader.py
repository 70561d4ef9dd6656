"""What an open gallery answers: its pictures, their vectors, what is known of them.

Shape legend: N pictures, B of a block, D the encoder's width.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tipr.encoder.protocol import Vectors
from tipr.errors import FingerprintError, GalleryError
from tipr.gallery import database, place, rows
from tipr.gallery.records import Box, Facts, Item, Known, Meta, Skipped, box_of
from tipr.gallery.rows import Value
from tipr.gallery.scan import File

STORED = np.dtype("<f4")
"""How vectors lie in the file: little-endian on every machine, so a gallery can be copied."""

_AT_ONCE = 500  # SQLite bounds the number of variables of a statement


class Reader:
    """The reading half of `tipr.gallery.store.Gallery`."""

    def __init__(self, path: Path, db: sqlite3.Connection) -> None:
        """Not for callers: use `Gallery.create` or `Gallery.open`."""
        self.path = path
        self._db = db

    @property
    def meta(self) -> Meta:
        """Which model it is searched with, and when it was made."""
        with self.snapshot():
            found = self.ask(
                "SELECT fingerprint, location, width, image_height, image_width FROM models "
                "WHERE id = ?",
                [self.active],
            )
            if not found:
                raise self.damaged("its model is not described")
            fingerprint, location, width, height, wide = found[0]
            return Meta(
                fingerprint=fingerprint,
                model=location,
                width=width,
                image_size=(height, wide),
                created=self.said("created"),
                version=self.said("version"),
            )

    @property
    def active(self) -> int:
        """The number of the model that is searched with."""
        return int(self.said("model"))

    @property
    def generation(self) -> str:
        """A random word that is new after every change; equal words mean equal content."""
        return self.said("generation")

    def __len__(self) -> int:
        return self.ask("SELECT count(*) FROM items")[0][0]

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
                f"or change the gallery over with 'tipr gallery switch'"
            )

    def snapshot(self) -> AbstractContextManager[None]:
        """Several reads of one and the same state, whatever a writer does meanwhile."""
        return nullcontext() if self._db.in_transaction else self._snapshot()

    def ask(self, question: str, parameters: Sequence[Value] = ()) -> list[tuple[Any, ...]]:
        """All rows of a SELECT; for the parts of tipr that know the tables (`schema`)."""
        with self._told():
            return self._db.execute(question, parameters).fetchall()

    def each(self, question: str, parameters: Sequence[Value] = ()) -> Iterator[tuple[Any, ...]]:
        """As `ask`, a row at a time; for what does not fit the memory."""
        with self._told():
            yield from self._db.execute(question, parameters)

    def broken(self, table: str) -> Iterator[tuple[int, dict[str, Any]]]:
        """The rows of a table, by rowid, that do not agree with their checksum."""
        with self._told():
            yield from rows.broken(self._db, table)

    def ids(self, where: str, parameters: Sequence[Value] = ()) -> NDArray[np.int64]:
        """Ascending ids of the items for which an SQL condition holds.

        The condition may speak of the tables `items`, `files` and `sources`.
        """
        found = self.ask(
            "SELECT items.id FROM items JOIN files ON files.id = file "
            f"JOIN sources ON sources.id = source WHERE {where} ORDER BY items.id",
            parameters,
        )
        return np.fromiter((number for (number,) in found), np.int64, len(found))

    def vectors(self) -> tuple[NDArray[np.int64], Vectors]:
        """All ids (N,) in ascending order, which is gallery order, and their vectors (N, D).

        Raises:
            GalleryError: a row does not match its checksum.
        """
        with self.snapshot():
            (count,) = self.ask("SELECT count(*) FROM vectors WHERE model = ?", [self.active])[0]
            ids_N = np.empty(count, np.int64)
            vectors_ND = np.empty((count, self.meta.width), np.float32)
            start = 0
            for ids_B, vectors_BD in self.vector_blocks():
                ids_N[start : start + len(ids_B)] = ids_B
                vectors_ND[start : start + len(ids_B)] = vectors_BD
                start += len(ids_B)
        return ids_N, vectors_ND

    def vector_blocks(self, size: int = 65_536) -> Iterator[tuple[NDArray[np.int64], Vectors]]:
        """As `vectors`, (B,) and (B, D) at a time, B at most `size`; inside a `snapshot`.

        Raises:
            GalleryError: a row does not match its checksum.
        """
        model, width = self.active, self.meta.width
        with self._told():
            found = self._db.execute(
                "SELECT item, vector, checksum FROM vectors WHERE model = ? ORDER BY item", [model]
            )
            while some := found.fetchmany(size):
                blobs = [self._sound(model, width, *row) for row in some]
                ids_B = np.fromiter((number for number, _, _ in some), np.int64, len(some))
                yield ids_B, _unpacked(blobs, width)

    def vectors_of(self, ids: Sequence[int] | NDArray[np.int64]) -> Vectors:
        """(B, D) vectors of the active model, in the order of `ids`.

        Raises:
            KeyError: an id is not in the gallery.
            GalleryError: a row does not match its checksum.
        """
        found: dict[int, bytes] = {}
        with self.snapshot():
            model, width = self.active, self.meta.width
            for some, marks in _portions(ids):
                for row in self.ask(
                    "SELECT item, vector, checksum FROM vectors WHERE model = ? "
                    f"AND item IN ({marks})",
                    [model, *some],
                ):
                    found[row[0]] = self._sound(model, width, *row)
        return _unpacked([found[int(number)] for number in ids], width)

    def items(self, ids: Sequence[int] | NDArray[np.int64]) -> dict[int, Item]:
        """The pictures of these ids, by id; ids that are not there are left out."""
        found: dict[int, Item] = {}
        with self.snapshot():
            for some, marks in _portions(ids):
                attributes: dict[int, dict[str, str]] = {}
                for number, key, value in self.ask(
                    f"SELECT item, key, value FROM attributes WHERE item IN ({marks}) "
                    "ORDER BY item, key",
                    some,
                ):
                    attributes.setdefault(number, {})[key] = value
                for (
                    number,
                    root,
                    path,
                    size,
                    mtime_ns,
                    part,
                    box,
                    frame,
                    *facts,
                    look,
                    content,
                ) in self.ask(
                    "SELECT items.id, root, path, size, mtime_ns, part, box, frame_ms, camera, "
                    "time_ms, look, content FROM items JOIN files ON files.id = file "
                    f"JOIN sources ON sources.id = source WHERE items.id IN ({marks})",
                    some,
                ):
                    found[number] = Item(
                        number,
                        Path(root) / path,
                        size,
                        mtime_ns,
                        part,
                        self._box(number, box),
                        frame,
                        Facts(
                            camera=facts[0],
                            time_ms=facts[1],
                            attributes=attributes.get(number, {}),
                        ),
                        look,
                        content,
                    )
        return found

    def thumbnails(self, ids: Sequence[int]) -> dict[int, bytes]:
        """The stored thumbnails (JPEG) among these ids, by id."""
        found: dict[int, bytes] = {}
        for some, marks in _portions(ids):
            found |= dict(
                self.ask(f"SELECT item, jpeg FROM thumbnails WHERE item IN ({marks})", some)
            )
        return found

    def skipped(self, folder: Path | None = None) -> list[Skipped]:
        """The files that could not be read, of one indexed folder or of all, sorted by path."""
        found = self.ask(
            "SELECT root, path, reason FROM files JOIN sources ON sources.id = source "
            "WHERE reason IS NOT NULL AND (? IS NULL OR root = ?) ORDER BY root, path",
            [None if folder is None else str(folder)] * 2,
        )
        return [Skipped(Path(root) / path, reason) for root, path, reason in found]

    def known(self, folder: Path) -> dict[str, Known]:
        """The files of a folder by path, as they were when they were read."""
        return {
            path: Known(File(path, size, mtime_ns), *rest)
            for path, size, mtime_ns, *rest in self.ask(
                "SELECT path, size, mtime_ns, facts, done_ms, reason FROM files JOIN sources "
                "ON sources.id = source WHERE root = ? ORDER BY path",
                [str(folder)],
            )
        }

    def calibration(self) -> str | None:
        """What `set_calibration` kept for the active model."""
        return self.ask("SELECT calibration FROM models WHERE id = ?", [self.active])[0][0]

    def damaged(self, what: str) -> GalleryError:
        """The error that names a fault in the gallery's file, and the remedy."""
        return GalleryError(
            f"{self.path}: damaged: {what}; see 'tipr gallery verify {self.path}', then repair it "
            f"or restore a copy"
        )

    @contextmanager
    def _snapshot(self) -> Iterator[None]:
        with self._told():
            self._db.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                self._db.rollback()  # unlike a commit it ends well on a damaged file, too

    def _told(self) -> AbstractContextManager[None]:
        return database.in_our_words(self.path / place.DATABASE)

    def said(self, key: str) -> str:
        """An entry of the gallery's own description."""
        found = self.ask("SELECT key, value, checksum FROM meta WHERE key = ?", [key])
        if not found:
            raise self.damaged(f"its description lacks {key!r}")
        if rows.checksum(*found[0][:2]) != found[0][2]:
            raise self.damaged(f"its description of {key!r} has changed")
        return found[0][1]

    def _box(self, number: int, text: str | None) -> Box | None:
        try:
            return box_of(text)
        except ValueError as error:
            raise self.damaged(f"the box of picture {number} has changed") from error

    def _sound(self, model: int, width: int, number: int, vector: Any, checksum: int) -> bytes:
        """A stored vector, which agrees with its checksum."""
        if (
            not isinstance(vector, bytes)
            or len(vector) != width * STORED.itemsize
            or rows.checksum(model, number, vector) != checksum
        ):
            raise self.damaged(self._changed(number))
        return vector

    def _changed(self, number: int) -> str:
        item = self.items([number]).get(number)
        shown = f" ({item.path.name})" if item else ""
        return f"the vector of picture {number}{shown} has changed"


def _portions(ids: Sequence[int] | NDArray[np.int64]) -> Iterator[tuple[list[int], str]]:
    for start in range(0, len(ids), _AT_ONCE):
        some = [int(number) for number in ids[start : start + _AT_ONCE]]
        yield some, ",".join("?" * len(some))


def _unpacked(blobs: Sequence[bytes], width: int) -> Vectors:
    return np.frombuffer(b"".join(blobs), STORED).astype(np.float32).reshape(-1, width)
