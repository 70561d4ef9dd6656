"""The tables of a gallery, and how those of an older tipr become these.

Every table carries a checksum a row (`rows`). What refers to a person hangs on `items` and goes
with its row (ON DELETE CASCADE).
"""

import secrets
import sqlite3
import zlib

from tipr.errors import GalleryError
from tipr.gallery.rows import insert

SCHEMA = 2

CREATE = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL, checksum INTEGER NOT NULL)",
    # AUTOINCREMENT: the id of a removed picture is never given to another one.
    """CREATE TABLE models (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        fingerprint TEXT NOT NULL UNIQUE,
        location TEXT NOT NULL,
        width INTEGER NOT NULL,
        image_height INTEGER NOT NULL,
        image_width INTEGER NOT NULL,
        calibration TEXT,
        checksum INTEGER NOT NULL)""",
    """CREATE TABLE sources (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        root TEXT NOT NULL UNIQUE,
        checksum INTEGER NOT NULL)""",
    # What was read, and how that ended: `reason` says why nothing came of it; `done_ms` is how far
    # a video was read, NULL once it is whole.
    """CREATE TABLE files (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        source INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
        path TEXT NOT NULL,
        size INTEGER NOT NULL,
        mtime_ns INTEGER NOT NULL,
        facts TEXT NOT NULL,
        done_ms INTEGER,
        reason TEXT,
        checksum INTEGER NOT NULL,
        UNIQUE (source, path))""",
    # A picture of a person: a whole file, or `box` ("left,top,right,bottom" in pixels) of a frame
    # at `frame_ms`. `content` identifies equal pixels, `look` (64 bits) similar ones.
    """CREATE TABLE items (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        file INTEGER NOT NULL REFERENCES files (id) ON DELETE CASCADE,
        part TEXT NOT NULL,
        box TEXT,
        frame_ms INTEGER,
        camera TEXT,
        time_ms INTEGER,
        content BLOB NOT NULL,
        look INTEGER NOT NULL,
        checksum INTEGER NOT NULL,
        UNIQUE (file, part))""",
    "CREATE INDEX items_by_camera ON items (camera, time_ms)",
    "CREATE INDEX items_by_time ON items (time_ms)",
    "CREATE INDEX items_by_content ON items (content)",
    """CREATE TABLE attributes (
        item INTEGER NOT NULL REFERENCES items (id) ON DELETE CASCADE,
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        checksum INTEGER NOT NULL,
        UNIQUE (item, key))""",
    "CREATE INDEX attributes_by_value ON attributes (key, value, item)",
    """CREATE TABLE vectors (
        model INTEGER NOT NULL REFERENCES models (id) ON DELETE CASCADE,
        item INTEGER NOT NULL REFERENCES items (id) ON DELETE CASCADE,
        vector BLOB NOT NULL,
        checksum INTEGER NOT NULL,
        UNIQUE (model, item))""",
    "CREATE INDEX vectors_by_item ON vectors (item)",
    """CREATE TABLE thumbnails (
        item INTEGER PRIMARY KEY REFERENCES items (id) ON DELETE CASCADE,
        jpeg BLOB NOT NULL,
        checksum INTEGER NOT NULL)""",
    # A picture that somebody searched with and kept.
    """CREATE TABLE uploads (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        made TEXT NOT NULL,
        jpeg BLOB NOT NULL,
        checksum INTEGER NOT NULL)""",
    # `fits` is 1 for "this is the person", 0 for "this is not".
    """CREATE TABLE feedback (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        made TEXT NOT NULL,
        query TEXT NOT NULL,
        upload INTEGER REFERENCES uploads (id) ON DELETE CASCADE,
        item INTEGER NOT NULL REFERENCES items (id) ON DELETE CASCADE,
        fits INTEGER NOT NULL,
        checksum INTEGER NOT NULL)""",
    "CREATE INDEX feedback_by_item ON feedback (item)",
    """CREATE TABLE searches (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL UNIQUE,
        made TEXT NOT NULL,
        query TEXT NOT NULL,
        checksum INTEGER NOT NULL)""",
    # The pictures, stored or uploaded, that a saved search starts from.
    """CREATE TABLE examples (
        search INTEGER NOT NULL REFERENCES searches (id) ON DELETE CASCADE,
        item INTEGER REFERENCES items (id) ON DELETE CASCADE,
        upload INTEGER REFERENCES uploads (id) ON DELETE CASCADE,
        checksum INTEGER NOT NULL)""",
    "CREATE INDEX examples_by_item ON examples (item)",
    # Copies that left the gallery, which an erasure cannot reach.
    """CREATE TABLE exports (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        made TEXT NOT NULL,
        place TEXT NOT NULL,
        pictures INTEGER NOT NULL,
        checksum INTEGER NOT NULL)""",
    # Files that were erased on purpose and must not come back with the next indexing: a keyed
    # digest of path, size and time, which tells nothing to whoever does not have the file.
    """CREATE TABLE forgotten (
        digest BLOB PRIMARY KEY,
        checksum INTEGER NOT NULL)""",
)

