"""The vectors of single pictures, as the gallery has them on record.

Shape legend: B pictures asked for, D the encoder's width.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tipr.encoder.protocol import Vectors
from tipr.errors import QueryError
from tipr.gallery import rows
from tipr.gallery.reader import STORED, Reader

_AT_ONCE = 500  # SQLite bounds the number of variables of a statement


def vectors_of(gallery: Reader, ids: Sequence[int] | NDArray[np.int64]) -> Vectors:
    """(B, D), in the order of `ids`.

    Raises:
        QueryError: an id is not in the gallery.
        GalleryError: a row does not agree with its checksum.
    """
    found: dict[int, bytes] = {}
    numbers = [int(number) for number in ids]
    with gallery.snapshot():
        model, width = gallery.active, gallery.meta.width
        for start in range(0, len(numbers), _AT_ONCE):
            some = numbers[start : start + _AT_ONCE]
            for number, vector, checksum in gallery.ask(
                "SELECT item, vector, checksum FROM vectors WHERE model = ? "
                f"AND item IN ({', '.join('?' * len(some))})",
                [model, *some],
            ):
                if rows.checksum(model, number, vector) != checksum:
                    raise gallery.damaged(f"the vector of picture {number} has changed")
                found[number] = vector
    for number in numbers:
        if number not in found:
            raise QueryError(
                f"{gallery.path}: no picture has the id {number}; take one that a search shows"
            )
    content = b"".join(found[number] for number in numbers)
    return np.frombuffer(content, STORED).astype(np.float32).reshape(-1, width)
