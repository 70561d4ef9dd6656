"""tipr evaluate: models and feature files score alike, and the answer says what was compared."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

import tipr.encoder
from tipr.cli import encode, evaluate
from tipr.data.benchmarks import fingerprint, read_benchmark, read_splits
from tipr.errors import ConfigError, DataError

app = typer.Typer()
app.command()(evaluate.evaluate)
app.command()(encode.encode)

SCORES = ("text_to_image", "image_to_text", "images", "captions", "people")


@pytest.fixture(autouse=True)
def provenance(monkeypatch: pytest.MonkeyPatch, make_encoder: Callable[[], Any]) -> dict[str, Any]:
    """The command line's models are fakes; what they say of their training is this table."""
    told: dict[str, Any] = {}
    monkeypatch.setattr(tipr.encoder, "load_encoder", lambda *_, **__: make_encoder())
    monkeypatch.setattr(tipr.encoder, "provenance", lambda _: told)
    return told


def run(*arguments: object) -> Any:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def answer(*arguments: object) -> dict[str, Any]:
    return json.loads(run("evaluate", *arguments, "--json").stdout)


@pytest.fixture
def files(drawn: Path, tmp_path: Path) -> tuple[Path, Path]:
    """Feature files of the drawn test split."""
    run("encode", "m", "--data", drawn, "--split", "test", "-o", tmp_path / "f")
    return tmp_path / "f" / "images.npz", tmp_path / "f" / "captions.npz"


def test_features_score_as_their_model_with_people_or_with_the_benchmark(
    drawn: Path, files: tuple[Path, Path]
) -> None:
    model = answer("m", "--data", drawn, "--split", "test")
    by_people = answer("--features", *files)
    by_ids = answer("--features", *files, "--data", drawn, "--split", "test")
    for name in SCORES:
        assert model[name] == by_people[name] == by_ids[name], name
    assert model["evaluated_on"] == by_ids["evaluated_on"]
    assert (by_people["evaluated_on"], by_people["trained_on"]) == (None, None)
    assert by_people["notes"] == by_ids["notes"] == []


def test_vectors_of_other_tools_are_normalised_and_it_is_said(
    drawn: Path, files: tuple[Path, Path], tmp_path: Path
) -> None:
    with np.load(files[0]) as ours:
        vectors, people = ours["vectors"] * 7, ours["people"]
    np.savez(tmp_path / "theirs.npz", vectors=vectors.astype(np.float64), people=people)
    found = answer("--features", tmp_path / "theirs.npz", files[1])
    assert found["text_to_image"] == answer("--features", *files)["text_to_image"]
    assert len(found["notes"]) == 1
    assert "theirs.npz: vectors of length 7 to 7" in found["notes"][0]
    table = run("evaluate", "--features", tmp_path / "theirs.npz", files[1])
    assert "text to image" in table.stdout
    assert "brought to length one" in table.stderr
    assert "brought" not in table.stdout


def test_a_whole_folder_is_cut_down_to_the_split(
    drawn: Path, files: tuple[Path, Path], tmp_path: Path
) -> None:
    run("encode", "m", "--pictures", drawn, "-o", tmp_path / "all.npz")
    words = ("--data", drawn, "--split", "test")
    found = answer("--features", tmp_path / "all.npz", files[1], *words)
    assert found["text_to_image"] == answer("m", *words)["text_to_image"]
    spare = sum(len(read_benchmark(drawn, name).pictures) for name in ("train", "val"))
    assert f"{spare} vectors that are not of split test were left out" in found["notes"][0]


def test_what_was_trained_on_and_scored_on_is_in_the_answer(
    drawn: Path, provenance: dict[str, Any]
) -> None:
    here = fingerprint(read_splits(drawn))
    provenance |= {"format": "cuhk-pedes", "data": here, "seed": 0}
    found = answer("m", "--data", drawn)
    assert found["trained_on"] == {"format": "cuhk-pedes", "data": here}
    assert found["evaluated_on"] == {"format": "cuhk-pedes", "data": here, "split": "val"}
    assert found["notes"] == []
    provenance |= {"format": "rstpreid", "data": "other"}
    crossed = run("evaluate", "m", "--data", drawn)
    assert "cross-domain: trained on rstpreid, scored on cuhk-pedes" in crossed.stderr
    assert "MSMT17" not in crossed.stderr
    provenance.clear()
    assert "not recorded" in answer("m", "--data", drawn)["notes"][0]


def test_the_leak_through_msmt17_is_warned_of(
    drawn: Path, tmp_path: Path, provenance: dict[str, Any]
) -> None:
    (tmp_path / "imgs").symlink_to(drawn / "imgs")
    rows = json.loads((drawn / "reid_raw.json").read_text())
    (tmp_path / "ICFG-PEDES.json").write_text(json.dumps(rows))
    provenance |= {"format": "rstpreid", "data": "other"}
    found = answer("m", "--data", tmp_path, "--split", "test")
    assert found["evaluated_on"]["format"] == "icfg-pedes"
    assert any("MSMT17" in note for note in found["notes"])


def test_a_run_is_scored_by_the_val_it_held_out_and_another_is_not(
    drawn: Path, tmp_path: Path, provenance: dict[str, Any]
) -> None:
    (tmp_path / "imgs").symlink_to(drawn / "imgs")
    rows = [
        row for row in json.loads((drawn / "reid_raw.json").read_text()) if row["split"] != "val"
    ]
    (tmp_path / "ICFG-PEDES.json").write_text(json.dumps(rows))
    here = fingerprint(read_splits(tmp_path))
    provenance |= {"format": "icfg-pedes", "data": here, "holdout": 0.25}
    expected = read_benchmark(tmp_path, "val", holdout=0.25)
    assert answer("m", "--data", tmp_path)["images"] == len(expected.pictures) > 0
    provenance["data"] = "other"
    with pytest.raises(DataError, match="no split 'val'"):
        run("evaluate", "m", "--data", tmp_path)


def test_combinations_that_make_no_sense_are_one_line(files: tuple[Path, Path]) -> None:
    both = ("--features", *files)
    for words, complaint in (
        ((), "needs a model and --data DIR, or --features"),
        (("m",), "needs a model and --data DIR, or --features"),
        (("--data", "x"), "needs a model and --data DIR, or --features"),
        (("m", *both), "leave out the model"),
        ((*both, "--device", "cpu"), "leave out the model, --device"),
        ((*both, "--precision", "float32"), "leave out the model"),
        ((*both, "--split", "test"), "give --data too"),
        ((*both, "--format", "jsonl"), "give --data too"),
    ):
        with pytest.raises(ConfigError, match=complaint):
            run("evaluate", *words)


def test_swapped_files_are_noticed(drawn: Path, files: tuple[Path, Path]) -> None:
    words = ("--data", drawn, "--split", "test")
    with pytest.raises(DataError, match="pictures of test have no vector"):
        run("evaluate", "--features", *reversed(files), *words)
