"""Packed matrices: within half a step of what they were, and refused when a part is missing."""

import pytest
import torch

from tipr.errors import ModelError
from tipr.weights.int8 import SCALE, pack, unpack


def tensors() -> dict[str, torch.Tensor]:
    rng = torch.Generator().manual_seed(0)
    matrix = torch.randn(64, 80, generator=rng) * torch.logspace(-4, 2, 64)[:, None]
    matrix[3] = 0
    return {
        "matrix": matrix,
        "kernel": torch.randn(32, 8, 4, 4, generator=rng),
        "vector": torch.randn(5000, generator=rng),
        "small": torch.randn(4, 4, generator=rng),
    }


def test_no_value_moves_by_more_than_half_a_step_of_its_row() -> None:
    before, after = tensors(), unpack(pack(tensors()), where="x")
    assert before.keys() == after.keys()
    for name in ("matrix", "kernel"):
        for row, same in zip(before[name], after[name], strict=True):
            step = float(row.abs().max()) / 127
            assert float((row - same).abs().max()) <= step * 0.5001
    assert torch.equal(before["vector"], after["vector"])
    assert torch.equal(before["small"], after["small"])


def test_packing_what_was_packed_changes_nothing() -> None:
    once = unpack(pack(tensors()), where="x")
    twice = unpack(pack(once), where="x")
    for name, tensor in once.items():
        torch.testing.assert_close(twice[name], tensor, rtol=1e-6, atol=0)


def test_large_matrices_take_a_quarter_of_the_bytes() -> None:
    packed = pack(tensors())
    assert packed["matrix"].dtype == torch.int8
    assert packed["matrix" + SCALE].shape == (64,)


@pytest.mark.parametrize("scale", [None, torch.ones(7)])
def test_a_matrix_without_scales_that_fit_is_refused(scale: torch.Tensor | None) -> None:
    packed = pack(tensors())
    del packed["matrix" + SCALE]
    if scale is not None:
        packed["matrix" + SCALE] = scale
    with pytest.raises(ModelError, match=r"m\.safetensors: matrix has no scales"):
        unpack(packed, where="m.safetensors")
