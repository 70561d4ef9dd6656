"""The released code's retrieval figures, from its own similarity matrices."""

import json
from pathlib import Path

import pytest
from safetensors.numpy import load_file

from tests.parity.conftest import cases
from tipr.metrics import rank_scores


@pytest.mark.parametrize("file", cases("metrics_*.safetensors"), ids=lambda file: file.stem)
def test_rank_scores_equals_the_released_metric(file: Path) -> None:
    tensors = load_file(file)
    expected = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    found = rank_scores(tensors["similarity"], tensors["query_pids"], tensors["gallery_pids"])
    assert found.as_json() == pytest.approx(
        {name: expected[name] for name in found.as_json()}, rel=1e-5
    )
