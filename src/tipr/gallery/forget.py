"""Erase people's pictures from a gallery: every row, vector and file in it that speaks of them.

What lies elsewhere cannot be reached and is listed: the pictures themselves, exported copies.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from tipr.errors import GalleryError
from tipr.gallery import index, method, traces
from tipr.gallery.reader import STORED, Reader
from tipr.gallery.rows import Value, insert
from tipr.gallery.scan import File
from tipr.gallery.store import Gallery

_MARKED = "SELECT upload FROM feedback WHERE fits = 1 AND item IN (SELECT id FROM going)"
"""Uploaded pictures that somebody said show the same person."""

_STARTED = (
    "SELECT search FROM examples WHERE item IN (SELECT id FROM going) "
    "OR upload IN (SELECT id FROM uploads_going)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Whom:
    """Which pictures to erase: those for which everything that is given holds.

    `source` is an indexed folder or list, `after_ms` and `before_ms` bound the camera's clock
    (from, up to but not including). A picture without a time is never within such bounds.
    """

    ids: tuple[int, ...] = ()
    source: Path | None = None
    camera: str | None = None
    after_ms: int | None = None
    before_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What was erased, and what of it lies where the gallery cannot reach.

    `pictures` are files that were erased from the gallery and still lie on the disk; `exports`
    the copies that were ever made of this gallery: (UTC time, place, number of pictures).
    `log_emptied` is False if a reader keeps old pages in the write-ahead log for now.
    `bytes_of` and `texts_of` are what only the erased rows held, for `remains`.
    """

    items: int
    thumbnails: int
    feedback: int
    searches: int
    uploads: int
    pictures: tuple[Path, ...]
    exports: tuple[tuple[str, str, int], ...]
    bytes_of: frozenset[bytes]
    texts_of: frozenset[str]
    log_emptied: bool = True


def select(gallery: Reader, whom: Whom) -> list[int]:
    """Ascending ids of the pictures that are meant.

    Raises:
        GalleryError: nothing is said, or an id or source is not in this gallery.
    """
    said: list[tuple[str, Value]] = []
    if whom.source is not None:
        known = [root for (root,) in gallery.ask("SELECT root FROM sources ORDER BY root")]
        if str(whom.source) not in known:
            raise GalleryError(
                f"{gallery.path}: {whom.source} is none of its sources; it holds {', '.join(known)}"
            )
        said.append(("root = ?", str(whom.source)))
    for condition, value in (
        ("camera = ?", whom.camera),
        ("time_ms >= ?", whom.after_ms),
        ("time_ms < ?", whom.before_ms),
    ):
        if value is not None:
            said.append((condition, value))
    if not said and not whom.ids:
        raise GalleryError(
            "nothing is said about whom to forget; give ids, a source, a camera or a date"
        )
    where = " AND ".join(condition for condition, _ in said) or "1"
    found = gallery.ids(where, [value for _, value in said]).tolist()
    if not whom.ids:
        return found
    if unknown := sorted(set(whom.ids) - gallery.items(whom.ids).keys()):
        raise GalleryError(f"{gallery.path}: no picture has the id {unknown[0]}")
    return sorted(set(whom.ids) & set(found))


def forget(gallery: Gallery, ids: Sequence[int]) -> Forgotten:
    """Erase pictures with everything that refers to them; the gallery is open for writing.

    With a picture go its vectors of every model, its thumbnail, attributes and feedback; saved
    searches that start from it; uploads that somebody marked as the same person; its source, if
    nothing else is left of that. A whole picture, and every file of a source that goes, is also
    kept from coming back with the next indexing. It is one transaction; then the
    write-ahead log is emptied, and the derived index and remains of killed writers are deleted.

    Raises:
        StorageError: the disk is full, or the index cannot be deleted.
    """
    index.drop(gallery.path)
    with gallery.written() as db:
        _mark(db, ids)
        found = _look(gallery)
        _keep_out(gallery, db, _whole_files(gallery))
        db.execute("DELETE FROM searches WHERE id IN (SELECT id FROM searches_going)")
        db.execute("DELETE FROM uploads WHERE id IN (SELECT id FROM uploads_going)")
        db.execute("DELETE FROM files WHERE id IN (SELECT id FROM files_going)")
        db.execute("DELETE FROM items WHERE id IN (SELECT id FROM going)")
        _leave_empty_sources(gallery, db)
    for draft in gallery.path.glob(".*.part"):  # what a writer of the index left when killed
        draft.unlink()
    return replace(found, log_emptied=gallery.empty_log())


def remains(gallery: Reader, found: Forgotten) -> list[str]:
    """Where bytes of what was erased still stand in the gallery's files; empty is the proof.

    A text that a row which stays holds as well (the name of a video in which somebody else is
    seen, too) is not counted. Texts of less than `traces.KEY` bytes are not looked for.
    """
    texts = {text.encode(): text for text in found.texts_of if len(text.encode()) >= traces.KEY}
    places = traces.search(gallery.path, (*found.bytes_of, *texts))
    return sorted(
        place
        for trace, where in places.items()
        if trace not in texts or not _still_said(gallery, texts[trace])
        for place in where
    )


