"""A picture of the gallery to its panel."""

from functools import partial

from tipr.errors import ModelError
from tipr.gallery.records import Item
from tipr.search.answer import Hit
from tipr.search.pictured import frame_of as whole_of
from tipr.service.desk import look
from tipr.service.desk.desk import Desk
from tipr.service.desk.explain import explain
from tipr.service.desk.nearby import nearby
from tipr.service.guard.caller import Caller
from tipr.service.page.address import Address
from tipr.service.page.finding import understood
from tipr.service.page.panel import Frame, Near, Panel, frame_of, near_of, stretch_of, words_of

MINUTES = 10
NEAR = 24


async def panel_of(
    desk: Desk,
    caller: Caller,
    address: Address,
    number: int,
    *,
    hit: Hit | None = None,
    around: bool = True,
) -> Panel:
    """The panel of a picture that was found by what the address says, or is near one that was.

    With `around` comes what the same camera saw shortly before and after.

    Raises:
        MissingError: no picture has this id.
        PictureError: its whole frame is wanted and gone.
    """
    item = await look.item(desk, caller, number)
    sentence = (await understood(desk, address)).words
    words, reading, fault = (), "", ""
    film = stretch_of(item) if address.film else ""
    framed = address.frame and not film
    if address.why and sentence and not framed and not film:
        try:
            words, reading = words_of(await explain(desk, caller, sentence, number))
        except ModelError as error:  # an exported model cannot tell words apart
            fault = str(error)
    return Panel(
        item=item,
        hit=hit,
        frame=await _frame(desk, item) if framed else None,
        film=film,
        near=await _near(desk, caller, item) if around else (),
        sentence=sentence,
        words=words,
        reading=reading,
        fault=fault,
    )


async def _near(desk: Desk, caller: Caller, item: Item) -> list[Near]:
    """The picture among those of around the same time, if there are any."""
    found = await nearby(desk, caller, item.id, minutes=MINUTES, k=NEAR)
    both = sorted([item, *found], key=lambda one: (one.facts.time_ms or 0, one.id))
    return near_of(both) if found else []


async def _frame(desk: Desk, item: Item) -> Frame | None:
    if item.box is None:
        return None
    whole = await desk.in_thread(partial(whole_of, item))
    return frame_of(item, whole.size)
