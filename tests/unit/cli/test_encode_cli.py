"""tipr encode: what goes into the file, and what never becomes one."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

import tipr.encoder
from tipr.cli import encode
from tipr.data.benchmarks import fingerprint, read_benchmark, read_splits
from tipr.errors import (
    ConfigError,
    DataError,
    Interrupted,
    ModelError,
    PictureError,
    StorageError,
    TiprError,
)
from tipr.vectors import read

app = typer.Typer()
app.command()(encode.encode)


@pytest.fixture(autouse=True)
def loaded(monkeypatch: pytest.MonkeyPatch, make_encoder: Callable[[], Any]) -> list[Any]:
    """The command line's encoders are fakes; the list has those that were asked for."""
    made: list[Any] = []

    def load(model: str, **options: str) -> Any:
        made.append(make_encoder())
        return made[-1]

    monkeypatch.setattr(tipr.encoder, "load_encoder", load)
    monkeypatch.setattr(tipr.encoder, "provenance", lambda _model: {})
    return made


def run(*arguments: object) -> Any:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_pictures_stand_in_the_order_of_their_paths(
    people: Path, tmp_path: Path, make_encoder: Callable[[], Any]
) -> None:
    out = tmp_path / "out.npz"
    answer = run("m", "--pictures", people, "-o", out, "--batch", 3)
    assert f"{out}: 10 vectors of 12 numbers" in answer.stdout
    found = read(out)
    assert found.ids == (*(f"{number}.png" for number in range(8)), "gate/8.png", "gate/9.png")
    assert (found.model, found.image_size, found.people) == ("aa" * 32, (24, 8), None)
    (people / "0.png").unlink()
    run("m", "--pictures", people, "-o", tmp_path / "fewer.npz")
    assert np.array_equal(read(tmp_path / "fewer.npz").vectors_ND, found.vectors_ND[1:])


def test_sentences_keep_their_lines_and_what_is_cut_is_said(
    tmp_path: Path, make_encoder: Callable[[], Any]
) -> None:
    texts = ["a man", "b " * 30 + "end", "a man"]
    (tmp_path / "s.txt").write_text("\n".join(texts), encoding="utf-8")
    answer = run("m", "--captions", tmp_path / "s.txt", "-o", tmp_path / "out.npz")
    found = read(tmp_path / "out.npz")
    assert found.ids == tuple(texts)
    assert np.array_equal(found.vectors_ND, make_encoder().encode_text(texts))
    assert "1 of 3 sentences are longer" in answer.stderr
    assert "of line 2 it did not read 'b b" in answer.stderr
    rows = [json.dumps({"id": number, "caption": text}) for number, text in enumerate(texts)]
    (tmp_path / "s.jsonl").write_text("\n".join(rows), encoding="utf-8")
    run("m", "--captions", tmp_path / "s.jsonl", "-o", tmp_path / "json.npz")
    assert read(tmp_path / "json.npz").ids == ("0", "1", "2")
    assert np.array_equal(read(tmp_path / "json.npz").vectors_ND, found.vectors_ND)


def test_a_benchmark_gives_two_files_that_know_the_people(drawn: Path, tmp_path: Path) -> None:
    run("m", "--data", drawn, "--split", "test", "-o", tmp_path / "new" / "folder")
    images = read(tmp_path / "new" / "folder" / "images.npz")
    captions = read(tmp_path / "new" / "folder" / "captions.npz")
    split = read_benchmark(drawn, "test")
    assert images.people == tuple(picture.person for picture in split.pictures)
    assert captions.people == tuple(map(split.person_of, split.captions))
    assert captions.ids == tuple(caption.text for caption in split.captions)
    assert images.ids is not None
    assert [drawn / name for name in images.ids] == [picture.path for picture in split.pictures]


