"""How many pictures there are to choose from."""

from functools import partial

from tipr.gallery.overview import Overview
from tipr.gallery.overview import overview as at_a_glance
from tipr.search.facets import Facets
from tipr.search.facets import facets as counted
from tipr.search.filters import ALL, Filters
from tipr.service.desk.desk import Desk
from tipr.service.guard.caller import Caller


async def facets(desk: Desk, caller: Caller, filters: Filters = ALL) -> Facets:
    """Counts of pictures by camera, source, day and attribute under these filters."""
    await desk.admit(caller, "read")
    return await desk.read(partial(counted, filters=filters))


async def overview(desk: Desk, caller: Caller) -> Overview:
    """What the gallery holds at this moment."""
    await desk.admit(caller, "read")
    return await desk.read(at_a_glance)
