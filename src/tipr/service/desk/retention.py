"""Erases by itself what a gallery's rules say is too old: pictures, and words of the audit log."""

import logging
import time
from datetime import UTC, datetime, timedelta

import anyio

from tipr.errors import GalleryBusyError, TiprError
from tipr.gallery.forget import Whom, forget, select
from tipr.gallery.store import Gallery
from tipr.gallery.wallclock import DAY_MS, of_text
from tipr.service.desk.desk import Desk
from tipr.service.guard.caller import SERVICE
from tipr.service.service import Service
from tipr.service.state import audit
from tipr.service.watch.logs import say

SOON_S = 60.0
"""When to try again where somebody else is writing to a gallery."""


async def keep(service: Service) -> None:
    """Look at every gallery again and again, until the service ends."""
    while True:
        done = [await _tried(desk) for desk in service.desks.values()]
        later_s = service.settings.retention_s
        await anyio.sleep(later_s if all(done) else min(SOON_S, later_s))


async def enforce(desk: Desk) -> None:
    """Erase what is too old in one gallery at this moment.

    A picture's age is that of its camera's clock by this machine's; one without a time never ages.

    Raises:
        GalleryBusyError: another process writes to the gallery.
    """
    rules = await desk.rules()
    if rules.keep_days is not None:
        now_ms = of_text(time.strftime("%Y-%m-%dT%H:%M:%S"))
        whom = Whom(before_ms=now_ms - rules.keep_days * DAY_MS)
        if await desk.read(lambda gallery: select(gallery, whom)):
            await desk.write(lambda gallery: _erase(desk, gallery, whom))
            await desk.followed()
    if rules.words_days is not None:
        then = datetime.now(UTC) - timedelta(days=rules.words_days)
        await desk.in_thread(lambda: _erase_words(desk, then.isoformat(timespec="milliseconds")))


async def _tried(desk: Desk) -> bool:
    """Whether it was done; a gallery that is at fault keeps no other from being looked at."""
    try:
        await enforce(desk)
    except GalleryBusyError:
        return False
    except TiprError as error:
        say("retention failed", level=logging.WARNING, gallery=desk.name, error=str(error))
        return False
    except Exception:
        say("retention failed", level=logging.ERROR, gallery=desk.name)
        return False
    return True


def _erase(desk: Desk, gallery: Gallery, whom: Whom) -> None:
    ids = select(gallery, whom)
    desk.note_now(SERVICE, "retention", items=ids)
    found = forget(gallery, ids)
    desk.metrics.erased.labels(desk.name).inc(found.items)
    say("retention", gallery=desk.name, erased=found.items, log_emptied=found.log_emptied)


def _erase_words(desk: Desk, before: str) -> None:
    erased = desk.state.write(
        lambda db: audit.erase_words(db, before=before, gallery=desk.name)
    ).result()
    if erased:
        desk.state.empty_log()
        desk.note_now(SERVICE, "words erased", words={"before": before, "entries": erased})