def test_a_run_that_held_out_its_own_val_encodes_it(
    drawn: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "people"
    shutil.copytree(drawn, folder)
    annotation = folder / "reid_raw.json"
    annotation.write_text(annotation.read_text().replace('"val"', '"train"'))
    history = {"data": fingerprint(read_splits(folder)), "holdout": 0.25}
    monkeypatch.setattr(tipr.encoder, "provenance", lambda _model: history)
    run("m", "--data", folder, "-o", tmp_path / "out")
    found = read(tmp_path / "out" / "images.npz")
    assert found.people is not None
    assert set(found.people) == set(read_benchmark(folder, "val", holdout=0.25).people)


def test_an_unreadable_picture_stops_the_work_and_nothing_is_written(
    people: Path, tmp_path: Path
) -> None:
    (people / "3.png").write_bytes(b"broken")
    with pytest.raises(PictureError, match=r"3\.png.*Nothing was written; --skip-broken"):
        run("m", "--pictures", people, "-o", tmp_path / "out.npz")
    assert not (tmp_path / "out.npz").exists()


def test_skipped_pictures_have_no_row_and_are_listed(people: Path, tmp_path: Path) -> None:
    for number in range(25):
        (people / f"broken{number:02}.png").touch()
    answer = run("m", "--pictures", people, "-o", tmp_path / "out.npz", "--skip-broken")
    ids = read(tmp_path / "out.npz").ids
    assert ids is not None
    assert len(ids) == 10
    assert not any(name.startswith("broken") for name in ids)
    assert "25 of 35 pictures cannot be read and have no row" in answer.stderr
    assert "broken19.png" in answer.stderr
    assert "broken20.png" not in answer.stderr
    assert "and 5 more" in answer.stderr


def test_a_folder_of_broken_pictures_gives_no_file(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.png").touch()
    words = ("m", "--pictures", tmp_path / "folder", "-o", tmp_path / "out.npz", "--skip-broken")
    with pytest.raises(DataError, match="none of its 1 pictures can be read"):
        run(*words)
    assert not (tmp_path / "out.npz").exists()


def test_vectors_that_are_not_finite_are_never_written(
    people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_encoder: Callable[[], Any]
) -> None:
    encoder = make_encoder()
    encoder.encode_images = lambda pixels: np.full((len(pixels), 12), np.nan, np.float32)
    monkeypatch.setattr(tipr.encoder, "load_encoder", lambda *_, **__: encoder)
    with pytest.raises(ModelError, match="not finite"):
        run("m", "--pictures", people, "-o", tmp_path / "out.npz")
    assert not (tmp_path / "out.npz").exists()


def test_a_stopped_work_leaves_the_old_file(
    people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    (tmp_path / "out.npz").write_text("old")
    monkeypatch.setattr("tipr.encoder.bulk.encode_pictures", stop)
    with pytest.raises(Interrupted, match="nothing was written"):
        run("m", "--pictures", people, "-o", tmp_path / "out.npz")
    assert (tmp_path / "out.npz").read_text() == "old"
    assert {path.name for path in tmp_path.iterdir()} == {"out.npz", "people"}


def test_wrong_words_are_said_before_a_model_is_loaded(
    people: Path, tmp_path: Path, loaded: list[Any]
) -> None:
    out = ("-o", tmp_path / "out.npz")
    (tmp_path / "s.txt").write_text("a\n\nb")
    cases: list[tuple[tuple[object, ...], type[TiprError], str]] = [
        (out, ConfigError, "exactly one of"),
        (("--pictures", people, "--captions", "x", *out), ConfigError, "exactly one of"),
        (("--pictures", people, "--split", "val", *out), ConfigError, "give --data too"),
        (("--data", people, "--skip-broken", *out), ConfigError, "--pictures only"),
        (("--captions", tmp_path / "s.txt", *out), DataError, "line 2 is empty"),
        (("--captions", tmp_path / "no.txt", *out), DataError, "cannot be read"),
        (("--pictures", tmp_path / "no", *out), TiprError, "no such folder"),
        (("--data", people, "-o", tmp_path / "new"), DataError, "no annotation file"),
        (("--pictures", people, "-o", tmp_path), StorageError, "this is a folder"),
        (("--pictures", people, "-o", tmp_path / "no" / "x"), StorageError, "there is no folder"),
        (("--data", people, "-o", tmp_path / "s.txt"), StorageError, "this is a file"),
    ]
    for words, error, complaint in cases:
        with pytest.raises(error, match=complaint):
            run("m", *words)
    assert loaded == []
    assert {path.name for path in tmp_path.iterdir()} == {"people", "s.txt"}
