"""Hugging Face transformers and tipr give equal features, in both directions of conversion."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from tests import clips
from tipr import models
from tipr.config import ModelConfig, parse
from tipr.convert.card import RECTANGLE, SQUARE
from tipr.convert.write import CARD, convert
from tipr.inputs.tokenizer import Tokenizer

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def state() -> dict[str, Tensor]:
    return clips.openai_state()


@pytest.fixture(scope="module")
def vocabulary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clips.vocabulary(tmp_path_factory.mktemp("vocabulary") / "tokenizer.json")


@pytest.fixture(scope="module")
def hf_folder(
    state: dict[str, Tensor], vocabulary: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A CLIP as transformers saves it, with its tokenizer."""
    folder = tmp_path_factory.mktemp("hugging-face")
    clips.clip_model(state).save_pretrained(folder)
    (folder / "tokenizer.json").write_bytes(vocabulary.read_bytes())
    return folder


def assert_close(found: Tensor, expected: Tensor) -> None:
    assert found.shape == expected.shape
    error = (found - expected).abs().max() / expected.abs().max()
    assert error <= 1e-5, f"largest error {error:.1e} of the largest value"


def assert_same_features(folder: Path, oracle: Any) -> None:
    """tipr's features of the directory are those of transformers' model."""
    model = models.read(folder)
    side = model.config.image.height
    pixels = torch.randn(2, 3, side, side)
    ids = clips.ids(model.tokenizer)
    with torch.inference_mode():
        image = model.network.encode_image(pixels).pooled_BD
        text = model.network.encode_text(ids).pooled_BD
        assert_close(image, oracle.get_image_features(pixels).pooler_output)
        assert_close(text, oracle.get_text_features(ids).pooler_output)


def recipe(folder: Path) -> dict[str, Callable[[Any], Tensor]]:
    """The Python that the directory's README.md gives, executed."""
    text = (folder / CARD).read_text(encoding="utf-8")
    block = re.search(r"```python\n(.+?)```", text, flags=re.S)
    assert block is not None
    names: dict[str, Any] = {}
    exec(block[1].replace("MODEL_DIR", str(folder)), names)
    return names


def assert_recipe_gives_our_features(folder: Path) -> None:
    theirs, ours = recipe(folder), models.read(folder)
    pixels = torch.randn(2, 3, ours.config.image.height, ours.config.image.width)
    with torch.inference_mode():
        assert_close(theirs["image_features"](pixels), ours.network.encode_image(pixels).pooled_BD)
        assert_close(
            theirs["text_features"](clips.SENTENCES),
            ours.network.encode_text(clips.ids(ours.tokenizer)).pooled_BD,
        )


@pytest.mark.parametrize("weights", ["model.safetensors", "pytorch_model.bin"])
def test_a_hugging_face_folder_keeps_its_features(hf_folder, state, tmp_path, weights):
    source = hf_folder
    if weights.endswith(".bin"):
        source = tmp_path / "old"
        source.mkdir()
        oracle = clips.clip_model(state)
        oracle.config.save_pretrained(source)
        torch.save(oracle.state_dict(), source / weights)
        (source / "tokenizer.json").write_bytes((hf_folder / "tokenizer.json").read_bytes())
    convert(str(source), tmp_path / "made", image_size=(32, 32))
    assert_same_features(tmp_path / "made", clips.clip_model(state))


def test_gelu_is_read_from_the_settings(vocabulary, tmp_path):
    from transformers import CLIPConfig, CLIPModel

    torch.manual_seed(0)
    oracle = CLIPModel(CLIPConfig(**clips.settings(32, "gelu"))).eval()
    oracle.save_pretrained(tmp_path / "hf")
    made = convert(
        str(tmp_path / "hf"), tmp_path / "made", image_size=(32, 32), vocabulary=str(vocabulary)
    )
    assert made.config.activation == "gelu"
    assert_same_features(tmp_path / "made", oracle)


def test_an_openai_archive_keeps_its_features(state, vocabulary, tmp_path):
    file = clips.archive(tmp_path / "ViT.pt", state)
    size = (32, 32)
    convert(str(file), tmp_path / "made", vocabulary=str(vocabulary), image_size=size, trust=True)
    rounded = {name: value.half().to(value.dtype) for name, value in state.items()}
    assert_same_features(tmp_path / "made", clips.clip_model(rounded))


