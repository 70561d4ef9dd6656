"""What people say of hits: this is the person, this is not."""

from functools import partial

from tipr.gallery.store import Gallery
from tipr.search import feedback
from tipr.search.feedback import Mark
from tipr.search.terms import check
from tipr.service.desk.desk import Desk
from tipr.service.desk.look import item_of
from tipr.service.guard.caller import Caller


async def mark(desk: Desk, caller: Caller, query: str, item: int, fits: bool | None) -> None:
    """Keep somebody's word on a picture that a query found; None takes it back.

    It is on the disk when this returns, and goes when the picture is erased.

    Raises:
        MissingError: no such picture.
        QueryError: the query is blank or too long.
        GalleryBusyError: the gallery is being repaired.
    """
    await desk.admit(caller, "read")
    query = check(query)

    def keep(gallery: Gallery) -> None:
        item_of(gallery, item)
        said = {True: "yes", False: "no", None: "taken back"}[fits]
        desk.note_now(caller, "mark", items=[item], words={"query": query, "fits": said})
        if fits is None:
            feedback.take_back(gallery, query, item)
        else:
            feedback.record(gallery, query, item, fits)

    await desk.remark(keep)


async def marks(desk: Desk, caller: Caller, query: str | None = None) -> list[Mark]:
    """The marks of one query or of all, oldest first."""
    await desk.admit(caller, "read")
    found = await desk.read(partial(feedback.marks, query=query))
    await desk.note(
        caller,
        "marks",
        items=sorted({one.item for one in found}),
        words=None if query is None else {"query": query},
    )
    return found
