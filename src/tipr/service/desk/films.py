"""The video in which somebody was seen, for browsers that play it: the file as it is."""

from pathlib import Path

from tipr.errors import MissingError, PictureError
from tipr.gallery.again import changed
from tipr.gallery.records import Item
from tipr.service.desk.desk import Desk
from tipr.service.desk.look import item_of
from tipr.service.guard.caller import Caller

PLAYED = {".mp4": "video/mp4", ".m4v": "video/mp4", ".webm": "video/webm"}
"""Files that browsers play, unless they lack what it takes for the coding inside."""


def is_played(item: Item) -> bool:
    """Whether a picture is out of a video that browsers play."""
    return item.frame_ms is not None and item.path.suffix.lower() in PLAYED


async def film(desk: Desk, caller: Caller, number: int) -> tuple[Path, str]:
    """(where the video of a picture lies, its kind); noted once an hour, however often asked for.

    Raises:
        ScopeError, ReasonError: the caller may not.
        MissingError: no picture has this id, or it is out of no such video.
        PictureError: the video is gone, or not what was indexed.
    """
    await desk.admit(caller, "read")
    item = await desk.read(lambda gallery: _played(item_of(gallery, number)))
    if not desk.filmed.holds(caller.who, number):
        await desk.note(caller, "film", items=[number])
        desk.filmed.add(caller.who, [number])
    return item.path, PLAYED[item.path.suffix.lower()]


def _played(item: Item) -> Item:
    if not is_played(item):
        raise MissingError(f"picture {item.id} is out of no video that a browser plays")
    if changed(item):
        raise PictureError(
            f"{item.path.name}: is gone or has changed since it was indexed; run 'tipr index' again"
        )
    return item
