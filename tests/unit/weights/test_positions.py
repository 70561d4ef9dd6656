"""Position tables go from grid to grid."""

import pytest
import torch

from tipr.errors import ModelError
from tipr.weights.positions import resize_positions


def slow(table: torch.Tensor, old: tuple[int, int], new: tuple[int, int]) -> torch.Tensor:
    """Bilinear between the four nearest old cells, cell centres at half steps."""
    cells = table.view(*old, -1)
    rows = []
    for r in range(new[0]):
        for c in range(new[1]):
            y = min(max((r + 0.5) * old[0] / new[0] - 0.5, 0), old[0] - 1)
            x = min(max((c + 0.5) * old[1] / new[1] - 0.5, 0), old[1] - 1)
            y0, x0 = int(y), int(x)
            y1, x1 = min(y0 + 1, old[0] - 1), min(x0 + 1, old[1] - 1)
            top = cells[y0, x0] * (1 - (x - x0)) + cells[y0, x1] * (x - x0)
            low = cells[y1, x0] * (1 - (x - x0)) + cells[y1, x1] * (x - x0)
            rows.append(top * (1 - (y - y0)) + low * (y - y0))
    return torch.stack(rows)


@pytest.mark.parametrize("old", [(4, 4), (6, 2), (2, 6)])
def test_any_grid_is_resized_as_a_slow_loop_does(old):
    table = torch.randn(1 + old[0] * old[1], 5)
    found = resize_positions(table, (5, 3), old=old)
    assert torch.equal(found[0], table[0])
    torch.testing.assert_close(found[1:], slow(table[1:], old, (5, 3)))


def test_without_a_class_token_every_row_is_a_place():
    table = torch.randn(12, 5)
    found = resize_positions(table, (3, 3), old=(6, 2), has_class=False)
    torch.testing.assert_close(found, slow(table, (6, 2), (3, 3)))


def test_the_same_grid_gives_the_same_table():
    table = torch.randn(13, 5)
    assert torch.equal(resize_positions(table, (6, 2), old=(6, 2)), table)


def test_a_table_of_another_grid_is_refused():
    with pytest.raises(ModelError, match=r"13 rows is not 1 \+ a square grid"):
        resize_positions(torch.zeros(13, 5), (6, 2))
    with pytest.raises(ModelError, match=r"13 rows is not 1 \+ a grid of 4x4"):
        resize_positions(torch.zeros(13, 5), (6, 2), old=(4, 4))
