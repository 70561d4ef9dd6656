"""What somebody says of a hit: the next search starts from it, a labelled pair is kept of it."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from tipr.service.desk.marks import mark
from tipr.service.page.address import Address
from tipr.service.page.drawn import linker
from tipr.service.page.route import Id, OfGallery, PageRoute, Reader

router = APIRouter(route_class=PageRoute, include_in_schema=False)

Says = Literal["like", "unlike", "nothing"]
_FITS = {"like": True, "unlike": False, "nothing": None}


@router.post("/g/{gallery}/mark")
async def said(
    request: Request,
    desk: OfGallery,
    caller: Reader,
    item: Annotated[Id, Form()],
    says: Annotated[Says, Form()],
) -> Response:
    """Keep it, if there are words that it was said of, and search again with it."""
    address = Address.of(request.query_params)
    if address.q:
        await mark(desk, caller, address.q, item, _FITS[says])
    return RedirectResponse(linker(desk.name)(after(address, item, says)), 303)


def after(address: Address, item: int, says: Says) -> Address:
    """The search with an example more, or less; the panel stays open unless the hit is gone."""
    like = tuple(one for one in address.like if one != item)
    unlike = tuple(one for one in address.unlike if one != item)
    return address.to(
        like=(*like, item) if says == "like" else like,
        unlike=(*unlike, item) if says == "unlike" else unlike,
        hit=None if says == "unlike" else item,
    )
