"""Folders that are to be indexed, with how far they are."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from tipr.service.page.drawn import drawn, wanted
from tipr.service.page.route import Indexer, Number, OurService, PageRoute

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/indexing")
async def page(request: Request, caller: Indexer, service: OurService) -> Response:
    """The queue; the list alone while the page looks on."""
    jobs = await service.jobs.latest(caller)
    live = any(not job.over for job in jobs)
    if wanted(request) == "jobs":
        return drawn(request, "jobs.html", caller, fragment="jobs", jobs=jobs, live=live)
    return drawn(
        request,
        "indexing.html",
        caller,
        jobs=jobs,
        live=live,
        galleries=list(service.desks),
        roots=list(map(str, service.jobs.roots)),
    )


@router.post("/indexing")
async def add(
    caller: Indexer,
    service: OurService,
    gallery: Annotated[str, Form()],
    folder: Annotated[str, Form()] = ".",
    pattern: Annotated[str, Form()] = "",
    retry: Annotated[bool, Form()] = False,
) -> Response:
    """Put a folder into the queue."""
    await service.jobs.add(
        caller, gallery, folder.strip() or ".", pattern=pattern.strip() or None, retry=retry
    )
    return RedirectResponse("/indexing", 303)


@router.post("/indexing/{number}/cancel")
async def cancel(caller: Indexer, service: OurService, number: Number) -> Response:
    """Stop one; what it has stored is kept."""
    await service.jobs.cancel(caller, number)
    return RedirectResponse("/indexing", 303)