@pytest.mark.parametrize("kind", ["safetensors", "pt", "folder"])
def test_open_clips_files_keep_their_features(state, vocabulary, tmp_path, kind):
    source, activation = tmp_path / f"open_clip.{kind}", "quick_gelu"
    if kind == "safetensors":
        clips.write_state(source, state)
    elif kind == "pt":  # as open_clip's training script saves it
        inner = {f"module.{name}": value for name, value in state.items()}
        torch.save({"epoch": 3, "name": "run", "state_dict": inner}, source)
    else:
        source.mkdir()
        clips.write_state(source / "open_clip_model.safetensors", state)
        vision = {"width": 192, "head_width": 64}
        config = {"quick_gelu": True, "vision_cfg": vision, "text_cfg": {"heads": 2}}
        clips.write_json(source / "open_clip_config.json", {"model_cfg": config})
        activation = None
    convert(
        str(source),
        tmp_path / "made",
        vocabulary=str(vocabulary),
        image_size=(32, 32),
        activation=activation,
    )
    assert_same_features(tmp_path / "made", clips.clip_model(state))


def test_a_square_directory_loads_in_transformers_as_it_is(hf_folder, state, tmp_path):
    from transformers import CLIPModel

    folder = tmp_path / "made"
    convert(str(hf_folder), folder, image_size=(32, 32))
    loaded, report = CLIPModel.from_pretrained(folder, output_loading_info=True)
    assert {name: list(found) for name, found in report.items() if found} == {}
    assert loaded.logit_scale.item() == pytest.approx(state["logit_scale"].item())
    assert_same_features(folder, loaded.eval())
    assert_recipe_gives_our_features(folder)


def test_a_rectangle_loads_in_transformers_by_the_recipe_of_its_readme(hf_folder, tmp_path):
    folder = tmp_path / "made"
    convert(str(hf_folder), folder, image_size=(48, 16))
    assert_recipe_gives_our_features(folder)


def test_a_rectangle_without_the_recipe_is_an_error_never_a_wrong_feature(hf_folder, tmp_path):
    from transformers import CLIPModel

    convert(str(hf_folder), tmp_path / "made", image_size=(48, 16))
    with pytest.raises(RuntimeError, match="ignore_mismatched_sizes"):
        CLIPModel.from_pretrained(tmp_path / "made")


def test_the_document_shows_the_recipes_that_are_written():
    text = (ROOT / "docs" / "convert.md").read_text(encoding="utf-8")
    assert RECTANGLE in text
    assert SQUARE in text


def test_a_run_of_clips_architecture_loads_in_transformers(vocabulary, tmp_path):
    from transformers import CLIPModel

    table = {
        "embed": 24,
        "activation": "gelu",
        "image": {"height": 32, "width": 32},
        "vision": {"patch": 8, "width": 48, "depth": 1, "heads": 4},
        "text": {"vocabulary": 600, "length": 20, "width": 32, "depth": 2, "heads": 2},
    }
    config = parse(ModelConfig, table, where="test")
    tokenizer = Tokenizer.load(vocabulary)
    models.write_settings(tmp_path, config, tokenizer)
    models.write_weights(tmp_path, models.build(config, seed=1), config, tokenizer, {"step": 9})
    assert_same_features(tmp_path, CLIPModel.from_pretrained(tmp_path).eval())


def test_transformers_tokenizer_reads_ours_and_gives_our_ids(hf_folder, tmp_path):
    from transformers import CLIPTokenizer

    convert(str(hf_folder), tmp_path / "made", image_size=(32, 32))
    theirs = CLIPTokenizer.from_pretrained(tmp_path / "made")
    ours = Tokenizer.load(tmp_path / "made" / "tokenizer.json")
    for sentence in [*clips.SENTENCES, "A  Man, it's 5 O'CLOCK!"]:
        assert theirs(sentence)["input_ids"] == ours.encode(sentence)


def test_the_older_pair_of_vocabulary_files_gives_the_same_ids(hf_folder, tmp_path):
    import json

    ours = Tokenizer.load(hf_folder / "tokenizer.json")
    model = json.loads((hf_folder / "tokenizer.json").read_text())["model"]
    source = tmp_path / "old"
    source.mkdir()
    for name in ("config.json", "model.safetensors"):
        (source / name).write_bytes((hf_folder / name).read_bytes())
    clips.write_json(source / "vocab.json", model["vocab"])
    lines = ["#version: 0.2", *(" ".join(pair) for pair in model["merges"]), ""]
    (source / "merges.txt").write_text("\n".join(lines))
    convert(str(source), tmp_path / "made", image_size=(32, 32))
    assert models.read(tmp_path / "made").tokenizer.fingerprint == ours.fingerprint
