"""An address to everything that its search page shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from tipr.errors import PictureError, QueryError
from tipr.search.answer import Answer
from tipr.search.facets import Facets
from tipr.search.saved import Saved
from tipr.search.tokens import Typed, read
from tipr.service.desk import facets as counted
from tipr.service.desk import saved as kept
from tipr.service.desk.desk import Desk
from tipr.service.desk.find import search
from tipr.service.desk.shapes import shapes
from tipr.service.guard.caller import Caller
from tipr.service.page.address import Address
from tipr.service.page.asking import filters_of, query_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`answer` is None where nothing was asked or, by `fault`, could not be searched for.

    `shapes` are the hits' widths over their heights, by id.
    """

    answer: Answer | None
    shapes: Mapping[int, float]
    fault: str
    facets: Facets
    saved: list[Saved]


async def understood(desk: Desk, address: Address) -> Typed:
    """The words of an address as they are typed.

    Raises:
        QueryError: a token is not understood.
    """
    if not address.q:
        return Typed(words="")
    return await desk.read(partial(read, text=address.q))


async def find(
    desk: Desk, caller: Caller, address: Address, typed: Typed, pictures: Mapping[str, bytes]
) -> Found:
    """Search, count what there is to choose from, and look up what was kept.

    Raises:
        QueryError: the filters themselves make no sense.
        TiprError: as `tipr.service.desk.find.search`.
    """
    answer, fault = None, ""
    if address.asks:
        try:
            answer = await search(
                desk,
                caller,
                query_of(address, typed, pictures),
                told={"address": str(address.question)},
            )
        except (QueryError, PictureError) as error:
            fault = str(error)
    return Found(
        answer=answer,
        shapes=await shapes(desk, answer or ()),
        fault=fault,
        facets=await counted.facets(desk, caller, filters_of(address)),
        saved=await kept.saved(desk, caller),
    )
