"""One caption's random generators in one epoch: a stream of its own for each kind of change."""

from functools import cached_property

import numpy as np


class Streams:
    """Generators by name, made when first asked for: seeding one takes longer than its draws.

    Each is a function of (seed, epoch, caption, its number) alone, so turning one change off
    leaves the draws of the others as they were.
    """

    def __init__(self, seed: int, epoch: int, caption: int) -> None:
        self._key = (seed, epoch, caption)

    @cached_property
    def picture(self) -> np.random.Generator:
        return self._stream(1)

    @cached_property
    def caption(self) -> np.random.Generator:
        return self._stream(2)

    @cached_property
    def pruning(self) -> np.random.Generator:
        return self._stream(3)

    @cached_property
    def hiding(self) -> np.random.Generator:
        return self._stream(4)

    @cached_property
    def view(self) -> np.random.Generator:
        return self._stream(5)

    @cached_property
    def dropping(self) -> np.random.Generator:
        return self._stream(6)

    def _stream(self, number: int) -> np.random.Generator:
        return np.random.default_rng([*self._key, number])
