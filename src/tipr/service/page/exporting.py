"""The chosen hits as a file to take away."""

from collections.abc import Iterator
from typing import IO, Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response, StreamingResponse
from starlette.background import BackgroundTask

from tipr.errors import QueryError
from tipr.search.terms import Query
from tipr.service.desk.desk import Desk
from tipr.service.desk.export import Kind, export
from tipr.service.guard.caller import Caller
from tipr.service.page.address import Address
from tipr.service.page.asking import query_of
from tipr.service.page.finding import understood
from tipr.service.page.route import Id, OfGallery, PageRoute, Reader
from tipr.service.page.uploads import pictures_of

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_BLOCK = 1 << 16


@router.post("/g/{gallery}/export")
async def chosen(
    request: Request,
    desk: OfGallery,
    caller: Reader,
    kind: Annotated[Kind, Form()],
    item: Annotated[list[Id] | None, Form()] = None,
) -> Response:
    """A zip with pictures, a table, JSON or a sheet to print."""
    if not item:
        raise QueryError("no hit is chosen; choose some by the round box in their corner")
    query = await asked_of(request, desk, caller)
    made = await export(desk, caller, item, kind, query)
    return StreamingResponse(
        _blocks(made.file),
        media_type=made.media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{made.name}"',
            "Content-Length": str(made.size),
        },
        background=BackgroundTask(made.file.close),
    )


async def asked_of(request: Request, desk: Desk, caller: Caller) -> Query | None:
    """What the address of a request asks; None where it asks nothing.

    Raises:
        QueryError: it is not understood, or a picture of it is not kept any more.
    """
    address = Address.of(request.query_params)
    if not address.asks:
        return None
    typed = await understood(desk, address)
    return query_of(address, typed, pictures_of(request, caller, address.picture))


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while block := file.read(_BLOCK):
        yield block
