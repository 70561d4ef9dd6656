"""A picture that somebody brings to search with."""

from typing import Annotated

from fastapi import APIRouter, File, Request, UploadFile
from fastapi.responses import RedirectResponse, Response

from tipr.service.page.address import Address
from tipr.service.page.drawn import linker
from tipr.service.page.route import OfGallery, OurService, PageRoute, Reader
from tipr.service.page.uploads import uploads_of

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.post("/g/{gallery}/upload")
async def upload(
    request: Request,
    desk: OfGallery,
    caller: Reader,
    service: OurService,
    picture: Annotated[UploadFile, File()],
) -> Response:
    """Read it in the worker, keep it for a while, and search with it too."""
    await desk.admit(caller, "read")
    jpeg = await service.washer.clean(await picture.read())
    handle = uploads_of(request).keep(caller.who, jpeg)
    address = Address.of(request.query_params)
    return RedirectResponse(linker(desk.name)(address.to(picture=(*address.picture, handle))), 303)
