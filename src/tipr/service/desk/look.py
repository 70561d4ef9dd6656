"""A caller's look at a picture: its facts, its thumbnail, itself; noted before it is given out.

What is given out is made anew from pixels: nothing that a camera wrote into the file goes along.
"""

import io

from tipr.errors import MissingError
from tipr.gallery.look import thumbnail_of
from tipr.gallery.records import Item
from tipr.gallery.store import Gallery
from tipr.search.pictured import frame_of, picture_of
from tipr.service.desk.desk import Desk
from tipr.service.guard.caller import Caller

_QUALITY = 90


async def item(desk: Desk, caller: Caller, number: int) -> Item:
    """What is known of a picture.

    Raises:
        ScopeError, ReasonError: the caller may not.
        MissingError: no picture has this id.
    """
    await desk.admit(caller, "read")
    found = await desk.read(lambda gallery: item_of(gallery, number))
    await _viewed(desk, caller, number)
    return found


async def thumbnail(desk: Desk, caller: Caller, number: int, *, fine: bool = False) -> bytes:
    """A small JPEG; that of a hit belongs to the search that showed it, others are views.

    A `fine` one has twice the pixels each way, for screens that have, too.

    Raises:
        ScopeError, ReasonError, MissingError: as `item`.
        PictureError: the picture is gone, broken, or not what was indexed.
    """
    await desk.admit(caller, "read")
    jpeg = await desk.read(lambda gallery: _small(desk, gallery, number, fine))
    if not desk.shown.holds(caller.who, number):
        await _viewed(desk, caller, number)
    return jpeg


async def picture(desk: Desk, caller: Caller, number: int, *, frame: bool = False) -> bytes:
    """A JPEG of the person, or of the whole frame in which they were seen, in the item's pixels.

    Raises:
        ScopeError, ReasonError, MissingError, PictureError: as `thumbnail`.
    """
    await desk.admit(caller, "read")
    found = await desk.read(lambda gallery: item_of(gallery, number))
    jpeg = await desk.in_thread(lambda: _large(found, frame))
    await _viewed(desk, caller, number)
    return jpeg


def item_of(gallery: Gallery, number: int) -> Item:
    """The picture of this id.

    Raises:
        MissingError: there is none.
    """
    found = gallery.items([number]).get(number)
    if found is None:
        raise MissingError(f"no picture has the id {number}; take one that a search shows")
    return found


async def _viewed(desk: Desk, caller: Caller, number: int) -> None:
    """Note a view, once for all that a panel loads of a picture."""
    if not desk.viewed.holds(caller.who, number):
        await desk.note(caller, "view", items=[number])
        desk.viewed.add(caller.who, [number])
        desk.shown.add(caller.who, [number])


def _small(desk: Desk, gallery: Gallery, number: int, fine: bool) -> bytes:
    found = item_of(gallery, number)
    if not fine and (kept := gallery.thumbnails([number]).get(number)):
        return kept
    generation, scale = gallery.generation, 2 if fine else 1
    if (jpeg := desk.thumbnails.get(generation, number, scale)) is None:
        jpeg = thumbnail_of(picture_of(found), scale=scale)
        desk.thumbnails.put(generation, number, jpeg, scale)
    return jpeg


def _large(found: Item, frame: bool) -> bytes:
    content = io.BytesIO()
    (frame_of(found) if frame else picture_of(found)).save(content, "JPEG", quality=_QUALITY)
    return content.getvalue()
