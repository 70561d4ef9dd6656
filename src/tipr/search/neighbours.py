"""What a search asks of an index: the nearest pictures of a vector."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tipr.encoder.protocol import Vectors

Ids = NDArray[np.int64]
Found = tuple[Ids, NDArray[np.float32]]
"""Ids and scores, best first."""


class Neighbours(Protocol):
    """The vectors of one `generation` of a gallery, as `tipr.gallery.index.Index` has them.

    `str` of it tells people how it looks: at every picture, or not.
    """

    @property
    def generation(self) -> str: ...

    @property
    def ids(self) -> Ids:
        """(N,), ascending."""
        ...

    def __len__(self) -> int: ...

    def __str__(self) -> str: ...

    def search(self, queries_QD: Vectors, k: int, allowed: Ids | None = None, /) -> list[Found]:
        """For each query the k best pictures; of those that are `allowed` (ascending ids) only."""
        ...
