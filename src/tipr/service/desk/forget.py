"""Erase people's pictures: first a look at what would go, then exactly that."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from tipr.errors import GalleryError
from tipr.gallery import forget as erasure
from tipr.gallery.forget import Forgotten, Whom
from tipr.gallery.reader import Reader
from tipr.gallery.store import Gallery
from tipr.service.desk.desk import Desk
from tipr.service.guard.caller import Caller


@dataclass(frozen=True, slots=True)
class Plan:
    """The pictures that would go, and a word that stands for exactly these.

    `untimed` pictures are not meant only because their time is not known.
    """

    ids: tuple[int, ...]
    untimed: int
    word: str


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased, and what of it is still to be found (nothing is the proof).

    `left` are places in the gallery's files, and why its mirror has not followed, if it has one.
    """

    found: Forgotten
    left: tuple[str, ...]


async def plan(desk: Desk, caller: Caller, whom: Whom) -> Plan:
    """What would be erased; nothing is changed.

    Raises:
        GalleryError: nothing is said, or an id or source is not in the gallery.
    """
    await desk.admit(caller, "admin")
    made = await desk.read(partial(_plan, whom=whom))
    await desk.note(caller, "forget plan", items=made.ids)
    return made


async def forget(desk: Desk, caller: Caller, whom: Whom, word: str) -> Erased:
    """Erase the pictures of a plan that was looked at before.

    Raises:
        GalleryError: it would be other pictures by now.
        GalleryBusyError: somebody else is writing to the gallery.
    """
    await desk.admit(caller, "admin")

    def erase(gallery: Gallery) -> Erased:
        ids = _plan(gallery, whom).ids
        if _word(ids) != word:
            raise GalleryError(
                f"by now {len(ids):,} pictures would be erased, not those of the plan {word!r}; "
                f"look at the plan again"
            )
        desk.note_now(caller, "forget", items=ids)
        found = erasure.forget(gallery, ids)
        desk.metrics.erased.labels(desk.name).inc(found.items)
        return Erased(found, tuple(erasure.remains(gallery, found)))

    erased = await desk.write(erase)
    fault = await desk.followed()
    return replace(erased, left=(*erased.left, fault)) if fault else erased


def _plan(gallery: Reader, whom: Whom) -> Plan:
    with gallery.snapshot():
        ids = erasure.select(gallery, whom)
        return Plan(tuple(ids), _untimed(gallery, whom), _word(ids))


def _word(ids: Sequence[int]) -> str:
    return hashlib.blake2b(",".join(map(str, ids)).encode(), digest_size=8).hexdigest()


def _untimed(gallery: Reader, whom: Whom) -> int:
    if whom.after_ms is None and whom.before_ms is None:
        return 0
    return gallery.ask("SELECT count(*) FROM items WHERE time_ms IS NULL")[0][0]
