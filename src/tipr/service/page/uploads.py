"""Pictures that somebody searches with, kept in memory for a while behind handles.

So an address can name one: a picture of a person belongs neither on the disk nor in an address.
"""

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from fastapi import Request

from tipr.errors import QueryError
from tipr.service.guard.caller import Caller

KEPT = 64
KEPT_S = 30 * 60


@dataclass(frozen=True, slots=True)
class _Upload:
    who: str
    jpeg: bytes
    until_s: float


class Uploads:
    """The pictures; the oldest go when there are more than `KEPT`, each after `KEPT_S` seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: OrderedDict[str, _Upload] = OrderedDict()

    def keep(self, who: str, jpeg: bytes) -> str:
        """A handle for a picture, which nobody else can guess or use."""
        self._drop_old()
        handle = secrets.token_urlsafe(12)
        self._kept[handle] = _Upload(who, jpeg, self._clock() + KEPT_S)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return handle

    def get(self, who: str, handle: str) -> bytes:
        """The picture behind a handle.

        Raises:
            QueryError: it is not kept any more, or was somebody else's.
        """
        self._drop_old()
        found = self._kept.get(handle)
        if found is None or found.who != who:
            raise QueryError(
                f"the picture of this search is not kept any more (pictures stay for "
                f"{KEPT_S // 60} minutes, in memory only); give it once more"
            )
        return found.jpeg

    def _drop_old(self) -> None:
        now_s = self._clock()
        for handle in [one for one, kept in self._kept.items() if kept.until_s <= now_s]:
            del self._kept[handle]


def uploads_of(request: Request) -> Uploads:
    """Those of the application that was asked; made when the first is needed."""
    state = request.app.state
    if not hasattr(state, "uploads"):
        state.uploads = Uploads()
    return state.uploads


def pictures_of(request: Request, caller: Caller, handles: Iterable[str]) -> dict[str, bytes]:
    """The pictures behind a caller's handles.

    Raises:
        QueryError: one is not kept any more.
    """
    kept = uploads_of(request)
    return {handle: kept.get(caller.who, handle) for handle in handles}
