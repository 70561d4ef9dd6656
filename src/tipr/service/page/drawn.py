"""Templates to answers: what every page has in common is put in here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from importlib import resources
from typing import Any
from urllib.parse import quote

import jinja2
from fastapi import Request
from fastapi.responses import HTMLResponse

from tipr.service.guard.caller import Caller, Scope
from tipr.service.page.address import Address
from tipr.service.service import Service

FRAGMENT = "Tipr-Fragment"
"""The header by which the page's script asks for a part of a page, and is told that it got it."""

SHEETS = (
    "scale",
    "controls",
    "frame",
    "ask",
    "grid",
    "widths",
    "tile",
    "timeline",
    "panel",
    "words",
    "document",
)
SHORTCUTS = (
    (("/",), "go to the search box; ↓ leads from there to the hits"),
    (("←", "↑", "→", "↓"), "go from hit to hit"),
    (("Enter",), "open a hit, or bring it into the open panel"),
    (("Space",), "choose a hit, or let it go"),
    (("m",), "more like the hit that is open"),
    (("n",), "not this one"),
    (("t",), "in the order of time, and back"),
    (("Esc",), "close what is open; then choose none"),
    (("?",), "these keys"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """A page in the rail; `wide` ones stay out of the bar of a phone."""

    name: str
    icon: str
    path: str
    scope: Scope = "read"
    wide: bool = False
    here: bool = False


_PLACES = (
    Place("Search", "search", "/"),
    Place("Indexing", "index", "/indexing", "index"),
    Place("Models", "model", "/models"),
    Place("Audit", "audit", "/audit", "admin"),
    Place("Use", "use", "/use"),
)


def drawn(
    request: Request,
    template: str,
    caller: Caller | None,
    *,
    gallery: str = "",
    status: int = 200,
    fragment: str = "",
    **context: Any,
) -> HTMLResponse:
    """A page, or a `fragment` of one; without a caller it has no way to other pages.

    A page of a `gallery` is told where that is (`path`), and where its states are (`at`).
    """
    if gallery:
        context |= {"gallery": gallery, "path": path_of(gallery), "at": linker(gallery)}
    text = (
        _environment()
        .get_template(template)
        .render({**_frame(request, caller), **context, "caller": caller})
    )
    answer = HTMLResponse(text, status, headers={"Vary": FRAGMENT})
    if fragment:
        answer.headers[FRAGMENT] = fragment
    return answer


def wanted(request: Request) -> str:
    """The fragment that is asked for; '' for a whole page."""
    return request.headers.get(FRAGMENT, "")


def path_of(gallery: str) -> str:
    """Where a gallery's search page is."""
    return f"/g/{quote(gallery, safe='')}"


def linker(gallery: str) -> Callable[..., str]:
    """at(address, below=""): where a state of a gallery's page, or a route below it, is."""

    def at(address: Address, below: str = "") -> str:
        path = f"{path_of(gallery)}/{below}" if below else path_of(gallery)
        return f"{path}?{said}" if (said := str(address)) else path

    return at


def static(name: str) -> str:
    """The address of a file of our own; another one whenever any of them changes."""
    return f"/static/{digest()}/{name}"


def _frame(request: Request, caller: Caller | None) -> Mapping[str, Any]:
    service: Service = request.app.state.service
    guard = service.guard
    theme = request.cookies.get("tipr-theme", "")
    return {
        "static": static,
        "sheets": [f"{name}.css" for name in SHEETS],
        "shortcuts": SHORTCUTS,
        "theme": theme if theme in ("light", "dark") else "",
        "csrf": guard.form_token(request),
        "leave": guard.cookie in request.cookies,
        "places": _places(request.url.path, caller),
        "may_admin": caller is not None and caller.may("admin"),
        "may_index": caller is not None and caller.may("index"),
    }


def _places(path: str, caller: Caller | None) -> list[Place]:
    if caller is None:
        return []
    return [
        Place(
            place.name,
            place.icon,
            place.path,
            here=path.startswith("/g/") if place.path == "/" else path.startswith(place.path),
        )
        for place in _PLACES
        if caller.may(place.scope)
    ]


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("tipr.service.page"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def digest() -> str:
    """Of all files of our own together."""
    files = sorted(
        resources.files("tipr.service.page").joinpath("static").iterdir(), key=lambda one: one.name
    )
    return blake2b(b"".join(one.read_bytes() for one in files), digest_size=6).hexdigest()
