"""Searches that are kept under a name."""

from functools import partial

from tipr.errors import MissingError
from tipr.gallery.reader import Reader
from tipr.gallery.store import Gallery
from tipr.search import saved as kept
from tipr.search.saved import Saved
from tipr.search.terms import Query
from tipr.service.desk.desk import Desk
from tipr.service.guard.caller import Caller


async def saved(desk: Desk, caller: Caller) -> list[Saved]:
    """The kept searches, by name."""
    await desk.admit(caller, "read")
    return await desk.read(kept.saved)


async def load(desk: Desk, caller: Caller, name: str) -> Query:
    """A kept search, without what has been erased since.

    Raises:
        MissingError: there is none of that name.
        QueryError: all it started from has been erased.
    """
    await desk.admit(caller, "read")
    return await desk.read(partial(_loaded, name=name))


async def save(
    desk: Desk, caller: Caller, name: str, query: Query, *, replace: bool = False
) -> None:
    """Keep a search; on the disk when this returns.

    Raises:
        QueryError: the name is blank, too long or taken, or an example is not in the gallery.
        GalleryBusyError: the gallery is being repaired.
    """
    await desk.admit(caller, "read")

    def keep(gallery: Gallery) -> None:
        examples = [*query.like, *query.unlike]
        desk.note_now(caller, "save", items=examples, words={"name": name, "query": str(query)})
        kept.save(gallery, name, query, replace=replace)

    await desk.remark(keep)


async def delete(desk: Desk, caller: Caller, name: str) -> None:
    """Erase a kept search with the uploaded pictures that only it refers to.

    Raises:
        MissingError: there is none of that name.
        GalleryBusyError: the gallery is being repaired.
    """
    await desk.admit(caller, "read")

    def erase(gallery: Gallery) -> None:
        _require(gallery, name)
        desk.note_now(caller, "unsave", words={"name": name})
        kept.delete(gallery, name)

    await desk.remark(erase)


def _loaded(gallery: Reader, name: str) -> Query:
    with gallery.snapshot():
        _require(gallery, name)
        return kept.load(gallery, name)


def _require(gallery: Reader, name: str) -> None:
    names = [one.name for one in kept.saved(gallery)]
    if name not in names:
        shown = f"there are {', '.join(names)}" if names else "none is kept"
        raise MissingError(f"no search is called {name!r}; {shown}")
