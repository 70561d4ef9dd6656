"""A detector's raw answers to boxes of people: plain arithmetic, one function a style.

Shape legend: Q candidates (queries or grid cells), C classes. Boxes are (left, top, right,
bottom) unless said otherwise.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def corners(centres_Q4: Floats) -> Floats:
    """(Q, 4) of boxes given as (middle x, middle y, width, height)."""
    middle, half = centres_Q4[:, :2], centres_Q4[:, 2:] * np.float32(0.5)
    return np.concatenate([middle - half, middle + half], axis=1, dtype=np.float32)


def probabilities(logits_QC: Floats, activation: str) -> Floats:
    """(Q, C) of raw class scores: "sigmoid", "softmax" or "none" (they are probabilities)."""
    if activation == "sigmoid":
        return np.float32(1) / (np.float32(1) + np.exp(-logits_QC.clip(-80, 80)))
    if activation == "softmax":
        powers_QC = np.exp(logits_QC - logits_QC.max(axis=1, keepdims=True))
        return powers_QC / powers_QC.sum(axis=1, keepdims=True)
    return logits_QC


def cells(height: int, width: int, strides: tuple[int, ...]) -> Floats:
    """(Q, 3) of a YOLOX head: column, row and stride of each cell, finest grid first."""
    grids = []
    for stride in strides:
        rows, columns = np.mgrid[: height // stride, : width // stride]
        sizes = np.full(rows.size, stride)
        grids.append(np.stack([columns.ravel(), rows.ravel(), sizes], axis=1))
    return np.concatenate(grids).astype(np.float32)


def from_cells(raw_Q4: Floats, cells_Q3: Floats) -> Floats:
    """(Q, 4) pixels: an offset from its cell and a logarithmic size, both in strides.

    Source: Ge et al., YOLOX (arXiv 2107.08430), section 2.1.
    """
    stride_Q1 = cells_Q3[:, 2:]
    middle_Q2 = (raw_Q4[:, :2] + cells_Q3[:, :2]) * stride_Q1
    size_Q2 = np.exp(raw_Q4[:, 2:].clip(max=20)) * stride_Q1
    return corners(np.concatenate([middle_Q2, size_Q2], axis=1))


def suppress(boxes_Q4: Floats, scores_Q: Floats, overlap: float) -> NDArray[np.int64]:
    """Indices, best first, of boxes none of which overlaps a better one by more than `overlap`.

    Overlap is the intersection over the union (greedy non-maximum suppression).
    """
    left = best_first(scores_Q)
    kept: list[int] = []
    while len(left):
        best, left = left[0], left[1:]
        kept.append(int(best))
        left = left[_overlaps(boxes_Q4[best], boxes_Q4[left]) <= overlap]
    return np.array(kept, np.int64)


def best_first(scores_Q: Floats) -> NDArray[np.int64]:
    """Indices by falling score; equal scores keep their order."""
    return np.argsort(-scores_Q, kind="stable")


def _overlaps(box_4: Floats, boxes_Q4: Floats) -> Floats:
    size_Q2 = np.minimum(box_4[2:], boxes_Q4[:, 2:]) - np.maximum(box_4[:2], boxes_Q4[:, :2])
    shared_Q = size_Q2.clip(min=0).prod(axis=1)
    both_Q = _area(box_4[None]) + _area(boxes_Q4) - shared_Q
    return shared_Q / np.maximum(both_Q, np.finfo(np.float32).tiny)


def _area(boxes_Q4: Floats) -> Floats:
    return (boxes_Q4[:, 2:] - boxes_Q4[:, :2]).clip(min=0).prod(axis=1)
