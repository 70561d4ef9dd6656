"""`tipr explain` says which words match a picture of the gallery, draws it, and prints JSON."""

import json
from pathlib import Path

import pytest
import typer
from PIL import Image
from tests.unit.search.colour_reader import ColourReader, picture
from typer.testing import CliRunner

import tipr.encoder
from tipr.cli import explain as verb
from tipr.errors import (
    ConfigError,
    FingerprintError,
    GalleryError,
    ModelError,
    PictureError,
    QueryError,
    StorageError,
)
from tipr.gallery.build import build
from tipr.gallery.store import Gallery

app = typer.Typer()
app.command()(verb.explain)


def run(*words: object) -> tuple[str, str]:
    result = CliRunner().invoke(app, [str(word) for word in words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.stderr
    return result.stdout, result.stderr


@pytest.fixture
def gallery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three people: red over blue, green over blue, red over green."""
    colours = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255)}
    (tmp_path / "people").mkdir()
    for upper, lower in (("red", "blue"), ("green", "blue"), ("red", "green")):
        pixels = picture(colours[upper], colours[lower])
        Image.fromarray(pixels).save(tmp_path / "people" / f"{upper}-{lower}.png")
    (tmp_path / "model").mkdir()
    monkeypatch.setattr(tipr.encoder, "load_encoder", lambda *_, **__: ColourReader())
    model = str(tmp_path / "model")
    build(ColourReader(), tmp_path / "people", tmp_path / "gallery", model=model)
    return tmp_path / "gallery"


def id_of(gallery: Path, name: str) -> int:
    with Gallery.open(gallery) as opened:
        ids, _ = opened.vectors()
        items = opened.items([int(number) for number in ids])
    return next(number for number, item in items.items() if item.path.stem == name)


def test_it_prints_what_each_word_adds_and_names_what_matched_nothing(gallery: Path) -> None:
    printed, notes = run(gallery, id_of(gallery, "red-blue"), "a red coat with green trousers")
    lines = [line.split() for line in printed.splitlines()]
    assert lines[0] == ["cosine", "+0.5000"]
    assert ["red", "+0.5000"] in lines
    assert ["green", "-0.2071", "matched", "nothing"] in lines
    assert printed.splitlines()[-1] == "matched nothing: green"
    assert notes == ""


def test_json_has_the_maps_and_nothing_else_is_printed(gallery: Path) -> None:
    number = id_of(gallery, "red-blue")
    told = json.loads(run(gallery, number, "red blue", "--json")[0])
    assert told["id"] == number
    assert Path(told["path"]).name == "red-blue.png"
    assert told["matched_nothing"] == []
    assert [word["map"] for word in told["words"]] == [
        [[pytest.approx(0.5, abs=1e-6)], [0.0]],
        [[0.0], [pytest.approx(0.5, abs=1e-6)]],
    ]


def test_the_overlay_is_written_on_demand(gallery: Path, tmp_path: Path) -> None:
    number = id_of(gallery, "green-blue")
    printed, notes = run(gallery, number, "green blue", "--json", "-o", tmp_path / "why.png")
    json.loads(printed)
    assert "why.png" in notes
    with Image.open(tmp_path / "why.png") as made:
        assert made.width > 3 * 104


def test_what_the_model_did_not_read_is_said(gallery: Path) -> None:
    sentence = " ".join(["red"] * 20 + ["never", "read"])
    assert "'never read'" in run(gallery, id_of(gallery, "red-blue"), sentence)[1]


def test_mistakes_are_told_before_a_model_is_loaded(
    gallery: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tipr.encoder, "load_encoder", lambda *_, **__: pytest.fail("loaded"))
    number = id_of(gallery, "red-blue")
    for words, error, says in (
        ((gallery, 999, "red"), GalleryError, "no picture has the id 999"),
        ((gallery, number, "  "), QueryError, "empty"),
        ((gallery, number, "red", "-o", tmp_path / "why.gif"), ConfigError, r"\.png or \.jpg"),
        ((gallery, number, "red", "-o", tmp_path / "no" / "x.png"), StorageError, "no folder"),
        ((tmp_path / "gone", number, "red"), GalleryError, "no such gallery"),
    ):
        with pytest.raises(error, match=says):
            run(*words)
    (tmp_path / "people" / "red-blue.png").unlink()
    with pytest.raises(PictureError, match="no such picture"):
        run(gallery, number, "red")
    (tmp_path / "model").rmdir()
    with pytest.raises(ModelError, match=r"no longer at .*--model"):
        run(gallery, id_of(gallery, "green-blue"), "red")


def test_a_model_that_cannot_explain_or_is_another_one_is_refused(
    gallery: Path, monkeypatch: pytest.MonkeyPatch, make_encoder
) -> None:
    number = id_of(gallery, "red-blue")
    monkeypatch.setattr(tipr.encoder, "load_encoder", lambda *_, **__: make_encoder())
    with pytest.raises(ModelError, match="an exported model"):
        run(gallery, number, "red")
    monkeypatch.setattr(tipr.encoder, "load_encoder", lambda *_, **__: ColourReader("bb" * 32))
    with pytest.raises(FingerprintError):
        run(gallery, number, "red")
