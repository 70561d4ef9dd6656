"""What a detector answered, read as its manifest says: boxes, and how sure each is a person's.

Shape legend: Q candidates, C classes.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tipr.gallery import boxes
from tipr.gallery.boxes import Floats
from tipr.gallery.manifest import Manifest

Raw = dict[str, NDArray[Any]]
"""The graph's outputs by the manifest's words for them: boxes, scores, classes."""


def people(raw: Raw, told: Manifest) -> tuple[Floats, Floats]:
    """Boxes (Q, 4) in pixels of the input (of the frame with `units` "frame") and scores (Q,).

    Raises:
        ValueError: the answers do not have the shapes that the style asks for, or are not finite.
    """
    match told.style:
        case "detr":
            found = _detr(raw, told)
        case "yolox":
            found = _yolox(raw, told)
        case "boxes":
            found = _boxes(raw, told)
    if not np.isfinite(found[1]).all():
        raise ValueError("scores that are not finite")
    return found


def _detr(raw: Raw, told: Manifest) -> tuple[Floats, Floats]:
    boxes_Q4 = _table(raw, "boxes", exactly=4)
    scores_QC = _table(raw, "scores", at_least=told.person + 1, rows=len(boxes_Q4))
    scores_QC = boxes.probabilities(scores_QC, told.activation)
    return boxes.corners(boxes_Q4) * _input_size(told), scores_QC[:, told.person]


def _yolox(raw: Raw, told: Manifest) -> tuple[Floats, Floats]:
    cells_Q3 = boxes.cells(told.height, told.width, told.strides)
    raw_QN = _table(raw, "boxes", at_least=told.person + 6, rows=len(cells_Q3))
    return boxes.from_cells(raw_QN[:, :4], cells_Q3), raw_QN[:, 4] * raw_QN[:, 5 + told.person]


def _boxes(raw: Raw, told: Manifest) -> tuple[Floats, Floats]:
    boxes_Q4 = _table(raw, "boxes", exactly=4)
    scores_Q = _line(raw, "scores", len(boxes_Q4))
    if told.classes:
        scores_Q = np.where(_line(raw, "classes", len(boxes_Q4)) == told.person, scores_Q, 0)
    return boxes_Q4 * (_input_size(told) if told.units == "share" else 1), scores_Q


def _input_size(told: Manifest) -> Floats:
    return np.array([told.width, told.height] * 2, np.float32)


def _table(
    raw: Raw, name: str, *, exactly: int = 0, at_least: int = 0, rows: int | None = None
) -> Floats:
    """An output of shape (Q, columns) or (1, Q, columns), without the 1."""
    answer = raw[name]
    table = answer[0] if answer.ndim == 3 and len(answer) == 1 else answer
    if (
        table.ndim != 2
        or (exactly and table.shape[1] != exactly)
        or table.shape[1] < at_least
        or (rows is not None and len(table) != rows)
    ):
        columns = exactly or f"{at_least} or more"
        raise ValueError(f"{name} of shape {answer.shape}; expected (1, {rows or 'Q'}, {columns})")
    return table.astype(np.float32)


def _line(raw: Raw, name: str, rows: int) -> Floats:
    """An output of shape (Q,), (1, Q) or (Q, 1)."""
    answer = raw[name]
    if answer.size != rows or answer.ndim > 2:
        raise ValueError(f"{name} of shape {answer.shape}; expected (1, {rows})")
    return answer.reshape(-1).astype(np.float32)
