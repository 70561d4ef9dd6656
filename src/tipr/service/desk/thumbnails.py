"""Thumbnails that were made while serving, for as long as the gallery stays as it is."""

import threading
from collections import OrderedDict


class Thumbnails:
    """JPEGs by picture, up to so many bytes; they belong to one generation of a gallery."""

    def __init__(self, most_bytes: int) -> None:
        self._most, self._size, self._generation = most_bytes, 0, ""
        self._jpegs: OrderedDict[int, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, generation: str, item: int) -> bytes | None:
        """The thumbnail, if it was put in at this generation."""
        with self._lock:
            self._turn_to(generation)
            jpeg = self._jpegs.get(item)
            if jpeg is not None:
                self._jpegs.move_to_end(item)
            return jpeg

    def put(self, generation: str, item: int, jpeg: bytes) -> None:
        """Keep one; the one that was not asked for longest goes."""
        with self._lock:
            self._turn_to(generation)
            self._size += len(jpeg) - len(self._jpegs.pop(item, b""))
            self._jpegs[item] = jpeg
            while self._size > self._most:
                self._size -= len(self._jpegs.popitem(last=False)[1])

    def keep_only(self, generation: str) -> None:
        """Forget those of another generation: some of the pictures may have been erased."""
        with self._lock:
            self._turn_to(generation)

    def _turn_to(self, generation: str) -> None:
        if generation != self._generation:
            self._jpegs.clear()
            self._size, self._generation = 0, generation
