"""What the routes are handed: the caller, the service, the gallery that the path names."""

from typing import Annotated, Any

from fastapi import Depends

from tipr.service.api.shown import Fault
from tipr.service.desk.desk import Desk
from tipr.service.guard.caller import Caller
from tipr.service.guard.needs import Needs
from tipr.service.reach import desk_of, service_of
from tipr.service.service import Service

Reads = Annotated[Caller, Depends(Needs("read"))]
Indexes = Annotated[Caller, Depends(Needs("index"))]
Administers = Annotated[Caller, Depends(Needs("admin"))]
The = Annotated[Service, Depends(service_of)]
At = Annotated[Desk, Depends(desk_of)]

FAULTS: dict[int | str, dict[str, Any]] = {
    status: {"model": Fault, "description": what}
    for status, what in {
        400: "no request that could be read",
        401: "a key is needed",
        403: "the key does not allow it, or the gallery demands a reason (X-Reason)",
        404: "there is no such thing",
        408: "the request came too slowly",
        409: "it does not fit what is there by now",
        413: "too large",
        422: "not understood",
        429: "too often; Retry-After says when again",
        503: "somebody else is writing to the gallery; Retry-After says when again",
        507: "the disk is full",
    }.items()
}
"""How every route may answer what it cannot do."""
