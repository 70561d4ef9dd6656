import numpy as np
import pytest

from tipr.gallery import boxes


def some(count: int, seed: int = 0) -> np.ndarray:
    corner = np.random.default_rng(seed).uniform(0, 50, (count, 2))
    size = np.random.default_rng(seed + 1).uniform(1, 40, (count, 2))
    return np.concatenate([corner, corner + size], axis=1).astype(np.float32)


def test_corners_of_middle_and_size():
    np.testing.assert_allclose(boxes.corners(np.float32([[10, 20, 4, 8]])), [[8, 16, 12, 24]])


def test_probabilities_equal_the_textbook():
    logits = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32) * 3
    slow = [[1 / (1 + np.exp(-value)) for value in row] for row in logits]
    np.testing.assert_allclose(boxes.probabilities(logits, "sigmoid"), slow, rtol=1e-5)
    slow = [[np.exp(value) / sum(np.exp(row)) for value in row] for row in logits]
    np.testing.assert_allclose(boxes.probabilities(logits, "softmax"), slow, rtol=1e-5)
    assert boxes.probabilities(logits, "none") is logits
    extreme = boxes.probabilities(np.float32([[1e4, -1e4]]), "sigmoid")
    np.testing.assert_allclose(extreme, [[1, 0]], atol=1e-6)


def test_a_yolox_cell_is_brought_back_to_pixels_as_a_loop_does_it():
    height, width, strides = 32, 64, (8, 16)
    raw, slow = [], []
    for stride in strides:
        for row in range(height // stride):
            for column in range(width // stride):
                x, y, w, h = np.random.default_rng(len(raw)).normal(size=4)
                raw.append([x, y, w, h])
                middle = ((column + x) * stride, (row + y) * stride)
                half = (np.exp(w) * stride / 2, np.exp(h) * stride / 2)
                slow.append([middle[0] - half[0], middle[1] - half[1]])
                slow[-1] += [middle[0] + half[0], middle[1] + half[1]]
    cells = boxes.cells(height, width, strides)
    np.testing.assert_allclose(boxes.from_cells(np.float32(raw), cells), slow, rtol=1e-4, atol=1e-4)


def overlap(one, other) -> float:
    wide = max(0, min(one[2], other[2]) - max(one[0], other[0]))
    high = max(0, min(one[3], other[3]) - max(one[1], other[1]))
    both = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)) - wide * high
    return wide * high / both


@pytest.mark.parametrize("limit", [0.0, 0.2, 0.5, 0.9])
def test_suppression_keeps_what_a_loop_over_pairs_keeps(limit):
    found, scores = some(40), np.random.default_rng(2).uniform(size=40).astype(np.float32)
    scores[5] = scores[6]
    slow: list[int] = []
    for one in sorted(range(40), key=lambda index: -scores[index]):
        if all(overlap(found[one], found[kept]) <= limit for kept in slow):
            slow.append(one)
    assert boxes.suppress(found, scores, limit).tolist() == slow


def test_boxes_without_area_overlap_nothing():
    nothing = np.zeros((3, 4), np.float32)
    assert boxes.suppress(nothing, np.float32([1, 2, 3]), 0.5).tolist() == [2, 1, 0]
    assert boxes.suppress(nothing[:0], np.zeros(0, np.float32), 0.5).tolist() == []


def test_a_size_beyond_all_bounds_stays_a_number():
    raw = np.float32([[0, 0, 1e4, -1e4]])
    assert np.isfinite(boxes.from_cells(raw, np.float32([[0, 0, 8]]))).all()
