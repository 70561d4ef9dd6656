"""Log in with a key, log out, and say why one searches."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from tipr.errors import KeyMissingError
from tipr.service.guard.needs import Needs
from tipr.service.guard.reason import COOKIE, MAX_REASON
from tipr.service.page.drawn import drawn
from tipr.service.page.route import OurService, Reader

router = APIRouter(include_in_schema=False)


@router.get("/login")
async def ask(request: Request, then: str = "/") -> Response:
    """Ask for the key."""
    return drawn(request, "login.html", None, then=ours(then), line="")


@router.post("/login")
async def enter(
    request: Request,
    service: OurService,
    key: Annotated[str, Form(max_length=200)],
    then: Annotated[str, Form(max_length=4000)] = "/",
) -> Response:
    """Begin a session; a cookie holds it that no script can read."""
    try:
        address = request.client.host if request.client else ""
        login = await service.guard.log_in(key.strip(), address)
    except KeyMissingError as error:
        return drawn(request, "login.html", None, status=401, then=ours(then), line=str(error))
    answer = RedirectResponse(ours(then), 303)
    answer.set_cookie(
        service.guard.cookie,
        login.cookie,
        max_age=login.age_s,
        secure=service.settings.secure,
        httponly=True,
        samesite="strict",
    )
    return answer


@router.post("/logout", dependencies=[Depends(Needs("read"))])
async def leave(request: Request, service: OurService) -> Response:
    """End the session."""
    await service.guard.log_out(request)
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(
        service.guard.cookie, secure=service.settings.secure, httponly=True, samesite="strict"
    )
    return answer


@router.get("/reason")
async def why(request: Request, caller: Reader, then: str = "/") -> Response:
    """Ask why, where a gallery demands it."""
    return drawn(request, "reason.html", caller, then=ours(then), most=MAX_REASON)


@router.post("/reason", dependencies=[Depends(Needs("read"))])
async def because(
    service: OurService,
    reason: Annotated[str, Form(min_length=1, max_length=MAX_REASON)],
    then: Annotated[str, Form(max_length=4000)] = "/",
) -> Response:
    """Note it with everything that follows, until the browser is closed."""
    answer = RedirectResponse(ours(then), 303)
    answer.set_cookie(
        COOKIE,
        quote(reason),
        secure=service.settings.secure,
        httponly=True,
        samesite="strict",
    )
    return answer


def ours(place: str) -> str:
    """A path of this service; the start page instead of what leads elsewhere."""
    outside = not place.startswith("/") or place.startswith("//") or "\\" in place
    return "/" if outside or any(ord(sign) < 32 for sign in place) else place