TABLES = (
    "meta",
    "models",
    "sources",
    "files",
    "items",
    "attributes",
    "vectors",
    "thumbnails",
    "uploads",
    "feedback",
    "searches",
    "examples",
    "exports",
    "forgotten",
)
"""Parents before their children."""


def upgrade(db: sqlite3.Connection, schema: int) -> None:
    """Turn the tables of `schema` into today's; inside a transaction of the caller.

    Raises:
        GalleryError: a row of the old tables does not agree with its checksum.
    """
    if schema == 1:
        _from_1(db)
    db.execute(f"PRAGMA user_version = {SCHEMA}")


def _from_1(db: sqlite3.Connection) -> None:
    """Schema 1 knew whole pictures in folders, with one model's vector in the item's row."""
    old = ("meta", "sources", "items", "skipped")
    for table in old:
        db.execute(f"ALTER TABLE {table} RENAME TO old_{table}")
    for statement in CREATE:
        db.execute(statement)
    meta = dict(db.execute("SELECT key, value FROM old_meta"))
    insert(
        db,
        "models",
        id=1,
        fingerprint=meta["fingerprint"],
        location=meta["model"],
        width=int(meta["width"]),
        image_height=int(meta["image_height"]),
        image_width=int(meta["image_width"]),
        calibration=None,
    )
    insert(db, "meta", key="model", value="1")
    insert(db, "meta", key="secret", value=secrets.token_hex(16))
    for key in ("created", "version", "generation"):
        insert(db, "meta", key=key, value=meta[key])
    for number, root in db.execute("SELECT id, root FROM old_sources").fetchall():
        insert(db, "sources", id=number, root=root)
    for row in db.execute(
        "SELECT id, source, path, size, mtime_ns, vector, checksum FROM old_items"
    ):
        _item_from_1(db, *row)
    highest = _highest(db)
    for source, path, size, mtime_ns, reason in db.execute(
        "SELECT source, path, size, mtime_ns, reason FROM old_skipped"
    ).fetchall():
        highest += 1
        _file(db, highest, source, path, size, mtime_ns, reason)
    for table in reversed(old):
        db.execute(f"DROP TABLE old_{table}")
    for table in ("files", "items"):
        db.execute("DELETE FROM sqlite_sequence WHERE name = ?", [table])
        db.execute("INSERT INTO sqlite_sequence VALUES (?, ?)", [table, highest])


def _highest(db: sqlite3.Connection) -> int:
    """The highest id ever given in schema 1, so that none is given again."""
    row = db.execute("SELECT seq FROM sqlite_sequence WHERE name IN ('items', 'old_items')")
    return max((number for (number,) in row), default=0)


def _item_from_1(
    db: sqlite3.Connection,
    number: int,
    source: int,
    path: str,
    size: int,
    mtime_ns: int,
    vector: bytes,
    checksum: int,
) -> None:
    if zlib.crc32(vector, zlib.crc32(path.encode())) != checksum:
        raise GalleryError(
            f"the vector of picture {number} ({path}) has changed on the disk; index the pictures "
            f"again into another folder"
        )
    _file(db, number, source, path, size, mtime_ns, None)
    insert(
        db,
        "items",
        id=number,
        file=number,
        part="",
        box=None,
        frame_ms=None,
        camera=None,
        time_ms=None,
        content=b"",  # schema 1 did not keep it: such a picture is nobody's duplicate
        look=0,
    )
    insert(db, "vectors", model=1, item=number, vector=vector)


def _file(
    db: sqlite3.Connection,
    number: int,
    source: int,
    path: str,
    size: int,
    mtime_ns: int,
    reason: str | None,
) -> None:
    insert(
        db,
        "files",
        id=number,
        source=source,
        path=path,
        size=size,
        mtime_ns=mtime_ns,
        facts="",
        done_ms=None,
        reason=reason,
    )
