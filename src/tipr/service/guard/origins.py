"""Refuses what other websites make a browser ask of this service.

A page anywhere can have its name resolve to 127.0.0.1 (DNS rebinding): then the Host header still
tells that name. It can also post forms here: then Origin or Sec-Fetch-Site tell where it is from.
"""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from tipr.errors import ScopeError
from tipr.service.faults import fault
from tipr.service.guard.guard import SAFE

LOCAL = ("localhost", "127.0.0.1", "[::1]")


class Origins:
    """Lets through requests to a known host that no other site has sent."""

    def __init__(self, app: ASGIApp, *, hosts: tuple[str, ...]) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in (*LOCAL, *hosts))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        wrong = self._wrong(scope) if scope["type"] == "http" else None
        if wrong is None:
            await self._app(scope, receive, send)
            return
        line, status = wrong
        await fault(scope, ScopeError(line), status)(scope, receive, send)

    def _wrong(self, scope: Scope) -> tuple[str, int] | None:
        headers = Headers(scope=scope)
        named = headers.getlist("host")
        if len(named) != 1 or _name(named[0]) not in self._hosts:
            return (
                f"this service does not answer to the name {', '.join(named)!r}; call it by one "
                f"of {', '.join(sorted(self._hosts))}, or start it with --allow-host"
            ), 421
        origin = headers.get("origin")
        # "null" is what sandboxed pages and files say: nobody whom one could know.
        foreign = origin is not None and origin.partition("://")[2].lower() != named[0].lower()
        site = headers.get("sec-fetch-site")
        if scope["method"] not in SAFE and (foreign or site in ("cross-site", "same-site")):
            return "this was sent by the page of another site; use this service's own page", 403
        if scope["method"] in SAFE and site == "cross-site" and _is_embedded(headers):
            return "other sites may link to this service, not show parts of it", 403
        return None


def _name(host: str) -> str:
    """A Host header without its port."""
    name, colon, port = host.rpartition(":")
    return (name if colon and (port.isdigit() and not name.endswith(":")) else host).lower()


def _is_embedded(headers: Headers) -> bool:
    return headers.get("sec-fetch-mode") != "navigate"
