"""Whether the service lives, and whether it can answer: for machines that look after it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, Response

from tipr.errors import TiprError
from tipr.gallery.store import Gallery
from tipr.service.guard.caller import Caller
from tipr.service.guard.needs import Needs
from tipr.service.reach import service_of
from tipr.service.state import keys
from tipr.service.watch import metrics

router = APIRouter(tags=["watch"])


@router.get("/health")
async def health() -> dict[str, str]:
    """The process lives."""
    return {"status": "ok"}


@router.get("/ready", responses={503: {"description": "It cannot answer searches now."}})
async def ready(request: Request) -> JSONResponse:
    """Every gallery can be searched, and the service's record can be read."""
    service = await service_of(request)
    if service.stopping:
        return JSONResponse({"status": "stopping"}, status_code=503)
    try:
        await service.state.read(keys.are_there)
        for desk in service.desks.values():
            await desk.read(Gallery.__len__)
    except TiprError:  # which gallery, and why, is nobody's business here; the log tells searches
        return JSONResponse({"status": "a gallery or the record is missing"}, status_code=503)
    return JSONResponse({"status": "ready"})


@router.get("/metrics", response_class=Response)
async def numbers(request: Request, _: Annotated[Caller, Depends(Needs("read"))]) -> Response:
    """Counts and times in Prometheus' text format."""
    return Response((await service_of(request)).metrics.as_text(), media_type=metrics.KIND)
