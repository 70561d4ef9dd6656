"""The audit log: who did what, in a chain of hashes that holds no personal words.

Each entry's hash covers the entry and the hash before it, so that nothing can be changed, left out
or put between without breaking all that follows. What may name or describe a person (the words of a
search, the reason, an address) stands beside the chain; in it stands HMAC-SHA256 of those words
under a random key of their own, which is erased with them: the hash of erased words can neither be
guessed nor does the chain break.
"""

import hashlib
import hmac
import json
import re
import secrets
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tipr.errors import AuditError, MissingError

FIRST = bytes(32)
"""What stands for the hash before the first entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What is to be noted; `words` may name or describe a person."""

    who: str
    act: str
    gallery: str = ""
    items: tuple[int, ...] = ()
    request: str = ""
    words: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What was noted. `made` is UTC in ISO 8601; `words` None where there are none (any more)."""

    number: int
    made: str
    who: str
    act: str
    gallery: str
    items: tuple[int, ...]
    request: str
    words: Mapping[str, Any] | None
    erased: bool
    hash: str


@dataclass(frozen=True, slots=True)
class Sound:
    """A log without a fault: so many entries, of so many the words erased, the last one's hash.

    Whoever keeps `head` elsewhere can tell later whether the log was cut or made anew.
    """

    entries: int
    erased: int
    head: str


def append(db: sqlite3.Connection, acts: Sequence[Act]) -> list[int]:
    """Note what was done, in this order; the entries' numbers."""
    last = db.execute("SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1").fetchone()
    number, before = last or (0, FIRST)
    for act in acts:
        number += 1
        text = json.dumps(act.words) if act.words else ""
        salt = secrets.token_bytes(32)
        said = _keyed(salt, text) if text else b""
        made = datetime.now(UTC).isoformat(timespec="milliseconds")
        row = (number, made, act.who, act.act, act.gallery, json.dumps(act.items), act.request)
        before = _chained(before, row, said)
        db.execute("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", [*row, said, before])
        if text:
            db.execute("INSERT INTO words VALUES (?, ?, ?)", [number, salt, text])
    return list(range(number - len(acts) + 1, number + 1))


def entries(
    db: sqlite3.Connection,
    *,
    below: int | None = None,
    limit: int = 100,
    gallery: str | None = None,
    who: str | None = None,
    act: str | None = None,
) -> list[Entry]:
    """The latest entries first, those with a number below `below` if it is given."""
    found = db.execute(
        "SELECT audit.number, made, who, act, gallery, items, request, said, text, hash FROM audit "
        "LEFT JOIN words ON words.number = audit.number "
        "WHERE (?1 IS NULL OR audit.number < ?1) AND (?2 IS NULL OR gallery = ?2) "
        "AND (?3 IS NULL OR who = ?3) AND (?4 IS NULL OR act = ?4) "
        "ORDER BY audit.number DESC LIMIT ?5",
        [below, gallery, who, act, limit],
    )
    return [
        Entry(
            number=number,
            made=made,
            who=who,
            act=act,
            gallery=gallery,
            items=tuple(json.loads(items)),
            request=request,
            words=None if text is None else json.loads(text),
            erased=bool(said) and text is None,
            hash=digest.hex(),
        )
        for number, made, who, act, gallery, items, request, said, text, digest in found
    ]


def verify(db: sqlite3.Connection, head: str | None = None) -> Sound:
    """Follow the whole chain; `head` is one that was noted earlier ("12:ab34...").

    Raises:
        AuditError: an entry or its words were changed, left out or put between, or the noted
            head is not in the chain.
    """
    wanted = None if head is None else _head_of(head)
    number, before, erased = 0, FIRST, 0
    for number, (row, said, salt, text, digest) in enumerate(_rows(db), start=1):
        if row[0] != number:
            raise AuditError(f"the audit log is broken: entry {number} is missing")
        if not hmac.compare_digest(_chained(before, row, said), digest):
            raise AuditError(f"the audit log is broken: entry {number} has been changed")
        if text is None:
            erased += bool(said)
        elif not hmac.compare_digest(_keyed(salt, text), said):
            raise AuditError(f"the audit log is broken: the words of entry {number} were changed")
        if wanted is not None and wanted[0] == number and wanted[1] != digest:
            raise AuditError(f"the audit log is not the one of then: entry {number} is another")
        before = digest
    if wanted is not None and wanted[0] > number:
        raise AuditError(
            f"the audit log was cut: it ends with entry {number}, once there was {wanted[0]}"
        )
    return Sound(number, erased, f"{number}:{before.hex()}")


def erase_words(db: sqlite3.Connection, *, before: str, gallery: str | None = None) -> int:
    """Erase the words of what was done before a UTC time, in one gallery or in all; how many.

    Then empty the log of the record (`State.empty_log`), which holds them still.
    """
    return db.execute(
        "DELETE FROM words WHERE number IN "
        "(SELECT number FROM audit WHERE made < ?1 AND (?2 IS NULL OR gallery = ?2))",
        [before, gallery],
    ).rowcount


def erase_words_of(db: sqlite3.Connection, number: int) -> None:
    """Erase the words of one entry; then as `erase_words`.

    Raises:
        MissingError: it has none, or there is no such entry.
    """
    if not db.execute("DELETE FROM words WHERE number = ?", [number]).rowcount:
        raise MissingError(f"entry {number} of the audit log has no words (any more)")


def _rows(db: sqlite3.Connection) -> Iterator[tuple[tuple[Any, ...], bytes, bytes, str, bytes]]:
    for *row, said, salt, text, digest in db.execute(
        "SELECT audit.number, made, who, act, gallery, items, request, said, salt, text, hash "
        "FROM audit LEFT JOIN words ON words.number = audit.number ORDER BY audit.number"
    ):
        yield tuple(row), said, salt, text, digest


def _chained(before: bytes, row: Sequence[Any], said: bytes) -> bytes:
    content = json.dumps([*row, said.hex()]).encode()
    return hashlib.sha256(before + content).digest()


def _keyed(salt: bytes, text: str) -> bytes:
    return hmac.digest(salt, text.encode(), "sha256")


def _head_of(text: str) -> tuple[int, bytes]:
    match = re.fullmatch(r"([0-9]{1,18}):([0-9a-f]{64})", text)
    if match is None:
        raise AuditError(
            f"{text!r} is no head of an audit log; give what 'tipr audit verify' printed"
        )
    return int(match[1]), bytes.fromhex(match[2])
