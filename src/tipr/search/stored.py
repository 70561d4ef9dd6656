"""The vectors of single pictures, as the gallery has them on record.

Shape legend: B pictures asked for, D the encoder's width.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tipr.encoder.protocol import Vectors
from tipr.errors import QueryError
from tipr.gallery.reader import Reader


def vectors_of(gallery: Reader, ids: Sequence[int] | NDArray[np.int64]) -> Vectors:
    """(B, D), in the order of `ids`.

    Raises:
        QueryError: an id is not in the gallery.
        GalleryError: a row does not agree with its checksum.
    """
    try:
        return gallery.vectors_of(ids)
    except KeyError as error:
        raise QueryError(
            f"{gallery.path}: no picture has the id {error}; take one that a search shows"
        ) from None
