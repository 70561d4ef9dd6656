"""Ranks share the work of encoding, however few there is to encode."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from tipr.runtime import Place, Runtime
from tipr.train import sharing
from tipr.train.sharing import SharedEncoder


@pytest.mark.parametrize("world", [1, 2, 3, 5])
@pytest.mark.parametrize("rows", [1, 2, 7])
def test_each_row_is_encoded_by_one_rank_and_all_get_all_in_order(
    world: int, rows: int, make_encoder: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    parts: list[torch.Tensor] = []
    monkeypatch.setattr(sharing, "row_counts", lambda count, _runtime: [count])
    monkeypatch.setattr(sharing, "everyone", lambda x, _counts, _runtime: parts.append(x) or x)
    encoder = make_encoder()
    sentences = [f"a man with {number} hats" for number in range(rows)]
    pixels = np.random.default_rng(0).integers(0, 255, (rows, 24, 8, 3)).astype(np.uint8)
    for rank in range(world):
        runtime = Runtime(torch.device("cpu"), torch.float32, place=Place(rank, world, rank, True))
        shared = SharedEncoder(encoder, runtime)
        shared.encode_text(sentences)
        shared.encode_images(pixels)
    assert encoder.encoded == rows
    assert np.array_equal(torch.cat(parts[0::2]).numpy(), encoder.encode_text(sentences))
    assert np.array_equal(torch.cat(parts[1::2]).numpy(), encoder.encode_images(pixels))
