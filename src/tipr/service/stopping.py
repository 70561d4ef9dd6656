"""Whether the service is about to end: long answers look at it, and finish."""

import threading


class Stopping:
    """Set once, from any thread or signal handler."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def __bool__(self) -> bool:
        return self._event.is_set()

    def set(self) -> None:
        """Begin to end."""
        self._event.set()
