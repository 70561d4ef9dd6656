"""Routes of pages: who owes a gallery the reason for a search is asked for it, and goes on."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Path, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute
from pydantic import Field

from tipr.errors import ReasonError
from tipr.service.desk.desk import Desk
from tipr.service.guard.caller import Caller
from tipr.service.guard.needs import Needs
from tipr.service.reach import desk_of, service_of
from tipr.service.service import Service

Reader = Annotated[Caller, Depends(Needs("read"))]
Indexer = Annotated[Caller, Depends(Needs("index"))]
Admin = Annotated[Caller, Depends(Needs("admin"))]
Id = Annotated[int, Field(ge=1, lt=2**63)]
"""Of a picture; SQLite counts no further."""
Number = Annotated[int, Path(ge=1, lt=2**63)]
OurService = Annotated[Service, Depends(service_of)]
OfGallery = Annotated[Desk, Depends(desk_of)]
"""The desk of the gallery that the path names."""


class PageRoute(APIRoute):
    """Sends the browser to /reason where a reason is missing."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """As FastAPI has it."""
        answer = super().get_route_handler()

        async def asked(request: Request) -> Response:
            try:
                return await answer(request)
            except ReasonError:
                if request.method != "GET":
                    raise
                here = f"{request.url.path}?{request.url.query}"
                return RedirectResponse(f"/reason?{urlencode({'then': here})}", 303)

        return asked
