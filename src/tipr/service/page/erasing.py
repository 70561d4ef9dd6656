"""Erase people's pictures: say whom, look at what would go, then exactly that."""

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from tipr.gallery.forget import Whom
from tipr.search.moments import bound
from tipr.service.desk.facets import overview
from tipr.service.desk.forget import forget, plan
from tipr.service.page.drawn import drawn
from tipr.service.page.route import Admin, Id, OfGallery, PageRoute

router = APIRouter(route_class=PageRoute, include_in_schema=False)
SHOWN = 60

Ids = Annotated[list[Id] | None, Form()]
Text = Annotated[str, Form()]


@router.get("/g/{gallery}/forget")
async def choose(request: Request, desk: OfGallery, caller: Admin) -> Response:
    """Say whom."""
    found = await overview(desk, caller)
    return drawn(
        request,
        "forget.html",
        caller,
        gallery=desk.name,
        sources=[root for root, *_ in found.sources],
        cameras=[camera for camera, _ in found.cameras if camera is not None],
        plan=None,
        erased=None,
    )


@router.post("/g/{gallery}/forget")
async def go_on(
    request: Request,
    desk: OfGallery,
    caller: Admin,
    item: Ids = None,
    source: Text = "",
    camera: Text = "",
    after: Text = "",
    before: Text = "",
    word: Text = "",
) -> Response:
    """Show what would go; with the `word` of that plan, erase it."""
    whom = Whom(
        ids=tuple(item or ()),
        source=Path(source) if source else None,
        camera=camera or None,
        after_ms=bound(after, "first") if after else None,
        before_ms=bound(before, "last") + 1 if before else None,
    )
    erased = await forget(desk, caller, whom, word) if word else None
    return drawn(
        request,
        "forget.html",
        caller,
        gallery=desk.name,
        whom={"source": source, "camera": camera, "after": after, "before": before},
        ids=item or [],
        plan=None if word else await plan(desk, caller, whom),
        erased=erased,
        shown=SHOWN,
    )
