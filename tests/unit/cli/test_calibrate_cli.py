"""`tipr calibrate` measures, says how well it works, and keeps the map in the gallery."""

import json
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import typer
from PIL import Image
from typer.testing import CliRunner

import tipr.encoder
from tipr.cli import calibrate as verb
from tipr.errors import DataError, FingerprintError, GalleryError, ModelError
from tipr.gallery.build import build
from tipr.gallery.store import Gallery
from tipr.search.calibration import calibration_of

app = typer.Typer()
app.command()(verb.calibrate)

PEOPLE = 24


class Seer:
    """Reads a person's number off the picture's red, and off the sentence; sees it blurred."""

    width = 16
    image_size = (24, 8)
    blur = 0.8

    def __init__(self, fingerprint: str = "aa" * 32) -> None:
        self.fingerprint = fingerprint

    def encode_images(self, pixels_NHWC: np.ndarray) -> np.ndarray:
        return self._vectors([(int(one[0, 0, 0]) // 8, one.tobytes()) for one in pixels_NHWC], 0.4)

    def encode_text(self, sentences: Sequence[str]) -> np.ndarray:
        return self._vectors(
            [(int(text.split()[1]), text.encode()) for text in sentences], self.blur
        )

    def cut_words(self, sentence: str) -> str:
        return ""

    def _vectors(self, seen: list[tuple[int, bytes]], blur: float) -> np.ndarray:
        rows = [
            np.random.default_rng(person).normal(size=self.width)
            + blur * np.random.default_rng(zlib.crc32(noise)).normal(size=self.width)
            for person, noise in seen
        ]
        return np.stack([row / np.linalg.norm(row) for row in rows]).astype(np.float32)


def run(*words: object) -> tuple[str, str]:
    result = CliRunner().invoke(app, [str(word) for word in words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.stderr
    return result.stdout, result.stderr


def photograph(folder: Path, person: int, number: int) -> str:
    name = f"{person}-{number}.png"
    folder.mkdir(exist_ok=True, parents=True)
    Image.new("RGB", (8, 24), (person * 8 + 3, number * 40, 7)).save(folder / name)
    return name


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A benchmark of 24 people, three pictures and two captions each, all in val and in train."""
    folder = tmp_path / "data"
    rows = [
        {"image": photograph(folder / split, person, number), "person": person, "split": split}
        for split in ("val", "train")
        for person in range(PEOPLE)
        for number in range(3)
    ]
    for row in rows:
        row["caption"] = f"person {row['person']} says {row['image']}"
        row["image"] = f"{row['split']}/{row['image']}"
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "data.jsonl").write_text(lines, encoding="utf-8")
    return folder


@pytest.fixture
def gallery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of seven people who are not in the benchmark."""
    monkeypatch.setattr(tipr.encoder, "load_encoder", lambda *_, **__: Seer())
    monkeypatch.setattr(tipr.encoder, "provenance", lambda _: {})
    for person in range(PEOPLE, 31):
        photograph(tmp_path / "street", person, 0)
    (tmp_path / "model").mkdir()
    build(Seer(), tmp_path / "street", tmp_path / "gallery", model=str(tmp_path / "model"))
    return tmp_path / "gallery"


def test_it_prints_how_well_it_works_and_keeps_the_map(gallery: Path, data: Path) -> None:
    with Gallery.open(gallery) as opened:
        assert calibration_of(opened) is None
    printed, notes = run(gallery, "--data", data, "--trials", 3)
    assert "0-10 %" in printed
    assert "calibration error 0." in printed
    assert "nobody fits: AUROC 0.9" in printed
    assert "72 captions and 72 pictures of 24 people (jsonl, val)" in " ".join(printed.split())
    assert "hardly better than chance" not in notes
    with Gallery.open(gallery) as opened:
        made = calibration_of(opened)
    assert made is not None
    assert made.held_out is not None
    assert (made.origin.model, made.held_out.trials) == ("aa" * 32, 3)
    assert (made.origin.captions, made.origin.people) == (72, 24)


def test_json_is_what_is_kept_with_the_table(gallery: Path, data: Path) -> None:
    printed = json.loads(run(gallery, "--data", data, "--trials", 2, "--json")[0])
    with Gallery.open(gallery) as opened:
        made = calibration_of(opened)
    assert made is not None
    kept = json.loads(made.to_json())
    assert {key: printed[key] for key in kept if key != "format"} == {
        key: value for key, value in kept.items() if key != "format"
    }
    assert printed["nobody_here"] > 0.5
    assert sum(one["hits"] for one in printed["reliability"]) == 2 * 36 * 10
    assert set(printed["reliability"][0]) == {"low", "high", "hits", "said", "true"}


def test_a_gallery_of_other_looks_is_told_apart(
    gallery: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sharp = run(gallery, "--data", data, "--trials", 2)[1]
    assert "score differently" not in sharp
    monkeypatch.setattr("tipr.search.openset.nobody_here", lambda *_: 0.02)
    assert (
        "in this gallery 2 % of these descriptions"
        in run(gallery, "--data", data, "--trials", 2)[1]
    )


def test_a_model_that_guesses_is_called_so(
    gallery: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Seer, "blur", 5.5)
    assert "hardly better than chance" in run(gallery, "--data", data)[1]


def test_people_the_model_has_learned_from_are_refused(
    gallery: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tipr.data.benchmarks import fingerprint, read_splits

    learned = {"format": "jsonl", "data": fingerprint(read_splits(data))}
    monkeypatch.setattr(tipr.encoder, "provenance", lambda _: learned)
    with pytest.raises(DataError, match=r"learned from these people.*--split val"):
        run(gallery, "--data", data, "--split", "train")
    run(gallery, "--data", data, "--split", "val", "--trials", 1)  # others of the same benchmark
    monkeypatch.setattr(tipr.encoder, "provenance", lambda _: {})
    run(gallery, "--data", data, "--split", "train", "--trials", 1)


def test_what_can_be_said_at_once_is_said_before_a_model_is_loaded(
    gallery: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tipr.encoder, "load_encoder", lambda *_, **__: pytest.fail("loaded"))
    with pytest.raises(GalleryError, match="no such gallery"):
        run(tmp_path / "gone", "--data", data)
    with pytest.raises(DataError, match="no annotation file"):
        run(gallery, "--data", tmp_path)
    with pytest.raises(DataError, match="no split 'test'"):
        run(gallery, "--data", data, "--split", "test")
    (tmp_path / "model").rmdir()
    with pytest.raises(ModelError, match=r"no longer at .*--model"):
        run(gallery, "--data", data)


def test_another_model_than_the_gallerys_is_refused_before_anything_is_encoded(
    gallery: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Seer("bb" * 32)
    monkeypatch.setattr(other, "encode_images", lambda _: pytest.fail("encoded"))
    monkeypatch.setattr(tipr.encoder, "load_encoder", lambda *_, **__: other)
    with pytest.raises(FingerprintError):
        run(gallery, "--data", data)
