"""From a request to the service's parts."""

from fastapi import Request

from tipr.errors import MissingError
from tipr.service.desk.desk import Desk
from tipr.service.service import Service


async def service_of(request: Request) -> Service:
    """The service that was asked."""
    return request.app.state.service


async def desk_of(request: Request, gallery: str) -> Desk:
    """The gallery of this name; the name stands in the route's path.

    Raises:
        MissingError: none is served by that name.
    """
    desks = (await service_of(request)).desks
    if gallery not in desks:
        raise MissingError(f"no gallery is called {gallery!r}; there are {', '.join(desks)}")
    return desks[gallery]
