"""Notices that a gallery was changed by others, so that nothing erased stays in the memory."""

import logging

import anyio

from tipr.errors import TiprError
from tipr.service.desk.desk import Desk
from tipr.service.service import Service
from tipr.service.watch.logs import say


async def watch(service: Service) -> None:
    """Look at every gallery every few seconds, until the service ends."""
    at_fault: set[str] = set()
    while True:
        for desk in service.desks.values():
            fault = await _refreshed(desk)
            if fault and desk.name not in at_fault:  # said once, not every few seconds
                say("gallery at fault", level=logging.WARNING, gallery=desk.name, error=fault)
            (at_fault.add if fault else at_fault.discard)(desk.name)
        await anyio.sleep(service.settings.refresh_s)


async def _refreshed(desk: Desk) -> str:
    """What keeps the gallery from being looked at; '' if nothing does."""
    try:
        await desk.read(desk.refresh)
    except TiprError as error:
        return str(error)
    return ""
