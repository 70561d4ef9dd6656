"""The gatekeeper: a request's headers to the caller who sent it, or a refusal."""

import hashlib
import hmac
import secrets
import sqlite3
import time
from dataclasses import dataclass
from typing import NamedTuple

import anyio
import anyio.to_thread
from starlette.requests import HTTPConnection

from tipr.errors import KeyMissingError, ScopeError
from tipr.service.guard.caller import Caller
from tipr.service.guard.keyring import Keyring
from tipr.service.guard.rates import Rates
from tipr.service.guard.reason import reason_of
from tipr.service.settings import ServiceSettings
from tipr.service.state import audit, keys, sessions
from tipr.service.state.keys import Key
from tipr.service.state.state import State

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Login(NamedTuple):
    """What the page's cookie holds, and for how many seconds."""

    cookie: str
    age_s: int


@dataclass(frozen=True, slots=True)
class Known:
    """A caller, and whether the browser would name them unasked, so that forms need a token."""

    caller: Caller
    by_browser: bool


class Guard:
    """Knows who asks, counts how often, and lets browsers in."""

    def __init__(self, state: State, settings: ServiceSettings) -> None:
        self._state, self._settings = state, settings
        self._keyring = Keyring(state)
        self._requests = Rates(settings.requests_per_minute, "requests")
        self._wrong = Rates(settings.wrong_keys_per_minute, "keys that do not hold")
        self._threads = anyio.CapacityLimiter(8)
        self._forms = secrets.token_bytes(32)

    @property
    def cookie(self) -> str:
        """The name of the login's cookie; the prefix makes browsers insist on TLS and this host."""
        return "__Host-tipr" if self._settings.secure else "tipr"

    async def identify(self, request: HTTPConnection) -> Known:
        """Who sent this request.

        Raises:
            KeyMissingError: a key is needed, and none that holds was shown.
            LimitError: they, or their address, have asked too often.
        """
        address = request.client.host if request.client else ""
        self._requests.take(f"address {address}")
        key, by_browser = await self._key(request, address)
        if key is not None:
            self._requests.take(key.who)
        return Known(
            Caller(
                who="local" if key is None else key.who,
                name="local" if key is None else key.name,
                scope=self._settings.local if key is None else key.scope,
                address=address,
                request=request.scope.get("request_id", ""),
                reason=reason_of(request),
            ),
            by_browser,
        )

    async def log_in(self, text: str, address: str) -> Login:
        """Begin a session by a key.

        Raises:
            KeyMissingError: the key does not hold.
            LimitError: too many wrong keys came from this address.
        """
        key = await self._read(text, address)
        cookie, age_s = secrets.token_urlsafe(32), self._settings.session_hours * 3600
        now_s = int(time.time())

        def begun(db: sqlite3.Connection) -> None:
            sessions.begin(db, _digest(cookie), key.id, now_s + age_s, now_s)
            words = {"client": address}
            audit.append(db, [audit.Act(who=key.who, act="login", words=words)])

        await self._state.written(begun)
        return Login(cookie, age_s)

    async def log_out(self, request: HTTPConnection) -> None:
        """End the session of this request's cookie."""
        cookie = request.cookies.get(self.cookie, "")
        await self._state.written(lambda db: sessions.end(db, _digest(cookie)))

    def form_token(self, request: HTTPConnection) -> str:
        """What a form of this browser must send along in its field `csrf`."""
        cookie = request.cookies.get(self.cookie, "")
        return hmac.new(self._forms, cookie.encode(), hashlib.sha256).hexdigest()

    def require_token(self, request: HTTPConnection, token: str) -> None:
        """Make sure that a change was asked for by a page of ours.

        Raises:
            ScopeError: it was not, or by one that was opened before the service started anew.
        """
        # as bytes: compare_digest takes no text beyond ASCII
        if not hmac.compare_digest(token.encode(), self.form_token(request).encode()):
            raise ScopeError("this form is out of date; load the page again and send it once more")

    async def needs_key(self) -> bool:
        """Whether nobody is let in without a key: beyond this machine, or once there is one."""
        return not self._settings.is_local or await self._state.read(keys.are_there)

    async def _key(self, request: HTTPConnection, address: str) -> tuple[Key | None, bool]:
        """The key of a request, None for somebody at this machine; whether the browser sent it."""
        kind, _, text = request.headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer":
            return await self._read(text.strip(), address), False
        if cookie := request.cookies.get(self.cookie):
            now_s = int(time.time())
            found = await self._state.read(lambda db: sessions.key_of(db, _digest(cookie), now_s))
            if found is not None:
                return found, True
        if await self.needs_key():
            raise KeyMissingError(
                "this needs a key; send it as 'Authorization: Bearer KEY', or log in on the page"
            )
        return None, _is_browser(request)

    async def _read(self, text: str, address: str) -> Key:
        if not self._keyring.knows(text):
            self._wrong.check(address)
        try:
            return await anyio.to_thread.run_sync(self._keyring.read, text, limiter=self._threads)
        except KeyMissingError:
            self._wrong.take(address)
            raise


def _digest(cookie: str) -> bytes:
    return hashlib.sha256(cookie.encode()).digest()


def _is_browser(request: HTTPConnection) -> bool:
    """Browsers say where a change comes from; programs have no pages that could mislead them."""
    return "origin" in request.headers or "sec-fetch-site" in request.headers
