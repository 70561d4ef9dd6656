"""Pictures of people: small, large, whole frames, moving, and what somebody searches with."""

from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse, Response

from tipr.service.desk import look
from tipr.service.desk.films import film
from tipr.service.page.route import Number, OfGallery, PageRoute, Reader
from tipr.service.page.uploads import uploads_of
from tipr.service.reach import desk_of

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/g/{gallery}/thumb/{number}")
async def thumbnail(
    desk: OfGallery, number: Number, caller: Reader, fine: bool = False
) -> Response:
    """A tile's picture; `fine` for screens with more pixels."""
    return _jpeg(await look.thumbnail(desk, caller, number, fine=fine))


@router.get("/g/{gallery}/picture/{number}")
async def picture(desk: OfGallery, number: Number, caller: Reader, frame: bool = False) -> Response:
    """The person, or the whole frame."""
    return _jpeg(await look.picture(desk, caller, number, frame=frame))


@router.get("/g/{gallery}/film/{number}")
async def moving(desk: OfGallery, number: Number, caller: Reader) -> Response:
    """The video in which the person was seen, or the part of it that is asked for."""
    path, kind = await film(desk, caller, number)
    return FileResponse(path, media_type=kind)


@router.get("/g/{gallery}/upload/{handle}", dependencies=[Depends(desk_of)])
async def upload(request: Request, handle: str, caller: Reader) -> Response:
    """What the caller searches with."""
    return _jpeg(uploads_of(request).get(caller.who, handle))


def _jpeg(content: bytes) -> Response:
    return Response(content, media_type="image/jpeg")
