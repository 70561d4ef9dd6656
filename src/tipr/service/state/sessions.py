"""Who is logged in on the page; of their cookies only hashes."""

import sqlite3

from tipr.service.state import keys
from tipr.service.state.keys import Key


def begin(db: sqlite3.Connection, digest: bytes, key: int, ends_s: int, now_s: int) -> None:
    """Log somebody in until `ends_s` (seconds since 1970); who is out of time is forgotten."""
    db.execute("DELETE FROM sessions WHERE ends_s <= ?", [now_s])
    db.execute("INSERT INTO sessions VALUES (?, ?, ?)", [digest, key, ends_s])


def key_of(db: sqlite3.Connection, digest: bytes, now_s: int) -> Key | None:
    """The key by which the holder of this cookie is logged in, if it and the login hold."""
    row = db.execute(
        "SELECT key FROM sessions WHERE digest = ? AND ends_s > ?", [digest, now_s]
    ).fetchone()
    found = None if row is None else keys.held(db, row[0])
    return None if found is None else found[0]


def end(db: sqlite3.Connection, digest: bytes) -> None:
    """Log somebody out."""
    db.execute("DELETE FROM sessions WHERE digest = ?", [digest])
