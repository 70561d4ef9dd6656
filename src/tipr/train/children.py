"""Other processes of tipr, several at a time, all of them asked to save when we are stopped."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

TIPR = [sys.executable, "-m", "tipr"]


class Children:
    """Calls `tipr` in other processes; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # a signal may come while a signal is being answered
        self._running: set[subprocess.Popen[bytes]] = set()
        self.stopped = False

    def call(self, words: Sequence[str], *, said: Path, threads: int) -> int:
        """Run `tipr WORDS` to its end and give its exit code, negative where a signal ended it.

        What it prints goes to the file `said`. `threads` bounds its numerical libraries (0: not).
        Once stopped, nothing is run and the answer is that of a run ended by SIGINT.
        """
        environment = {**os.environ, **({"OMP_NUM_THREADS": str(threads)} if threads else {})}
        with self._lock, said.open("wb") as output:
            if self.stopped:
                return -signal.SIGINT
            child = subprocess.Popen(
                [*TIPR, *words],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment,
                start_new_session=True,  # a terminal's Ctrl-C reaches it once, through us
            )
            self._running.add(child)
        try:
            return child.wait()
        finally:
            with self._lock:
                self._running.discard(child)

    def stop(self) -> None:
        """Start nothing more, and ask what is running to save and end."""
        with self._lock:
            self.stopped = True
            for child in self._running:
                _ask_to_end(child)

    @contextmanager
    def stopping_on_signals(self) -> Iterator[None]:
        """SIGINT and SIGTERM stop the work; a second one interrupts the children at once."""
        if threading.current_thread() is not threading.main_thread():
            yield  # signals reach the main thread only; a caller's thread has its own ways
            return

        def stop(_number: int, _frame: FrameType | None) -> None:
            self.stop()

        before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _ask_to_end(child: subprocess.Popen[bytes]) -> None:
    """On Windows a console's Ctrl-C reaches the children by itself; nothing else lets them save."""
    if sys.platform != "win32":
        child.send_signal(signal.SIGINT)
