"""Relevance feedback: move a query towards what fits and away from what does not.

Source: Rocchio, "Relevance feedback in information retrieval", in Salton (ed.), The SMART
Retrieval System, 1971. The weights are those of Manning, Raghavan & Schuetze, Introduction to
Information Retrieval, 2008, section 9.1.1.

Shape legend: D the encoder's width, L pictures that fit, U pictures that do not.
"""

import numpy as np
from numpy.typing import NDArray

from tipr.encoder.protocol import Vectors
from tipr.errors import QueryError

QUERY, LIKE, UNLIKE = 1.0, 0.75, 0.15

Doubles = NDArray[np.float64]
_NOTHING = 1e-6  # a sum of unit vectors as short as this has no direction but rounding


def rocchio(query_D: Doubles | None, like_LD: Vectors, unlike_UD: Vectors) -> Doubles:
    """QUERY * query + LIKE * mean(like) - UNLIKE * mean(unlike), of length one.

    All are unit vectors. The query may be None (more like these), L and U may be 0.

    Raises:
        QueryError: they cancel out.
    """
    moved_D = np.zeros(like_LD.shape[1])
    if query_D is not None:
        moved_D += QUERY * query_D
    if len(like_LD):
        moved_D += LIKE * like_LD.mean(axis=0, dtype=np.float64)
    if len(unlike_UD):
        moved_D -= UNLIKE * unlike_UD.mean(axis=0, dtype=np.float64)
    return unit(moved_D)


def unit(vector_D: Doubles) -> Doubles:
    """The vector at length one.

    Raises:
        QueryError: it has no direction.
    """
    length = float(np.linalg.norm(vector_D))
    if length < _NOTHING:
        raise QueryError(
            "what is looked for and what is avoided cancel out; leave one of them away or give "
            "them other weights"
        )
    return vector_D / length
