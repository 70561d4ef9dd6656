"""Pictures of a gallery by their ids, which are never paths."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import FileResponse

from tipr.service.api.asked import Id
from tipr.service.api.reach import At, Reads
from tipr.service.api.shown import ShownItem
from tipr.service.desk import look
from tipr.service.desk.films import PLAYED, film
from tipr.service.desk.nearby import MOST, nearby

router = APIRouter(tags=["pictures"])

JPEG = {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}}
_PICTURE = {"response_class": Response, "responses": {200: {**JPEG, "description": "a JPEG"}}}
_FILM = {
    "response_class": FileResponse,
    "responses": {
        200: {
            "content": dict.fromkeys(sorted({*PLAYED.values()}), JPEG["content"]["image/jpeg"]),
            "description": "the video",
        },
        206: {"description": "the part of it that was asked for"},
        416: {"description": "it has no such part"},
    },
}


@router.get("/galleries/{gallery}/items/{item}")
async def get_item(caller: Reads, desk: At, item: Id) -> ShownItem:
    """What is known of a picture."""
    return ShownItem.of(await look.item(desk, caller, item))


@router.get("/galleries/{gallery}/items/{item}/thumbnail", **_PICTURE)
async def get_thumbnail(caller: Reads, desk: At, item: Id) -> Response:
    """A small picture of the person, made anew from the pixels."""
    return Response(await look.thumbnail(desk, caller, item), media_type="image/jpeg")


@router.get("/galleries/{gallery}/items/{item}/picture", **_PICTURE)
async def get_picture(caller: Reads, desk: At, item: Id, frame: bool = False) -> Response:
    """The picture of the person, or the whole frame around it, made anew from the pixels."""
    content = await look.picture(desk, caller, item, frame=frame)
    return Response(content, media_type="image/jpeg")


@router.get("/galleries/{gallery}/items/{item}/film", **_FILM)
async def get_film(caller: Reads, desk: At, item: Id) -> FileResponse:
    """The video out of which the picture is, or the part of it that `Range` asks for."""
    path, kind = await film(desk, caller, item)
    return FileResponse(path, media_type=kind)


@router.get("/galleries/{gallery}/items/{item}/nearby")
async def list_nearby(
    caller: Reads,
    desk: At,
    item: Id,
    minutes: Annotated[float, Query(gt=0, le=1440, allow_inf_nan=False)] = 5,
    k: Annotated[int, Query(ge=1, le=MOST)] = 50,
) -> list[ShownItem]:
    """What the same camera saw shortly before and after, in the order of time."""
    return [ShownItem.of(one) for one in await nearby(desk, caller, item, minutes=minutes, k=k)]
