"""The audit log to read, and whether its chain holds."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from tipr.errors import AuditError
from tipr.service.page.drawn import drawn
from tipr.service.page.route import Admin, OurService, PageRoute
from tipr.service.state import audit

router = APIRouter(route_class=PageRoute, include_in_schema=False)
AT_ONCE = 100


@router.get("/audit")
async def page(
    request: Request,
    caller: Admin,
    service: OurService,
    below: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
    gallery: str = "",
    who: str = "",
    act: str = "",
    verify: bool = False,
) -> Response:
    """The latest entries first, narrowed by gallery, person and act."""
    entries = await service.state.read(
        partial(
            audit.entries,
            below=below,
            limit=AT_ONCE + 1,
            gallery=gallery or None,
            who=who or None,
            act=act or None,
        )
    )
    sound, broken = await _verified(service) if verify else (None, "")
    return drawn(
        request,
        "audit.html",
        caller,
        entries=entries[:AT_ONCE],
        more=len(entries) > AT_ONCE,
        galleries=list(service.desks),
        only={"gallery": gallery, "who": who, "act": act},
        sound=sound,
        broken=broken,
    )


async def _verified(service: OurService) -> tuple[audit.Sound | None, str]:
    try:
        return await service.state.read(audit.verify), ""
    except AuditError as error:
        return None, str(error)
