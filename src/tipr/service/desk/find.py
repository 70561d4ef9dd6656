"""A caller's search: admitted, answered, noted, and only then given out."""

import time
from collections.abc import Mapping

from tipr.errors import GalleryBusyError, QueryError
from tipr.gallery.store import Gallery
from tipr.search.answer import Answer
from tipr.search.query import search as look_up
from tipr.search.query import understand
from tipr.search.terms import Query
from tipr.service.desk.desk import Desk
from tipr.service.guard.caller import Caller

_TRIES = 5
_PAUSE_S = 0.1


async def search(
    desk: Desk,
    caller: Caller,
    query: Query | str,
    k: int | None = None,
    *,
    told: Mapping[str, str] | None = None,
) -> Answer:
    """A page of hits; a text is read as in the search box. `told` goes into the audit log, too.

    Raises:
        ScopeError, ReasonError: the caller may not.
        QueryError: the query says nothing, too much or what is not there.
        PictureError: a picture of the query cannot be read.
        GalleryError: the gallery is empty, gone or damaged.
        GalleryBusyError: somebody erases pictures at this moment.
    """
    await desk.admit(caller, "read")

    def found(gallery: Gallery) -> Answer:
        asked = understand(gallery, query, k)
        if asked.k > desk.settings.most_hits:
            raise QueryError(
                f"at most {desk.settings.most_hits} hits are shown on a page, found {asked.k}"
            )
        return answered(desk, gallery, asked)

    answer = await desk.read(found)
    ids = [hit.id for hit in answer]
    words = {"query": str(answer.query), "filters": str(answer.query.filters), **(told or {})}
    await desk.note(caller, "search", items=ids, words=words)
    desk.shown.add(caller.who, (one for hit in answer for one in (hit.id, *hit.others)))
    desk.metrics.searches.labels(desk.name).inc()
    return answer


def answered(desk: Desk, gallery: Gallery, query: Query) -> Answer:
    """Once more where the index is withdrawn meanwhile: an erasure takes a moment."""
    for _ in range(_TRIES - 1):
        try:
            encoder, index = desk.ready(gallery)
            return look_up(gallery, encoder, query, index=index, turn=desk.models.turn)
        except GalleryBusyError:
            time.sleep(_PAUSE_S)
    encoder, index = desk.ready(gallery)
    return look_up(gallery, encoder, query, index=index, turn=desk.models.turn)
