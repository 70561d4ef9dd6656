"""How large a request may be, and how long its client may take to send it and to read the answer.

The server itself holds clients to their Content-Length: less never ends (the time limit does),
more is the next request.
"""

import asyncio

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tipr.errors import LimitError
from tipr.service.faults import fault

UNKNOWN_BYTES = 65_536
"""What somebody without a key may send: enough for a login."""


class Gone(Exception):  # noqa: N818 - the client's doing, no fault of ours
    """The client does not take its answer."""


class Bounds:
    """Refuses bodies above `most_bytes`, clients that are slower than the two limits."""

    def __init__(self, app: ASGIApp, *, most_bytes: int, request_s: float, answer_s: float) -> None:
        self._app, self._most = app, most_bytes
        self._request_s, self._answer_s = request_s, answer_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._most if "known" in scope else min(self._most, UNKNOWN_BYTES)
        said = Headers(scope=scope).get("content-length", "0")
        if not said.isdecimal() or int(said) > most:
            await _refuse(scope, receive, send, LimitError(_too_large(most)), 413)
            return
        body = _Body(receive, most, self._request_s)

        async def sent(message: Message) -> None:
            if body.refusal is None:
                try:
                    async with asyncio.timeout(self._answer_s):
                        await send(message)
                except TimeoutError:
                    raise Gone from None

        await self._app(scope, body.receive, sent)
        if body.refusal is not None:
            await _refuse(scope, receive, send, *body.refusal)


class _Body:
    """A request's body, counted while it comes; after a `refusal` it is as if it had broken off."""

    def __init__(self, receive: Receive, most: int, limit_s: float) -> None:
        self._receive, self._most = receive, most
        self._end = asyncio.get_running_loop().time() + limit_s
        self._read, self._whole = 0, False
        self.refusal: tuple[LimitError, int] | None = None

    async def receive(self) -> Message:
        """The next part; once all is there, only the end of the connection can come."""
        if self._whole:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._end):
                message = await self._receive()
        except TimeoutError:
            return self._refused("the request did not arrive in time; send it again", 408)
        self._read += len(message.get("body", b""))
        self._whole = not message.get("more_body", False)
        return message if self._read <= self._most else self._refused(_too_large(self._most), 413)

    def _refused(self, line: str, status: int) -> Message:
        self.refusal, self._whole = (LimitError(line), status), True
        return {"type": "http.disconnect"}


def _too_large(most: int) -> str:
    return f"the request is too large; at most {most:,} bytes are taken"


async def _refuse(
    scope: Scope, receive: Receive, send: Send, error: LimitError, status: int
) -> None:
    answer = fault(scope, error, status)
    del answer.headers["retry-after"]
    answer.headers["connection"] = "close"  # the rest of the body is not wanted
    await answer(scope, receive, send)
