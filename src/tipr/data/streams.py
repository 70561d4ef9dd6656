"""One caption's random generators in one epoch: a stream of its own for each kind of change."""

from functools import cached_property

import numpy as np


def _numbered(number: int) -> cached_property[np.random.Generator]:
    """The stream of this number of whoever has a `key`."""

    def stream(self: "Streams") -> np.random.Generator:
        return np.random.default_rng([*self.key, number])

    return cached_property(stream)


class Streams:
    """Generators by name, made when first asked for: seeding one takes longer than its draws.

    Each is a function of (seed, epoch, caption, its number) alone, so turning one change off
    leaves the draws of the others as they were.
    """

    def __init__(self, seed: int, epoch: int, caption: int) -> None:
        self.key = (seed, epoch, caption)

    picture = _numbered(1)
    caption = _numbered(2)
    pruning = _numbered(3)
    hiding = _numbered(4)
    view = _numbered(5)
    dropping = _numbered(6)
