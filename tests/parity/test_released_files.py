"""Checkpoint files of SEN, IRRA and RDE become model directories with the released features."""

import argparse
import json
from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from tests import clips
from tests.parity.conftest import cases
from tipr import models
from tipr.convert.write import CARD, convert

CASES = cases("tiny_*.json")
ENTRIES = 600
"""No tokenizer is as small as the golden vocabularies (it needs every byte): rows are added."""

IRRA = ("cross_attn.in_proj_weight", "cross_modal_transformer.resblocks.0.ln_1.weight")
IRRA += ("mlm_head.dense.weight", "ln_pre_t.weight", "ln_pre_i.weight", "ln_post.weight")
RDE = ("visul_emb_layer.fc.weight", "texual_emb_layer.mlp.layers.0.weight")


def golden(path: Path) -> tuple[dict[str, Tensor], dict[str, Tensor], str]:
    state = load_file(path.with_name(f"{path.stem}_state.safetensors"))
    name = "base_model.token_embedding.weight"
    missing = ENTRIES - len(state[name])
    state[name] = torch.cat([state[name], torch.zeros(missing, state[name].shape[1])])
    io = load_file(path.with_name(f"{path.stem}_io.safetensors"))
    height, width = json.loads(path.read_text())["config"]["img"]
    return state, io, f"{height}x{width}"


def trunk(state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: value for name, value in state.items() if name.startswith("base_model.")}


def saved(path: Path, state: dict[str, Tensor], **beside: Any) -> Path:
    """A best.pth as the released training code leaves it."""
    content = {"model": OrderedDict(state), "epoch": 60, "optimizer": {"state": {}}, **beside}
    torch.save(content, path)
    return path


def assert_features(folder: Path, io: dict[str, Tensor], tolerance: float = 1e-5) -> None:
    network = models.read(folder).network
    with torch.inference_mode():
        image = network.encode_image(io["images"]).pooled_BD
        text = network.encode_text(io["caption_ids"]).pooled_BD
    for found, expected in ((image, io["image_features"]), (text, io["text_features"])):
        error = (found - expected).abs().max() / expected.abs().max()
        assert error <= tolerance, f"{error:.1e}"


@pytest.fixture
def vocabulary(tmp_path: Path) -> str:
    return str(clips.vocabulary(tmp_path / "tokenizer.json", ENTRIES))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
@pytest.mark.parametrize("prefix", ["", "module."])
def test_a_sen_checkpoint_keeps_the_released_features(path, prefix, tmp_path, vocabulary):
    state, io, size = golden(path)
    wrapped = {prefix + name: value for name, value in state.items()}
    file = saved(tmp_path / "best.pth", wrapped, args=argparse.Namespace(lr=1e-5))
    height, width = map(int, size.split("x"))
    made = convert(str(file), tmp_path / "made", vocabulary=vocabulary, image_size=(height, width))
    assert_features(tmp_path / "made", io)
    assert made.kind.startswith("SEN ")
    assert made.old_grid == made.config.grid
    expected = sorted(name for name in state if not name.startswith("base_model."))
    assert made.left_out == expected
    written = (tmp_path / "made" / CARD).read_text()
    assert all(f"- `{name}`\n" in written for name in expected)


@pytest.mark.parametrize(
    ("extra", "method"), [(IRRA, "IRRA"), (RDE, "RDE"), ((), "SEN, IRRA or RDE")]
)
def test_the_dual_encoders_of_the_relatives_are_taken_alone(extra, method, tmp_path, vocabulary):
    state, io, size = golden(CASES[-1])
    height, width = map(int, size.split("x"))
    names = {name: torch.ones(2, 2) for name in extra}
    file = saved(tmp_path / "best.pth", trunk(state) | names)
    made = convert(str(file), tmp_path / "made", vocabulary=vocabulary, image_size=(height, width))
    assert made.kind.startswith(f"{method} checkpoint")
    assert made.left_out == sorted(extra)
    assert_features(tmp_path / "made", io)


def test_float16_weights_are_stored_as_float32_of_the_same_value(tmp_path, vocabulary):
    state, _, size = golden(CASES[0])
    height, width = map(int, size.split("x"))
    half = {name: value.half() for name, value in state.items()}
    file = saved(tmp_path / "best.pth", half)
    convert(str(file), tmp_path / "made", vocabulary=vocabulary, image_size=(height, width))
    tensors = load_file(tmp_path / "made" / "model.safetensors")
    found = tensors["vision_model.embeddings.position_embedding.weight"]
    assert found.dtype == torch.float32
    assert torch.equal(found, half["base_model.visual.positional_embedding"].float())
