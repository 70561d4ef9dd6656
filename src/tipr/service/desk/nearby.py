"""What the same camera saw shortly before and after a picture."""

from functools import partial

from tipr.gallery.records import Item
from tipr.gallery.store import Gallery
from tipr.service.desk.desk import Desk
from tipr.service.desk.look import item_of
from tipr.service.guard.caller import Caller

MOST = 200
MINUTE_MS = 60_000


async def nearby(
    desk: Desk, caller: Caller, item: int, *, minutes: float = 5.0, k: int = 50
) -> list[Item]:
    """The up to `k` nearest in time within `minutes` of a picture, in the order of time.

    Pictures of which no camera is known count as of one camera; a picture without a time has no
    neighbours. The picture itself is not among them.

    Raises:
        MissingError: no such picture.
    """
    if not (0 < minutes < float("inf") and 1 <= k <= MOST):
        raise ValueError(f"minutes must be above 0 and k 1 to {MOST}, found {minutes}, {k}")
    await desk.admit(caller, "read")
    found = await desk.read(partial(_nearby, number=item, within_ms=minutes * MINUTE_MS, k=k))
    await desk.note(caller, "nearby", items=[item, *(one.id for one in found)])
    return found


def _nearby(gallery: Gallery, number: int, within_ms: float, k: int) -> list[Item]:
    with gallery.snapshot():
        facts = item_of(gallery, number).facts
        if facts.time_ms is None:
            return []
        ids = [
            one
            for (one,) in gallery.ask(
                "SELECT id FROM items WHERE camera IS ? AND time_ms BETWEEN ? AND ? AND id <> ? "
                "ORDER BY abs(time_ms - ?), id LIMIT ?",
                [
                    facts.camera,
                    facts.time_ms - within_ms,
                    facts.time_ms + within_ms,
                    number,
                    facts.time_ms,
                    k,
                ],
            )
        ]
        items = gallery.items(ids).values()
    return sorted(items, key=lambda one: (one.facts.time_ms or 0, one.id))
