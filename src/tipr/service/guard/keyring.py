"""Keys as people hold them: made, read and compared with the hashes on record.

A key is `tipr_NUMBER_SECRET`, its secret 256 random bits. On record is argon2id of the secret; an
unknown number costs the same time as a wrong secret. Argon2 is slow on purpose, so a secret that
has fitted once is known again by a keyed hash, which never leaves the memory.
"""

import hashlib
import hmac
import re
import secrets
import sqlite3
import threading

import argon2

from tipr.errors import KeyMissingError
from tipr.service.state import audit, keys
from tipr.service.state.keys import Key
from tipr.service.state.state import State

_KEY = re.compile(r"tipr_([1-9][0-9]{0,8})_([A-Za-z0-9_-]{43})")
# OWASP's least for argon2id; the secret is random, so that guessing is hopeless anyway.
_HASHER = argon2.PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_NOBODY = _HASHER.hash(secrets.token_urlsafe(32))


def make(state: State, name: str, scope: str) -> tuple[Key, str]:
    """A new key and its text, which is shown once and kept nowhere.

    Raises:
        ConfigError: as `keys.add`.
    """
    secret = secrets.token_urlsafe(32)
    digest = _HASHER.hash(secret)

    def kept(db: sqlite3.Connection) -> Key:
        key = keys.add(db, name, scope, digest)
        audit.append(db, [audit.Act(who="terminal", act=f"key {key.id} made: {scope}")])
        return key

    key = state.write(kept).result()
    return key, f"tipr_{key.id}_{secret}"


def revoke(state: State, name: str) -> Key:
    """End a key, with everybody who is logged in by it.

    Raises:
        MissingError: as `keys.revoke`.
    """

    def ended(db: sqlite3.Connection) -> Key:
        key = keys.revoke(db, name)
        audit.append(db, [audit.Act(who="terminal", act=f"key {key.id} revoked")])
        return key

    return state.write(ended).result()


class Keyring:
    """Reads keys that are shown to it."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._own = secrets.token_bytes(32)
        self._fitted: dict[str, bytes] = {}
        self._slow = threading.Semaphore(2)  # argon2 takes 19 MB and a core each

    def read(self, text: str) -> Key:
        """The key that this text is.

        Raises:
            KeyMissingError: it is none, or no longer.
        """
        match = _KEY.fullmatch(text)
        if match is None:
            raise KeyMissingError("this is no key; a key looks like tipr_1_ and 43 letters")
        with self._state.reading() as db:
            held = keys.held(db, int(match[1]))
        fits = self._fits(_NOBODY if held is None else held[1], match[2])
        if held is None or not fits:
            raise KeyMissingError("this key does not hold (any more); ask for another")
        return held[0]

    def knows(self, text: str) -> bool:
        """Whether this text has fitted before, so that reading it is quick."""
        match = _KEY.fullmatch(text)
        return match is not None and self._mark(match[2]) in self._fitted.values()

    def _fits(self, digest: str, secret: str) -> bool:
        mark = self._mark(secret)
        if hmac.compare_digest(self._fitted.get(digest, b""), mark):
            return True
        try:
            with self._slow:
                _HASHER.verify(digest, secret)
        except argon2.exceptions.VerifyMismatchError:
            return False
        self._fitted[digest] = mark
        return True

    def _mark(self, secret: str) -> bytes:
        return hashlib.blake2b(secret.encode(), key=self._own, digest_size=32).digest()
