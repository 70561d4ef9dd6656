"""One client's connection, which is cut when it hangs or is one too many.

uvicorn starts its clock when an answer has been given: a client that never ends its first request,
or never takes its answer, would hold a connection for ever. `sweep` is called every second or so.
"""

import asyncio
import time
from collections import Counter

from uvicorn.protocols.http.h11_impl import H11Protocol

from tipr.service.settings import ServiceSettings


class Connection(H11Protocol):
    """Speaks HTTP with one client; use what `bounded` gives."""

    settings: ServiceSettings
    addresses: Counter[str]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """As asyncio has it."""
        super().connection_made(transport)
        self._since, self._closing_since = time.monotonic(), None
        self._address = self.client[0] if self.client else ""
        self.addresses[self._address] += 1
        mine, all_ = self.addresses[self._address], self.addresses.total()
        if mine > self.settings.connections_each or all_ > self.settings.connections:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """As asyncio has it."""
        self.addresses[self._address] -= 1
        if not self.addresses[self._address]:
            del self.addresses[self._address]
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """As uvicorn has it."""
        self._since = time.monotonic()
        super().on_response_complete()

    def sweep(self) -> None:
        """Cut the connection if its client lets us wait for too long."""
        now = time.monotonic()
        if self.transport.is_closing():
            self._closing_since = self._closing_since or now
            if now - self._closing_since > self.settings.answer_s:
                self.transport.abort()
        elif self._is_waiting() and now - self._since > self.settings.request_s:
            self.transport.abort()

    def _is_waiting(self) -> bool:
        """Whether it is the client's turn to send the head of a request."""
        return self.cycle is None or self.cycle.response_complete


def bounded(bounds: ServiceSettings) -> type[Connection]:
    """Connections of one server, which are counted together."""

    counted: Counter[str] = Counter()

    class Bounded(Connection):
        settings = bounds
        addresses = counted

    return Bounded
