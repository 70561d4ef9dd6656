"""Answer many callers with one call: what arrives while one call runs goes into the next.

Nobody waits for company: a caller who comes alone is answered alone, at once.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Given = TypeVar("Given")


class Together(Generic[Asked, Given]):
    """Answers up to `most` callers at a time in `thread`, which has one worker.

    `answer` gives, for each that it is asked, what is given back or the exception of that one. If
    it raises, everybody of that call gets the exception.
    """

    def __init__(
        self,
        answer: Callable[[Sequence[Asked]], Sequence[Given | BaseException]],
        *,
        most: int,
        thread: ThreadPoolExecutor,
    ) -> None:
        self._answer = answer
        self._most = most
        self._thread = thread
        self._lock = threading.Lock()
        self._waiting: deque[tuple[Asked, Future[Given]]] = deque()
        self._running = False

    def ask(self, one: Asked) -> "Future[Given]":
        """What is given for this one, when its turn has come."""
        future: Future[Given] = Future()
        with self._lock:
            self._waiting.append((one, future))
            if not self._running:
                self._thread.submit(self._run)
                self._running = True
        return future

    def close(self) -> None:
        """Answer everybody who waits, then end the thread."""
        self._thread.shutdown(wait=True)

    def _run(self) -> None:
        while batch := self._next():
            try:
                given = self._answer([one for one, _ in batch])
            except BaseException as error:
                given = [error] * len(batch)
            for (_, future), value in zip(batch, given, strict=True):
                if isinstance(value, BaseException):
                    future.set_exception(value)
                else:
                    future.set_result(value)

    def _next(self) -> "list[tuple[Asked, Future[Given]]]":
        """The next callers, without those who gave up; none ends the run."""
        found: list[tuple[Asked, Future[Given]]] = []
        with self._lock:
            while self._waiting and len(found) < self._most:
                one, future = self._waiting.popleft()
                if future.set_running_or_notify_cancel():
                    found.append((one, future))
            self._running = bool(found)
        return found
