"""The keys that the service has given out; of their secrets only hashes."""

import sqlite3
from dataclasses import dataclass

from tipr.errors import ConfigError, MissingError
from tipr.gallery.wallclock import now_utc
from tipr.service.guard.caller import SCOPES, Scope

MAX_NAME = 100


@dataclass(frozen=True, slots=True)
class Key:
    """A key that was given out; times are UTC in ISO 8601, `revoked` None while it holds."""

    id: int
    name: str
    scope: Scope
    made: str
    revoked: str | None

    @property
    def who(self) -> str:
        """What stands for it in the audit log."""
        return f"key:{self.id}"


def add(db: sqlite3.Connection, name: str, scope: str, digest: str) -> Key:
    """Keep a new key of which `digest` is the secret's hash.

    Raises:
        ConfigError: the name is blank, too long or taken, or there is no such scope.
    """
    name = name.strip()
    if not 0 < len(name) <= MAX_NAME or not name.isprintable():
        raise ConfigError(f"the name of a key has 1 to {MAX_NAME} characters, found {name!r}")
    if scope not in SCOPES:
        raise ConfigError(f"no scope {scope!r}; there are {', '.join(SCOPES)}")
    if any(key.name == name for key in everyone(db) if key.revoked is None):
        raise ConfigError(f"there is a key {name!r} already; revoke it first, or take another name")
    made = now_utc()
    number = db.execute(
        "INSERT INTO keys (name, scope, hash, made) VALUES (?, ?, ?, ?)",
        [name, scope, digest, made],
    ).lastrowid
    assert number is not None
    return Key(number, name, scope, made, None)


def everyone(db: sqlite3.Connection) -> list[Key]:
    """All keys that ever were, oldest first."""
    found = db.execute("SELECT id, name, scope, made, revoked FROM keys ORDER BY id")
    return [Key(*row) for row in found]


def are_there(db: sqlite3.Connection) -> bool:
    """Whether any key holds."""
    return bool(db.execute("SELECT 1 FROM keys WHERE revoked IS NULL").fetchone())


def held(db: sqlite3.Connection, number: int) -> tuple[Key, str] | None:
    """A key that holds, with its secret's hash."""
    row = db.execute(
        "SELECT id, name, scope, made, revoked, hash FROM keys WHERE id = ? AND revoked IS NULL",
        [number],
    ).fetchone()
    return None if row is None else (Key(*row[:5]), row[5])


def revoke(db: sqlite3.Connection, name: str) -> Key:
    """End a key, with everybody who is logged in by it.

    Raises:
        MissingError: no key of that name holds.
    """
    found = [key for key in everyone(db) if key.name == name and key.revoked is None]
    if not found:
        names = ", ".join(key.name for key in everyone(db) if key.revoked is None) or "none"
        raise MissingError(f"no key is called {name!r}; there are {names}")
    db.execute("UPDATE keys SET revoked = ? WHERE id = ?", [now_utc(), found[0].id])
    db.execute("DELETE FROM sessions WHERE key = ?", [found[0].id])
    return found[0]
