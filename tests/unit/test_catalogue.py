"""What a MODEL may be called, and what is told of it before it is chosen."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tipr import models
from tipr.catalogue import entries, folder_here, folder_of, hub, is_name, lasting
from tipr.cli import app
from tipr.config import load
from tipr.errors import ModelError
from tipr.inputs.tokenizer import Tokenizer

SIZES = [
    *("model.embed=16", "model.image.height=32", "model.image.width=16", "model.text.depth=1"),
    *("model.vision.width=16", "model.vision.depth=1", "model.vision.heads=2"),
    *("model.text.width=16", "model.text.heads=2", "model.text.length=12"),
]


def model_at(folder: Path) -> Path:
    folder.mkdir(parents=True)
    tokenizer = Tokenizer.trained(["a man in a red coat"] * 3, 600)
    config = load("small", [*SIZES, f"model.text.vocabulary={tokenizer.size}"]).model
    models.write_settings(folder, config, tokenizer)
    header = {
        "scores": {"text_to_image": {"R1": 12.5}},
        "provenance": {"format": "cuhk-pedes"},
    }
    models.write_weights(folder, models.build(config), config, tokenizer, header)
    return folder


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TIPR_MODELS", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_the_box_is_a_name_from_every_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "box").mkdir()
    monkeypatch.chdir(tmp_path)
    assert is_name("box")
    assert lasting("box") == "box"
    assert folder_of("box").parent.name == "tipr"
    assert folder_of("./box") == Path("box")


def test_only_what_is_on_this_machine_has_a_folder_here(tmp_path: Path, cache: Path) -> None:
    assert folder_here("box") == folder_of("box")
    assert folder_here(str(tmp_path)) == tmp_path
    assert folder_here(str(tmp_path / "gone")) is None
    name = "openai/clip-vit-base-patch32"
    assert folder_here(name) is None
    hub.place_of(name).mkdir(parents=True)
    assert folder_here(name) == hub.place_of(name)


def test_a_path_lasts_as_an_absolute_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert lasting("run") == str(tmp_path.resolve() / "run")
    assert lasting("") == ""


def test_the_list_tells_of_the_box_the_hub_and_folders_found(tmp_path: Path) -> None:
    run = model_at(tmp_path / "runs" / "one")
    (tmp_path / "runs" / "other").mkdir()
    (tmp_path / "runs" / "other" / "config.json").write_text('{"model_type": "bert"}')
    (tmp_path / "runs" / "other" / "model.safetensors").write_bytes(b"")
    found = {entry.name: entry for entry in entries([tmp_path])}
    assert list(found) == ["box", *hub.PUBLISHED, str(run)]
    assert found["box"].here
    assert found["box"].megabytes <= 20
    clip = found["openai/clip-vit-base-patch16"]
    assert (clip.here, clip.licence, clip.R1["CUHK-PEDES"]) == (False, "MIT", 12.65)
    mine = found[str(run)]
    assert (mine.kind, mine.image_size, mine.R1) == ("local", (32, 16), {"cuhk-pedes": 12.5})
    assert mine.megabytes == pytest.approx((run / "model.safetensors").stat().st_size / 1e6)


def test_a_broken_file_of_weights_is_listed_without_figures(tmp_path: Path) -> None:
    run = model_at(tmp_path / "one")
    (run / "model.safetensors").write_bytes(b"broken")
    (found,) = (entry for entry in entries([tmp_path]) if entry.kind == "local")
    assert found.R1 == {}


def test_a_hub_name_is_converted_once_and_then_read_from_the_cache(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "openai/clip-vit-base-patch32"
    made: list[tuple[str, tuple[int, int]]] = []

    def convert(source: str, folder: Path, *, image_size: tuple[int, int]) -> None:
        made.append((source, image_size))
        model_at(folder)

    monkeypatch.setattr("tipr.convert.write.convert", convert)
    first, again = folder_of(name), folder_of(name)
    assert first == again == cache / "openai--clip-vit-base-patch32"
    assert made == [(name, (384, 128))]
    listed = {entry.name: entry for entry in entries([cache.parent])}
    assert listed[name].here
    assert not [entry for entry in listed.values() if entry.kind == "local"]  # not named twice


def test_offline_a_hub_name_says_what_to_copy_where(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_: object, **__: object) -> str:
        raise OSError("no network")

    monkeypatch.setattr("huggingface_hub.snapshot_download", unreachable)
    with pytest.raises(ModelError, match=r"download .*model\.safetensors from https://hugging"):
        folder_of("openai/clip-vit-base-patch32")


def test_the_verb_prints_a_table_and_json(tmp_path: Path) -> None:
    run = model_at(tmp_path / "one")
    shown = CliRunner().invoke(app, ["models", str(tmp_path)])
    assert shown.exit_code == 0
    assert "in the box" in shown.output
    told = CliRunner().invoke(app, ["models", str(tmp_path), "--json"])
    assert [row["name"] for row in json.loads(told.output)][-1] == str(run)
