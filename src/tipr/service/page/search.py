"""The search page: the whole of it, and the parts that its script asks for."""

from collections.abc import Mapping
from datetime import datetime

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from tipr.service.desk.desk import Desk
from tipr.service.desk.facets import overview
from tipr.service.guard.caller import Caller
from tipr.service.guard.needs import Needs
from tipr.service.page.address import Address
from tipr.service.page.asking import settled
from tipr.service.page.chips import chips
from tipr.service.page.choices import menus
from tipr.service.page.drawn import drawn, linker, path_of, wanted
from tipr.service.page.finding import Found, find, understood
from tipr.service.page.glance import glance
from tipr.service.page.looking import panel_of
from tipr.service.page.panel import hit_of
from tipr.service.page.recent import recent
from tipr.service.page.route import Number, OfGallery, OurService, PageRoute, Reader
from tipr.service.page.tiles import sections
from tipr.service.page.timeline import timeline
from tipr.service.page.uploads import pictures_of

router = APIRouter(route_class=PageRoute, include_in_schema=False)

EXAMPLES = (
    "a woman in a red coat",
    "a man with a green backpack",
    "a person in a yellow jacket and blue jeans",
)
RECENT = 8


@router.get("/", dependencies=[Depends(Needs("read"))])
async def start(service: OurService) -> Response:
    """The first gallery."""
    return RedirectResponse(path_of(next(iter(service.desks))), 303)


@router.get("/g/{gallery}")
async def page(request: Request, desk: OfGallery, caller: Reader, service: OurService) -> Response:
    """A state of the search; tokens among the words move into the address first."""
    await desk.admit(caller, "read")
    address = Address.of(request.query_params)
    typed = await understood(desk, address)
    if typed.filters or typed.avoid:
        return RedirectResponse(linker(desk.name)(settled(address, typed)), 303)
    found = await find(desk, caller, address, typed, pictures_of(request, caller, address.picture))
    panel = None
    if address.hit is not None:
        hit = hit_of(found.answer, address.hit)
        panel = await panel_of(desk, caller, address, address.hit, hit=hit)
    return drawn(
        request,
        "view.html" if wanted(request) == "view" else "search.html",
        caller,
        status=422 if found.fault else 200,
        fragment=wanted(request),
        gallery=desk.name,
        galleries=list(service.desks),
        panel=panel,
        recent=await recent(desk, caller, RECENT),
        at_a_glance=[] if found.answer else glance(await overview(desk, caller)),
        examples=EXAMPLES,
        **_shown(address, found),
    )


@router.get("/g/{gallery}/hit/{number}")
async def panel(request: Request, desk: OfGallery, number: Number, caller: Reader) -> Response:
    """The panel of one picture alone; as a page the search it belongs to."""
    return await _part(request, desk, number, caller, "panel", why=False)


@router.get("/g/{gallery}/why/{number}")
async def why(request: Request, desk: OfGallery, number: Number, caller: Reader) -> Response:
    """A picture with the words over it alone; as a page the search it belongs to."""
    return await _part(request, desk, number, caller, "why", why=True)


async def _part(
    request: Request, desk: Desk, number: int, caller: Caller, part: str, *, why: bool
) -> Response:
    address = Address.of(request.query_params).to(hit=number)
    address = address.to(why=why or address.why)
    if wanted(request) != part:
        return RedirectResponse(linker(desk.name)(address), 303)
    return drawn(
        request,
        f"{part}.html",
        caller,
        fragment=part,
        gallery=desk.name,
        address=address,
        panel=await panel_of(desk, caller, address, number, around=part == "panel"),
    )


def _shown(address: Address, found: Found) -> Mapping[str, object]:
    """What the templates draw of an answer."""
    answer = found.answer
    return {
        "address": address,
        "answer": answer,
        "query": answer.query if answer else None,
        "fault": found.fault,
        "saved": found.saved,
        "chips": chips(address),
        "menus": menus(found.facets, address),
        "sections": sections(answer, datetime.now(), found.shapes) if answer else [],
        "timeline": timeline(list(answer)) if answer else None,
    }
