"""Numbers, times, counts and logs every request; an unforeseen error ends no more than its own."""

import logging
import secrets
import time

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tipr.service.faults import broken
from tipr.service.guard.bounds import Gone
from tipr.service.watch.logs import say
from tipr.service.watch.metrics import Metrics

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Requests:
    """The outermost layer. Routes are told by their names: an address may hold words."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["request_id"] = number = secrets.token_hex(8)
        status, begun = 0, time.perf_counter()

        async def told(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["x-request-id"] = number
            await send(message)

        with self._metrics.running.track_inprogress():
            try:
                await self._app(scope, receive, told)
            except Gone:
                say("client gone", level=logging.WARNING, request=number)
            except Exception:
                say("broken", level=logging.ERROR, request=number, route=_route(scope))
                if not status:
                    await broken(scope)(scope, receive, told)
        self._note(scope, status, time.perf_counter() - begun)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = _route(scope)
        method = scope["method"] if scope["method"] in METHODS else "other"
        self._metrics.requests.labels(method, route, status).inc()
        self._metrics.seconds.labels(route).observe(seconds)
        caller = scope.get("caller")
        say(
            "request",
            request=scope["request_id"],
            method=method,
            route=route,
            status=status,
            ms=round(1000 * seconds, 1),
            who=caller.who if caller else None,
        )


def _route(scope: Scope) -> str:
    """The name of the route; unknown paths are all one, so that nobody can invent labels."""
    return getattr(scope.get("route"), "name", "none")