def kept_out(gallery: Reader, source: Path, files: Iterable[File]) -> set[str]:
    """The paths among a source's files that were erased on purpose and have not changed since."""
    digests = {digest for (digest,) in gallery.ask("SELECT digest FROM forgotten")}
    if not digests:
        return set()
    key = _key(gallery)
    return {file.path for file in files if _digest(key, str(source), file) in digests}


def _mark(db: sqlite3.Connection, ids: Sequence[int]) -> None:
    """Temporary tables of what goes; they are the connection's own and never reach the file."""
    for table in ("going", "files_going", "uploads_going", "searches_going"):
        db.execute(f"CREATE TEMP TABLE IF NOT EXISTS {table} (id INTEGER PRIMARY KEY)")
        db.execute(f"DELETE FROM {table}")
    db.executemany("INSERT OR IGNORE INTO going VALUES (?)", [(int(one),) for one in ids])
    db.execute(
        "INSERT INTO files_going SELECT DISTINCT file FROM items "
        "WHERE part = '' AND id IN (SELECT id FROM going)"
    )
    db.execute(f"INSERT OR IGNORE INTO uploads_going {_MARKED} AND upload IS NOT NULL")
    db.execute(f"INSERT OR IGNORE INTO searches_going {_STARTED}")


def _look(gallery: Gallery) -> Forgotten:
    """What is about to go, while it is still there."""
    feedback = (
        "FROM feedback WHERE item IN (SELECT id FROM going) "
        "OR upload IN (SELECT id FROM uploads_going)"
    )

    def count(rest: str) -> int:
        return gallery.ask(f"SELECT count(*) {rest}")[0][0]

    return Forgotten(
        items=count("FROM items WHERE id IN (SELECT id FROM going)"),
        thumbnails=count("FROM thumbnails WHERE item IN (SELECT id FROM going)"),
        feedback=count(feedback),
        searches=count("FROM searches_going"),
        uploads=count("FROM uploads_going"),
        pictures=tuple(
            path
            for source, name, *_ in _whole_files(gallery)
            if (path := Path(source) / name).exists()
        ),
        exports=tuple(gallery.ask("SELECT made, place, pictures FROM exports ORDER BY id")),
        bytes_of=frozenset(_bytes(gallery)),
        texts_of=frozenset(
            text
            for question in (
                "SELECT path FROM files WHERE id IN (SELECT id FROM files_going)",
                f"SELECT query {feedback}",
                "SELECT query FROM searches WHERE id IN (SELECT id FROM searches_going)",
                "SELECT name FROM searches WHERE id IN (SELECT id FROM searches_going)",
            )
            for (text,) in gallery.ask(question)
        ),
    )


def _bytes(gallery: Gallery) -> Iterator[bytes]:
    """The vectors as stored and as the index may hold them, and the pictures."""
    for (vector,) in gallery.ask("SELECT vector FROM vectors WHERE item IN (SELECT id FROM going)"):
        yield vector
        yield np.frombuffer(vector, STORED).astype("<f2").tobytes()
    for (jpeg,) in gallery.ask(
        "SELECT jpeg FROM thumbnails WHERE item IN (SELECT id FROM going) "
        "UNION ALL SELECT jpeg FROM uploads WHERE id IN (SELECT id FROM uploads_going)"
    ):
        yield jpeg


def _whole_files(gallery: Gallery) -> list[tuple[str, str, int, int]]:
    return gallery.ask(
        "SELECT root, path, size, mtime_ns FROM files JOIN sources ON sources.id = source "
        "WHERE files.id IN (SELECT id FROM files_going) ORDER BY root, path"
    )


def _keep_out(
    gallery: Gallery, db: sqlite3.Connection, files: Iterable[tuple[str, str, int, int]]
) -> None:
    key = _key(gallery)
    for source, name, size, mtime_ns in files:
        digest = _digest(key, source, File(name, size, mtime_ns))
        db.execute("DELETE FROM forgotten WHERE digest = ?", [digest])
        insert(db, "forgotten", digest=digest)


def _leave_empty_sources(gallery: Gallery, db: sqlite3.Connection) -> None:
    """A source of which no picture is left goes, with the names of its films and broken files."""
    for number, root in gallery.ask(
        "SELECT id, root FROM sources WHERE NOT EXISTS "
        "(SELECT 1 FROM items JOIN files ON files.id = file WHERE source = sources.id)"
    ):
        rest = gallery.ask("SELECT path, size, mtime_ns FROM files WHERE source = ?", [number])
        _keep_out(gallery, db, ((root, *file) for file in rest))
        db.execute("DELETE FROM sources WHERE id = ?", [number])
        method.drop(db, Path(root))


def _still_said(gallery: Reader, text: str) -> bool:
    return any(
        gallery.ask(f"SELECT 1 FROM {table} WHERE instr({column}, ?) LIMIT 1", [text])
        for table, column in (
            ("files", "path"),
            ("feedback", "query"),
            ("searches", "query"),
            ("searches", "name"),
        )
    )


def _key(gallery: Reader) -> bytes:
    return bytes.fromhex(gallery.said("secret"))


def _digest(key: bytes, source: str, file: File) -> bytes:
    content = "\0".join((source, file.path, str(file.size), str(file.mtime_ns)))
    return hashlib.blake2b(content.encode(), digest_size=16, key=key).digest()
