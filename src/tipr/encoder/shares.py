"""Divide a vector among the tokens that made it: what a cosine is the sum of.

Shape legend: L tokens (words or patches), D embedding.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def divide(tokens_LD: Floats, unit_D: Floats) -> Floats:
    """(L, D): the channels of a max-pooled vector, each in the row of the token that won it.

    A token wins a channel where it has the maximum, the first of several; the rows sum to
    `unit_D`. So the product of two such tables holds what each pair of a word and a patch adds to
    the cosine, and its sum is the cosine.
    """
    shares_LD = np.zeros_like(tokens_LD)
    channels = np.arange(tokens_LD.shape[1])
    shares_LD[tokens_LD.argmax(axis=0), channels] = unit_D
    return shares_LD


def gather(tokens_TD: Floats, owner_T: NDArray[np.int64]) -> Floats:
    """(W, D): the sum of the tokens of each owner, W the largest owner + 1."""
    sums_WD = np.zeros((int(owner_T.max()) + 1, tokens_TD.shape[1]), np.float32)
    np.add.at(sums_WD, owner_T, tokens_TD)
    return sums_WD


def unit(rows_LD: Floats) -> Floats:
    """Rows of length one; a row of zeros stays as it is. Works on any number of leading axes."""
    length = np.linalg.norm(rows_LD, axis=-1, keepdims=True)
    return rows_LD / np.where(length > 0, length, 1).astype(np.float32)
