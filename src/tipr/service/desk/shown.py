"""Which pictures a caller was shown a moment ago, by an entry of the audit log that says so."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable

LASTS_S = 3600.0
MOST = 100_000


class Shown:
    """Pairs of caller and picture; each holds for an hour, the oldest go first."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._since: OrderedDict[tuple[str, int], float] = OrderedDict()

    def add(self, who: str, items: Iterable[int]) -> None:
        """They are shown these pictures now."""
        now = self._clock()
        with self._lock:
            for item in items:
                self._since[who, item] = now
                self._since.move_to_end((who, item))
            while len(self._since) > MOST:
                self._since.popitem(last=False)

    def holds(self, who: str, item: int) -> bool:
        """Whether they were shown this picture within the last hour."""
        since = self._since.get((who, item))
        return since is not None and self._clock() - since < LASTS_S
