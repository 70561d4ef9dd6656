"""Model directories under two conventions of names."""

import json
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from tests import clips

from tipr import model_files, models
from tipr.checkpoint import load_tensors, save_tensors
from tipr.config import ModelConfig, parse
from tipr.errors import ModelError
from tipr.inputs.tokenizer import Tokenizer

TABLE = {
    "embed": 24,
    "image": {"height": 48, "width": 16},
    "vision": {"patch": 8, "width": 48, "depth": 2, "heads": 3},
    "text": {"vocabulary": 600, "length": 20, "width": 32, "depth": 1, "heads": 2},
}
CONFIG = parse(ModelConfig, TABLE, where="test")


@pytest.fixture
def folder(tmp_path) -> Path:
    """A directory of CLIP's architecture."""
    tokenizer = Tokenizer.load(clips.vocabulary(tmp_path / "tokenizer.json"))
    models.write_settings(tmp_path, CONFIG, tokenizer)
    network = models.build(CONFIG, seed=4)
    models.write_weights(tmp_path, network, CONFIG, tokenizer, {"step": 1})
    return tmp_path


def test_reading_gives_back_every_bit_that_was_written(folder):
    found = models.read(folder).network.state_dict()
    for name, value in models.build(CONFIG, seed=4).state_dict().items():
        assert torch.equal(found[name], value), name


def test_clips_architecture_is_stored_under_transformers_names(folder):
    tensors, header = load_tensors(folder / model_files.WEIGHTS)
    assert header["names"] == "transformers"
    assert tensors["vision_model.embeddings.patch_embedding.weight"].shape == (48, 3, 8, 8)
    assert "text_model.encoder.layers.0.self_attn.q_proj.bias" in tensors
    assert tensors["logit_scale"].item() == pytest.approx(2.6593, abs=1e-4)


def test_the_file_says_its_format_as_older_transformers_want_it(folder):
    with safe_open(folder / model_files.WEIGHTS, framework="pt") as file:
        assert file.metadata()["format"] == "pt"


def test_any_other_architecture_keeps_our_names(tmp_path):
    table = TABLE | {"text": TABLE["text"] | {"pool": "max", "causal": False}}
    config = parse(ModelConfig, table, where="test")
    tokenizer = Tokenizer.load(clips.vocabulary(tmp_path / "tokenizer.json"))
    models.write_settings(tmp_path, config, tokenizer)
    models.write_weights(tmp_path, models.build(config), config, tokenizer, {})
    tensors, header = load_tensors(tmp_path / model_files.WEIGHTS)
    assert header["names"] == "tipr"
    assert tensors.keys() == models.build(config).state_dict().keys()
    assert set(json.loads((tmp_path / model_files.CONFIG).read_text())) == {"format", "model"}
    assert models.read(tmp_path).config == config


def test_a_file_of_our_names_without_the_key_is_the_same_model(folder):
    """As every directory was written before the key came."""
    before = models.read(folder)
    tensors = models.dual_encoder_tensors(before.network)
    save_tensors(folder / model_files.WEIGHTS, tensors, {"fingerprint": before.fingerprint})
    assert models.read(folder).fingerprint == before.fingerprint


def test_names_that_are_not_known_yet_are_an_error(folder):
    tensors, header = load_tensors(folder / model_files.WEIGHTS)
    save_tensors(folder / model_files.WEIGHTS, tensors, header | {"names": "later"})
    with pytest.raises(ModelError, match="'later' names; update tipr"):
        models.read(folder)


def test_the_logit_scale_of_the_source_is_kept(folder):
    model = models.read(folder)
    header = {"logit_scale": 4.5}
    models.write_weights(folder, model.network, model.config, model.tokenizer, header)
    assert load_tensors(folder / model_files.WEIGHTS)[0]["logit_scale"].item() == 4.5
    assert models.read(folder).fingerprint == model.fingerprint
