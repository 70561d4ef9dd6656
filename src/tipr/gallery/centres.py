"""Learn where a gallery's vectors lie: centres to gather them around, axes along which they vary.

Shape legend: N pictures, D the encoder's width, H axes, L centres, B of a block, S of a sample.
"""

import numpy as np
from numpy.typing import NDArray

from tipr.encoder.protocol import Vectors

_ROUNDS = 10  # of k-means
_SEED = 0
_BLOCK = 16_384  # rows that are compared at once
_STEP = 32  # widths that suit the processor


def learned_centres(sample_SD: Vectors, count: int) -> Vectors:
    """(L, D) of length one, by spherical k-means; each is followed by one that is like it.

    So what lies near a query often lies side by side, to be read at once. `count` is at most S;
    equal samples give equal centres.
    """
    if count == 0:
        return sample_SD[:0]
    import faiss

    means = faiss.Clustering(sample_SD.shape[1], count)
    means.seed, means.niter, means.spherical = _SEED, _ROUNDS, True
    means.min_points_per_centroid, means.max_points_per_centroid = 1, len(sample_SD)
    means.train(sample_SD, faiss.IndexFlatIP(sample_SD.shape[1]))
    return _in_a_row(faiss.vector_to_array(means.centroids).reshape(count, -1))


def principal_axes(sample_SD: Vectors, variance: float) -> Vectors:
    """(H, D) orthonormal: the fewest axes, or a few more, that hold this part of the variance.

    It is the variance around the mean: the mean itself adds the same to the product of a query
    with every picture, and tells nobody apart.
    """
    width = sample_SD.shape[1]
    if len(sample_SD) == 0:
        return np.eye(width, dtype=np.float32)
    around_SD = sample_SD - sample_SD.mean(axis=0)
    variance_D, axes_DD = np.linalg.eigh(around_SD.T @ around_SD)  # the largest are the last
    held_D = np.cumsum(variance_D[::-1].clip(min=0))
    needed = int(np.searchsorted(held_D, variance * held_D[-1])) + 1
    count = min(width, -(-needed // _STEP) * _STEP)
    return np.ascontiguousarray(axes_DD[:, width - count :].T)


def nearest_centres(rows_ND: NDArray[np.floating], centres_LD: Vectors) -> NDArray[np.int64]:
    """(N,) the centre of the largest product with each row."""
    import faiss

    index = faiss.IndexFlatIP(centres_LD.shape[1])
    index.add(centres_LD)
    found_N = np.empty(len(rows_ND), np.int64)
    for start in range(0, len(rows_ND), _BLOCK):
        block_BD = rows_ND[start : start + _BLOCK].astype(np.float32)
        found_N[start : start + _BLOCK] = index.search(block_BD, 1)[1][:, 0]
    return found_N


def _in_a_row(centres_LD: Vectors) -> Vectors:
    """The centres in another order: from the first on, always to the nearest that is left."""
    left_L = np.ones(len(centres_LD), np.bool_)
    order, last = [0], 0
    for _ in range(1, len(centres_LD)):
        left_L[last] = False
        last = int(np.where(left_L, centres_LD @ centres_LD[last], -np.inf).argmax())
        order.append(last)
    return centres_LD[order]
