"""Signals by which a user, a batch system or torchrun asks a run to stop."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

ASKING = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stop_requests(*, launched: bool) -> Iterator[threading.Event]:
    """An event that SIGINT and SIGTERM set; a second one acts at once, as usual.

    `launched` by torchrun, a process gets the same wish twice (from the terminal and from
    torchrun), and one more once another rank has ended: then these signals only ever ask, until
    the process is over. torchrun itself kills what has not ended after half a minute.
    """
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked  # signals reach the main thread only; a caller's thread has its own ways
        return
    before = {number: signal.getsignal(number) for number in ASKING}

    def as_before() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def ask(_number: int, _frame: FrameType | None) -> None:
        asked.set()
        if not launched:
            as_before()

    for number in ASKING:
        signal.signal(number, ask)
    try:
        yield asked
    finally:
        if not launched:
            as_before()
