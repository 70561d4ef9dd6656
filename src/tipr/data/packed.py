"""Decoded pictures side by side in memory that all workers share, filled as they are asked for."""

import math
import mmap
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tipr.data.augment import Pixels


class Packed:
    """`count` places for pictures of one size; each is read once, by whoever asks first.

    Workers that are forked share the memory, so eight of them hold every picture once; where the
    system starts them afresh (macOS, Windows), each begins with places of its own. Nothing is
    written to a disk: these are photographs of people.
    """

    def __init__(self, count: int, size: tuple[int, int]) -> None:
        """`size` is (height, width) in pixels."""
        self._shape = (count, *size, 3)
        self._pixels_NHW3 = _shared(math.prod(self._shape)).reshape(self._shape)
        self._there_N = _shared(count)

    def picture(self, number: int, read: Callable[[], Pixels]) -> Pixels:
        """(H, W, 3) of a picture, not to be written to; `read` gives it the first time."""
        if not self._there_N[number]:
            self._pixels_NHW3[number] = read()
            self._there_N[number] = 1  # last, so that nobody sees half a picture
        return self._pixels_NHW3[number]

    def __reduce__(self) -> tuple[type["Packed"], tuple[int, tuple[int, int]]]:
        count, height, width, _ = self._shape
        return Packed, (count, (height, width))


def _shared(size: int) -> NDArray[np.uint8]:
    """Zeros that a forked process shares; pages are taken when they are first written to."""
    return np.frombuffer(mmap.mmap(-1, max(1, size)), np.uint8)[:size]
