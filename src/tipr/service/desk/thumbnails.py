"""Thumbnails that were made while serving, for as long as the gallery stays as it is."""

import threading
from collections import OrderedDict


class Thumbnails:
    """JPEGs by picture and scale, up to so many bytes, of one generation of a gallery."""

    def __init__(self, most_bytes: int) -> None:
        self._most, self._size, self._generation = most_bytes, 0, ""
        self._jpegs: OrderedDict[tuple[int, int], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, generation: str, item: int, scale: int = 1) -> bytes | None:
        """The thumbnail, if it was put in at this generation."""
        with self._lock:
            self._turn_to(generation)
            jpeg = self._jpegs.get((item, scale))
            if jpeg is not None:
                self._jpegs.move_to_end((item, scale))
            return jpeg

    def put(self, generation: str, item: int, jpeg: bytes, scale: int = 1) -> None:
        """Keep one; the one that was not asked for longest goes."""
        with self._lock:
            self._turn_to(generation)
            self._size += len(jpeg) - len(self._jpegs.pop((item, scale), b""))
            self._jpegs[item, scale] = jpeg
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
