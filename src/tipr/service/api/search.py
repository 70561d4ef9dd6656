"""Searches: words as they are typed, mixtures, uploaded pictures."""

from typing import Annotated, Literal

from fastapi import APIRouter, File, Form, Query, UploadFile
from pydantic import Json

from tipr.service.api.asked import Asked, K, Page, Typing
from tipr.service.api.reach import At, Reads, The
from tipr.service.api.shown import ShownAnswer
from tipr.service.desk.find import search

router = APIRouter(tags=["search"])

MOST_PICTURES = 5
NOTHING = Asked()


@router.get("/galleries/{gallery}/search")
async def search_typed(
    caller: Reads,
    desk: At,
    q: Annotated[Typing, Query(min_length=1)],
    k: K = 20,
    page: Page = 1,
    order: Literal["match", "time"] = "match",
    group: bool = True,
) -> ShownAnswer:
    """The pictures that fit best what is typed: words, with tokens like camera:gate2 among them."""
    asked = Asked(typed=q, k=k, page=page, order=order, group=group)
    return ShownAnswer.of(desk.name, await search(desk, caller, await desk.read(asked.query)))


@router.post("/galleries/{gallery}/search")
async def search_mixture(caller: Reads, desk: At, asked: Asked) -> ShownAnswer:
    """The pictures that fit best: words, words to avoid, pictures of the gallery, filters."""
    return ShownAnswer.of(desk.name, await search(desk, caller, await desk.read(asked.query)))


@router.post("/galleries/{gallery}/search/pictures")
async def search_by_pictures(
    caller: Reads,
    service: The,
    desk: At,
    pictures: Annotated[
        list[UploadFile],
        File(max_length=MOST_PICTURES, description="Of somebody like the one looked for."),
    ],
    asked: Annotated[Json[Asked], Form(description="The rest of the search, as JSON.")] = NOTHING,
) -> ShownAnswer:
    """The same with pictures that are sent along; they are not kept."""
    clean = [await service.washer.clean(await one.read()) for one in pictures]
    query = await desk.read(lambda gallery: asked.query(gallery, clean))
    return ShownAnswer.of(desk.name, await search(desk, caller, query))
