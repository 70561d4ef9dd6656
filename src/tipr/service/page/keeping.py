"""Searches that are kept under a name, and those of lately."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from tipr.errors import QueryError
from tipr.service.desk import saved
from tipr.service.page.address import Address
from tipr.service.page.asking import address_of
from tipr.service.page.drawn import drawn, linker, path_of
from tipr.service.page.exporting import asked_of
from tipr.service.page.recent import recent
from tipr.service.page.route import OfGallery, PageRoute, Reader
from tipr.service.page.uploads import uploads_of

router = APIRouter(route_class=PageRoute, include_in_schema=False)
RECENT = 100


@router.get("/g/{gallery}/saved")
async def page(request: Request, desk: OfGallery, caller: Reader) -> Response:
    """All that is kept, and what the caller has searched for lately."""
    return drawn(
        request,
        "saved.html",
        caller,
        gallery=desk.name,
        saved=await saved.saved(desk, caller),
        recent=await recent(desk, caller, RECENT),
    )


@router.post("/g/{gallery}/saved")
async def keep(
    request: Request, desk: OfGallery, caller: Reader, name: Annotated[str, Form()]
) -> Response:
    """Keep the search of the address."""
    query = await asked_of(request, desk, caller)
    if query is None:
        raise QueryError("there is no search to keep; describe a person first")
    await saved.save(desk, caller, name, query)
    return RedirectResponse(linker(desk.name)(Address.of(request.query_params)), 303)


@router.get("/g/{gallery}/again")
async def again(request: Request, desk: OfGallery, caller: Reader, name: str) -> Response:
    """Search for it again."""
    query = await saved.load(desk, caller, name)
    kept = uploads_of(request)
    handles = [
        kept.keep(caller.who, picture.source)
        for picture in query.pictures
        if isinstance(picture.source, bytes)
    ]
    return RedirectResponse(linker(desk.name)(address_of(query, handles)), 303)


@router.post("/g/{gallery}/unsave")
async def drop(desk: OfGallery, caller: Reader, name: Annotated[str, Form()]) -> Response:
    """Erase it."""
    await saved.delete(desk, caller, name)
    return RedirectResponse(f"{path_of(desk.name)}/saved", 303)
