"""The page's own style sheets, scripts and icons."""

import mimetypes
from importlib import resources

from fastapi import APIRouter
from fastapi.responses import Response

from tipr.errors import MissingError
from tipr.service.page.drawn import digest as newest

router = APIRouter(include_in_schema=False)
_STATIC = resources.files("tipr.service.page").joinpath("static")
_KINDS = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


@router.get("/static/{digest}/{name}")
async def file(digest: str, name: str) -> Response:
    """A file; its address changes with its content, so browsers may keep the newest."""
    known = {one.name: one for one in _STATIC.iterdir()}
    if name not in known:
        raise MissingError(f"there is no file {name!r} here")
    kind = _KINDS.get(f".{name.rpartition('.')[2]}") or mimetypes.guess_type(name)[0]
    keep = "public, max-age=31536000, immutable" if digest == newest() else "no-cache"
    return Response(known[name].read_bytes(), media_type=kind, headers={"Cache-Control": keep})
