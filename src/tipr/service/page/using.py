"""What this is for, what it is not for, and what is kept of those who use it."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from tipr.service.page.drawn import drawn
from tipr.service.page.route import OurService, PageRoute, Reader

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/use")
async def page(request: Request, caller: Reader, service: OurService) -> Response:
    """The page on responsible use, with the rules of each gallery."""
    rules = {name: await desk.rules() for name, desk in service.desks.items()}
    return drawn(request, "use.html", caller, rules=rules)
