"""Conversion decides sizes, refuses what does not fit, and writes whole directories or nothing."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from tests import clips
from torch import Tensor

from tipr import load_encoder, models
from tipr.config import load
from tipr.convert import hub, single
from tipr.convert.write import convert
from tipr.errors import ConfigError, ModelError, StorageError, TiprError, VocabularyError
from tipr.inputs.tokenizer import Tokenizer
from tipr.weights.positions import resize_positions

SQUARE = {"image_size": (32, 32), "activation": "quick_gelu"}


@pytest.fixture(scope="module")
def state() -> dict[str, Tensor]:
    return clips.openai_state()


@pytest.fixture(scope="module")
def vocabulary(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(clips.vocabulary(tmp_path_factory.mktemp("v") / "tokenizer.json"))


@pytest.fixture
def file(state, tmp_path) -> str:
    """A bare state of OpenAI's names, as open_clip's are."""
    return str(clips.write_state(tmp_path / "clip.safetensors", state))


def refused(tmp_path: Path, source: object, **options: Any) -> str:
    """The one line with which the conversion is refused; nothing is left behind."""
    before = set(tmp_path.rglob("*"))
    with pytest.raises(TiprError) as caught:
        convert(str(source), tmp_path / "made", **options)
    assert set(tmp_path.rglob("*")) == before
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_directory_is_taken_by_the_encoder(file, vocabulary, tmp_path):
    convert(file, tmp_path / "made", vocabulary=vocabulary, **SQUARE)
    encoder = load_encoder(tmp_path / "made", device="cpu", precision="float32")
    assert encoder.encode_text(["a red coat"]).shape == (1, clips.EMBED)
    assert encoder.image_size == (32, 32)


def test_the_directory_says_where_it_is_from(file, vocabulary, tmp_path):
    made = convert(file, tmp_path / "made", vocabulary=vocabulary, **SQUARE)
    digest = hashlib.sha256(Path(file).read_bytes()).hexdigest()
    header = models.read(tmp_path / "made").header
    assert header["source"] == {"name": "clip.safetensors", "kind": made.kind, "sha256": digest}
    assert header["left_out"] == ["input_resolution"]
    card = (tmp_path / "made" / "README.md").read_text()
    assert digest in card
    assert "clip.safetensors" in card
    assert str(tmp_path) not in card
    files = {"README.md", "config.json", "model.safetensors", "tokenizer.json"}
    assert {path.name for path in (tmp_path / "made").iterdir()} == files


def test_clip_becomes_the_fields_rectangle_unless_another_size_is_asked_for(
    state, file, vocabulary, tmp_path
):
    made = convert(file, tmp_path / "made", vocabulary=vocabulary, activation="gelu")
    assert (made.config.image.height, made.config.image.width) == (384, 128)
    assert made.positions == "resized from 4x4 to 48x16"
    found = models.read(tmp_path / "made").network.state_dict()["vision.positions"]
    expected = resize_positions(state["visual.positional_embedding"], (48, 16))
    assert torch.equal(found, expected)


def test_the_prefix_of_a_data_parallel_wrapper_is_dropped(state, vocabulary, tmp_path):
    wrapped = {f"module.{name}": value for name, value in state.items()}
    for name, content in (("plain", state), ("wrapped", wrapped)):
        file = clips.write_state(tmp_path / f"{name}.safetensors", content)
        convert(str(file), tmp_path / name, vocabulary=vocabulary, activation="gelu")
    made = [models.read(tmp_path / name).fingerprint for name in ("plain", "wrapped")]
    assert made[0] == made[1]


def test_half_precision_positions_are_resized_in_float32(state, vocabulary, tmp_path):
    half = {name: value.half() for name, value in state.items()}
    file = clips.write_state(tmp_path / "half.safetensors", half)
    convert(str(file), tmp_path / "made", vocabulary=vocabulary, activation="gelu")
    found = models.read(tmp_path / "made").network.state_dict()["vision.positions"]
    table = half["visual.positional_embedding"].float()
    assert torch.equal(found, resize_positions(table, (48, 16)))


def test_a_rectangle_that_fits_is_kept_bit_by_bit(vocabulary, tmp_path):
    state = clips.openai_state(patches=48 * 16)
    file = clips.write_state(tmp_path / "x.safetensors", state)
    made = convert(str(file), tmp_path / "made", vocabulary=vocabulary, activation="gelu")
    assert made.positions == "48x16, kept"
    found = load_file(tmp_path / "made" / "model.safetensors")
    name = "vision_model.embeddings.position_embedding.weight"
    assert torch.equal(found[name], state["visual.positional_embedding"])


def test_a_retrieval_checkpoint_of_an_unknown_size_must_say_it(vocabulary, tmp_path):
    for patches, fits in ((16, "32x32"), (12, "48x16")):
        state = clips.openai_state(patches=patches)
        content = {"model": {f"base_model.{name}": value for name, value in state.items()}}
        torch.save(content, tmp_path / "best.pth")
        said = refused(tmp_path, tmp_path / "best.pth", vocabulary=vocabulary)
        assert "say with --image-size HEIGHTxWIDTH at which size it was trained" in said
        size = tuple(map(int, fits.split("x")))
        goal = tmp_path / fits
        made = convert(
            str(tmp_path / "best.pth"),
            goal,
            vocabulary=vocabulary,
            image_size=(size[0], size[1]),
        )
        assert made.positions.endswith("kept")


def test_a_rectangle_of_an_unknown_grid_is_not_resized(vocabulary, tmp_path):
    state = clips.openai_state(patches=12)
    file = clips.write_state(tmp_path / "x.safetensors", state)
    options = {"vocabulary": vocabulary, "activation": "gelu"}
    assert "its 12 positions" in refused(tmp_path, file, image_size=(64, 64), **options)


def test_a_size_that_is_no_multiple_of_the_patch_is_refused(file, vocabulary, tmp_path):
    said = refused(tmp_path, file, vocabulary=vocabulary, image_size=(100, 32), activation="gelu")
    assert "image 100x32 is not a whole number of 8-pixel patches" in said


def test_activation_is_never_guessed(file, vocabulary, tmp_path):
    said = refused(tmp_path, file, vocabulary=vocabulary)
    assert "add --activation quick_gelu (OpenAI's weights" in said


def test_an_activation_against_the_weights_own_is_refused(state, vocabulary, tmp_path):
    clips.archive(tmp_path / "ViT.pt", state)
    options = {"vocabulary": vocabulary, "trust": True, "image_size": (32, 32)}
    said = refused(tmp_path, tmp_path / "ViT.pt", activation="gelu", **options)
    assert "its activation is quick_gelu, not gelu" in said


def test_an_archive_is_read_if_its_hash_is_known_or_it_is_trusted(
    state, vocabulary, tmp_path, monkeypatch
):
    file = clips.archive(tmp_path / "ViT.pt", state)
    said = refused(tmp_path, file, vocabulary=vocabulary)
    assert "none of OpenAI's (sha256" in said
    assert "--trust" in said
    made = convert(str(file), tmp_path / "1", vocabulary=vocabulary, trust=True)
    assert made.notes == ("activation: quick_gelu, that of OpenAI's archives, is assumed",)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    monkeypatch.setitem(single.OFFICIAL, digest, "ViT-T/8")
    made = convert(str(file), tmp_path / "2", vocabulary=vocabulary)
    assert (made.kind, made.notes) == ("OpenAI CLIP ViT-T/8", ())


def test_the_known_hashes_are_whole():
    assert all(len(digest) == 64 and int(digest, 16) for digest in single.OFFICIAL)
    assert set(single.OFFICIAL.values()) == {"ViT-B/32", "ViT-B/16", "ViT-L/14", "ViT-L/14@336px"}


ALIENS = {
    "a ResNet CLIP": {"visual.layer1.0.conv1.weight": torch.ones(2)},
    "give the folder": {"vision_model.post_layernorm.weight": torch.ones(2)},
    "another architecture (encoder.layer.0.x, ...)": {"encoder.layer.0.x": torch.ones(2)},
}


@pytest.mark.parametrize("words", ALIENS)
def test_another_architecture_is_named(words, vocabulary, tmp_path):
    file = clips.write_state(tmp_path / "x.safetensors", ALIENS[words])
    assert words in refused(tmp_path, file, vocabulary=vocabulary, **SQUARE)


def test_a_part_that_clip_does_not_have_is_never_left_out_in_silence(state, vocabulary, tmp_path):
    more = state | {"visual.transformer.resblocks.0.ls_1.gamma": torch.ones(192)}
    file = clips.write_state(tmp_path / "x.safetensors", more)
    assert "ls_1.gamma" in refused(tmp_path, file, vocabulary=vocabulary, **SQUARE)
    extra = state | {"visual.attn_pool.query": torch.ones(2)}
    clips.write_state(tmp_path / "x.safetensors", extra)
    assert "also has visual.attn_pool.query" in refused(
        tmp_path, file, vocabulary=vocabulary, **SQUARE
    )


def test_missing_and_misshapen_tensors_are_named(state, vocabulary, tmp_path):
    less = {name: value for name, value in state.items() if name != "visual.ln_post.bias"}
    file = clips.write_state(tmp_path / "x.safetensors", less)
    options = {"vocabulary": vocabulary, **SQUARE}
    assert "missing vision.norm_out.bias" in refused(tmp_path, file, **options)
    wrong = state | {"transformer.resblocks.1.mlp.c_fc.weight": torch.ones(3, 128)}
    clips.write_state(tmp_path / "x.safetensors", wrong)
    assert "text.blocks.1.mlp.0.weight is (3, 128)" in refused(tmp_path, file, **options)
    del less["visual.class_embedding"]
    clips.write_state(tmp_path / "x.safetensors", less)
    assert "vision.class_token is missing" in refused(tmp_path, file, **options)


def test_values_that_are_no_numbers_are_refused(state, vocabulary, tmp_path):
    broken = state | {"ln_final.bias": torch.full((128,), float("nan"))}
    file = clips.write_state(tmp_path / "x.safetensors", broken)
    said = refused(tmp_path, file, vocabulary=vocabulary, **SQUARE)
    assert "text.norm_out.bias holds values that are no numbers" in said


def test_broken_files_are_refused_in_one_line(file, vocabulary, tmp_path):
    options = {"vocabulary": vocabulary, "trust": True, **SQUARE}
    content = Path(file).read_bytes()
    (tmp_path / "cut.safetensors").write_bytes(content[: len(content) // 2])
    assert "not a whole safetensors" in refused(tmp_path, tmp_path / "cut.safetensors", **options)
    archive = clips.archive(tmp_path / "ViT.pt", clips.openai_state())
    archive.write_bytes(archive.read_bytes()[:100_000])
    assert "truncated" in refused(tmp_path, archive, **options)
    (tmp_path / "page.pt").write_text("<html>sign in</html>")
    assert "a web page" in refused(tmp_path, tmp_path / "page.pt", **options)
    assert "no such file or folder" in refused(tmp_path, tmp_path / "gone.pt", **options)
    assert "no such file or folder" in refused(tmp_path, "gone.pt", **options)


def test_a_vocabulary_of_another_size_is_refused(file, tmp_path):
    other = clips.vocabulary(tmp_path / "tokenizer.json", 599)
    with pytest.raises(VocabularyError, match="599 entries, but the weights know 600"):
        convert(file, tmp_path / "made", vocabulary=str(other), **SQUARE)
    assert not (tmp_path / "made").exists()


def test_without_a_vocabulary_the_option_is_named(file, tmp_path, monkeypatch):
    monkeypatch.setattr("tipr.inputs.vocabulary.CLIP_PACKAGES", ())
    assert "give CLIP's with --vocab" in refused(tmp_path, file, **SQUARE)


def test_nothing_is_overwritten(file, vocabulary, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    for goal in ("full", "file"):
        with pytest.raises(StorageError, match="give a new folder"):
            convert(file, tmp_path / goal, vocabulary=vocabulary, **SQUARE)
    assert (tmp_path / "full" / "mine.txt").read_text() == "mine"
    (tmp_path / "empty").mkdir()
    convert(file, tmp_path / "empty", vocabulary=vocabulary, **SQUARE)
    assert models.read(tmp_path / "empty").config.embed == clips.EMBED


def test_a_failure_while_writing_leaves_nothing(file, vocabulary, tmp_path, monkeypatch):
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tipr.convert.write.models.write_weights", fail)
    said = refused(tmp_path, file, vocabulary=vocabulary, **SQUARE)
    assert "No space left on device" in said


def test_a_folder_of_another_model_is_named(tmp_path, vocabulary):
    source = tmp_path / "siglip"
    source.mkdir()
    assert "no model in this folder" in refused(tmp_path, source)
    clips.write_json(source / "config.json", {"model_type": "siglip"})
    assert "a model of type 'siglip'; expected 'clip'" in refused(tmp_path, source)
    (source / "config.json").write_text("{")
    assert "not readable as JSON" in refused(tmp_path, source)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"text_config": {"hidden_act": "gelu"}}, "different activations"),
        ({"text_config": {"hidden_act": "relu"}}, "activation 'relu'; expected"),
        ({"vision_config": [1]}, "vision_config in config.json is not a table"),
        ({"vision_config": {"layer_norm_eps": 1e-6}}, "layer_norm_eps 1e-06; CLIP's is 1e-05"),
    ],
)
def test_settings_that_our_network_cannot_have_are_refused(change, words, tmp_path, file):
    source = tmp_path / "hf"
    source.mkdir()
    clips.write_json(source / "config.json", {"model_type": "clip", **change})
    (source / "model.safetensors").write_bytes(Path(file).read_bytes())
    assert words in refused(tmp_path, source)


def test_a_hub_name_without_a_network_says_what_to_download(tmp_path, monkeypatch):
    from huggingface_hub.errors import LocalEntryNotFoundError

    def no_network(*_: object, **__: object) -> str:
        raise LocalEntryNotFoundError("cannot connect\nand more")

    monkeypatch.setattr("huggingface_hub.snapshot_download", no_network)
    said = refused(tmp_path, "openai/clip-vit-base-patch16")
    assert "not to be had from huggingface.co (cannot connect)" in said
    assert "https://huggingface.co/openai/clip-vit-base-patch16 into a folder" in said


@pytest.mark.parametrize("has_safetensors", [True, False])
def test_a_hub_name_is_fetched_with_one_file_of_weights(tmp_path, monkeypatch, has_safetensors):
    from huggingface_hub.errors import EntryNotFoundError

    asked: list[str] = []

    def download(name: str, file: str) -> str:
        asked.append(file)
        if file == "model.safetensors" and not has_safetensors:
            raise EntryNotFoundError("404")
        return file

    monkeypatch.setattr("huggingface_hub.snapshot_download", lambda *_, **__: str(tmp_path))
    monkeypatch.setattr("huggingface_hub.hf_hub_download", download)
    assert hub.fetch("openai/clip-vit-large-patch14-336") == tmp_path
    assert asked == ["model.safetensors", "pytorch_model.bin"][: 2 - has_safetensors]


@pytest.fixture
def run(tmp_path) -> Path:
    """A directory as a small run leaves it: no class token, an architecture of ours."""
    tokenizer = Tokenizer.trained(clips.SENTENCES, 600)
    options = ["model.image.height=64", "model.image.width=32", "model.vision.depth=1"]
    options += ["model.text.depth=1", f"model.text.vocabulary={tokenizer.size}"]
    config = load("small", options).model
    (tmp_path / "run").mkdir()
    models.write_settings(tmp_path / "run", config, tokenizer)
    network = models.build(config, seed=3)
    models.write_weights(tmp_path / "run", network, config, tokenizer, {"step": 1})
    return tmp_path / "run"


def test_a_run_becomes_a_lean_directory_of_the_same_fingerprint(run, tmp_path):
    convert(str(run), tmp_path / "made")
    assert models.read(tmp_path / "made").fingerprint == models.read(run).fingerprint
    assert "Not possible: the architecture" in (tmp_path / "made" / "README.md").read_text()


def test_a_runs_rectangle_is_resized_from_its_own_grid(run, tmp_path):
    made = convert(str(run), tmp_path / "made", image_size=(96, 32))
    assert made.positions == "resized from 4x2 to 6x2"
    before = models.read(run).network.state_dict()["vision.positions"]
    after = models.read(tmp_path / "made").network.state_dict()["vision.positions"]
    expected = resize_positions(before, (6, 2), old=(4, 2), has_class=False)
    assert torch.equal(after, expected)


def test_a_runs_own_vocabulary_stays(run, vocabulary, tmp_path):
    with pytest.raises(ConfigError, match="has its own vocabulary; leave out --vocab"):
        convert(str(run), tmp_path / "made", vocabulary=vocabulary)


def test_colours_come_from_the_files_beside_the_weights(state, vocabulary, tmp_path):
    source = tmp_path / "oc"
    source.mkdir()
    clips.write_state(source / "open_clip_model.safetensors", state)
    looks = {"mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25]}
    clips.write_json(source / "open_clip_config.json", {"preprocess_cfg": looks})
    made = convert(str(source), tmp_path / "made", vocabulary=vocabulary, activation="gelu")
    assert (made.config.image.mean, made.config.image.std) == ((0.5,) * 3, (0.25,) * 3)
    config = json.loads((tmp_path / "made" / "config.json").read_text())
    assert config["model"]["image"]["mean"] == [0.5, 0.5, 0.5]


def test_open_clip_settings_without_a_clip_are_refused(state, vocabulary, tmp_path):
    source = tmp_path / "oc"
    source.mkdir()
    clips.write_state(source / "open_clip_model.safetensors", state)
    clips.write_json(source / "open_clip_config.json", {"model_cfg": {"embed_dim": 48}})
    assert "not the settings of a CLIP (KeyError('vision_cfg'))" in refused(tmp_path, source)


def test_an_empty_table_is_refused(state, vocabulary, tmp_path):
    for rows, words in ((0, "has the shape (0, 192)"), (1, "has no patches")):
        broken = state | {"visual.positional_embedding": torch.ones(rows, 192)}
        file = clips.write_state(tmp_path / "x.safetensors", broken)
        assert words in refused(tmp_path, file, vocabulary=vocabulary, **SQUARE)


def test_an_unreadable_model_says_what_is_wrong(tmp_path, run):
    (run / "model.safetensors").unlink()
    with pytest.raises(ModelError, match="no weights yet"):
        convert(str(run), tmp_path / "made")
