"""Finds out who asks before a byte of the body is read.

What was found stands in the scope: `known`, or the `refusal` that a route which needs a key tells.
"""

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from tipr.errors import KeyMissingError, LimitError
from tipr.service.faults import fault
from tipr.service.guard.guard import Guard


class Gate:
    """Lets through who is known, and others as far as routes go that need no key."""

    def __init__(self, app: ASGIApp, guard: Guard) -> None:
        self._app, self._guard = app, guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] == "http":
            try:
                scope["known"] = await self._guard.identify(HTTPConnection(scope))
                scope["caller"] = scope["known"].caller
            except KeyMissingError as error:
                scope["refusal"] = error
            except LimitError as error:
                await fault(scope, error)(scope, receive, send)
                return
        await self._app(scope, receive, send)
