"""How often somebody may ask: a bucket of so many requests, which fills again with time."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from tipr.errors import LimitError

MOST = 10_000
"""Names that are remembered; the one unseen for longest is forgotten, with a full bucket."""


class Rates:
    """A bucket for each name; `per_minute` 0 sets no limit."""

    def __init__(
        self, per_minute: int, what: str, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._size, self._what, self._clock = per_minute, what, clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, name: str) -> None:
        """Count one request.

        Raises:
            LimitError: there were too many.
        """
        if self._size and (wait_s := self._taken(name)):
            raise LimitError(
                f"too many {self._what}, at most {self._size} a minute; try again in "
                f"{wait_s:.0f} s",
                wait_s,
            )

    def check(self, name: str) -> None:
        """As `take`, without counting."""
        if self._size and (wait_s := self._wait(self._now(name)[0])):
            raise LimitError(f"too many {self._what}; try again in {wait_s:.0f} s", wait_s)

    def _taken(self, name: str) -> float:
        with self._lock:
            left, now = self._now(name)
            if wait_s := self._wait(left):
                return wait_s
            self._left[name] = (left - 1, now)
            self._left.move_to_end(name)
            if len(self._left) > MOST:
                self._left.popitem(last=False)
        return 0

    def _now(self, name: str) -> tuple[float, float]:
        """What is left for a name at this moment, and the moment in seconds."""
        now = self._clock()
        left, then = self._left.get(name, (float(self._size), now))
        return min(self._size, left + (now - then) * self._size / 60), now

    def _wait(self, left: float) -> float:
        """Seconds until a whole request is left; 0 if one is."""
        return 0 if left >= 1 else max(1.0, (1 - left) * 60 / self._size)
