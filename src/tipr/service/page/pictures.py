"""Pictures of people as JPEG: small, large, whole frames, and what somebody searches with."""

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from tipr.service.desk import look
from tipr.service.page.route import Number, OfGallery, PageRoute, Reader
from tipr.service.page.uploads import uploads_of
from tipr.service.reach import desk_of

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/g/{gallery}/thumb/{number}")
async def thumbnail(desk: OfGallery, number: Number, caller: Reader) -> Response:
    """A tile's picture."""
    return _jpeg(await look.thumbnail(desk, caller, number))


@router.get("/g/{gallery}/picture/{number}")
async def picture(desk: OfGallery, number: Number, caller: Reader, frame: bool = False) -> Response:
    """The person, or the whole frame."""
    return _jpeg(await look.picture(desk, caller, number, frame=frame))


@router.get("/g/{gallery}/upload/{handle}", dependencies=[Depends(desk_of)])
async def upload(request: Request, handle: str, caller: Reader) -> Response:
    """What the caller searches with."""
    return _jpeg(uploads_of(request).get(caller.who, handle))


def _jpeg(content: bytes) -> Response:
    return Response(content, media_type="image/jpeg")
