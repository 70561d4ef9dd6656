"""Restoration asks the decoder what training asked it, and counts what it says it counts."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from tipr import models
from tipr.config import RunConfig, RuntimeConfig
from tipr.data.benchmarks import read_benchmark
from tipr.data.records import Caption, Picture, Split
from tipr.inputs import image
from tipr.model.decoder import Words
from tipr.model.grey import shown
from tipr.model.masking import hide
from tipr.model.text import words_of
from tipr.model.vision import patchify
from tipr.report import restoration
from tipr.report.build import Report
from tipr.report.colours import ASKED, answered, recoloured, split_at_colour
from tipr.report.painting import MAT, Painter, unpatchify
from tipr.report.run import Run, read_run
from tipr.runtime import choose


@pytest.fixture(scope="module")
def read(run: Path) -> Run:
    return read_run(run, "a")


@pytest.fixture(scope="module")
def painter(read: Run) -> Painter:
    return painter_of(read)


def painter_of(read: Run, **changes: object) -> Painter:
    assert read.last
    assert read.config
    config = read.config.restoration.model_copy(update=changes)
    runtime = choose(RuntimeConfig(device="cpu", precision="float32"))
    return Painter(read.last.network, read.tokenizer, read.model, config, runtime)


@pytest.fixture(scope="module")
def pixels(read: Run, drawn: Path) -> np.ndarray:
    size = (read.model.image.height, read.model.image.width)
    pictures = read_benchmark(drawn, "val").pictures[:3]
    return np.stack([image.fit(image.read(one.path), size) for one in pictures])


@pytest.fixture(scope="module")
def noise() -> np.ndarray:
    return np.random.default_rng(0).random((3, 8), dtype=np.float32)


def test_errors_equal_a_direct_computation(
    run: Path, read: Run, painter: Painter, pixels: np.ndarray, noise: np.ndarray
) -> None:
    sentences = ["a man in a red coat", "someone", "a woman with a green bag and white shoes"]
    task = painter.task(pixels, noise)
    found = painter.errors(task, painter.paint(task, sentences))

    assert read.config
    network = models.build(read.model, read.config.restoration).eval()
    weights = load_file(run / "last.safetensors")
    start = "objective.model."
    network.load_state_dict({k.removeprefix(start): v for k, v in weights.items() if start in k})
    mean, std = np.array(read.model.image.mean), np.array(read.model.image.std)
    for row in range(3):
        colour = pixels[row] / 255
        grey = (colour @ [0.2989, 0.5870, 0.1140])[..., None].repeat(3, axis=2)
        seen = torch.tensor((grey - mean) / std).float().permute(2, 0, 1)[None]
        hidden = hide(torch.tensor(noise[row : row + 1]), read.config.restoration.ratio)
        ids = torch.tensor([read.tokenizer.ids(sentences[row], read.model.text.length)])
        with torch.inference_mode():
            words = Words(network.encode_text(ids).tokens_BLD, words_of(ids))
            painted = network.restore(seen, hidden, words)[0]
        squares = []
        for patch in range(8):
            if hidden.hidden_BL[0, patch]:
                top, left = 16 * (patch // 2), 16 * (patch % 2)
                truth = ((colour - mean) / std)[top : top + 16, left : left + 16]
                squares += list((painted[patch].numpy() - truth.reshape(-1)) ** 2)
        assert found[row] == pytest.approx(np.mean(squares), rel=1e-4)


def test_the_report_compares_tellings_picture_by_picture(reported: Report, drawn: Path) -> None:
    found = reported.parts[0].restoration
    assert found is not None
    assert found.pictures == len(read_benchmark(drawn, "val").pictures)
    assert set(found.errors) == {"right", "wrong", "empty"}
    for name in ("wrong", "empty"):
        difference = found.errors[name].mean - found.errors["right"].mean
        assert found.more[name].mean == pytest.approx(difference, abs=1e-9)
        assert found.more[name].error > 0


def test_a_standard_error_is_that_of_the_mean() -> None:
    values = np.array([1.0, 2.0, 4.0, 9.0])
    found = restoration._mean(values)
    spread = (sum((v - 4) ** 2 for v in values) / 3) ** 0.5
    assert (found.mean, found.error) == (4.0, pytest.approx(spread / 2))
    assert np.isnan(restoration._mean(values[:1]).error)


@pytest.mark.parametrize("colour", ["luminance", "normalised", "kept"])
def test_the_picture_is_greyed_as_in_training(read: Run, pixels, noise, colour: str) -> None:
    config = read.model.image
    given = torch.from_numpy(image.normalise(pixels, config.mean, config.std))
    found = painter_of(read, colour=colour).task(pixels, noise).seen_N3HW
    expected = shown(given, colour, config.mean, config.std)
    torch.testing.assert_close(found.expand_as(given), expected.expand_as(given))


def test_patches_go_back_to_where_they_were() -> None:
    pixels = torch.randn(2, 3, 32, 48)
    assert torch.equal(unpatchify(patchify(pixels, 8), (4, 6), 8), pixels)


def test_what_is_hidden_is_hidden_from_the_eye_too(painter, pixels, noise) -> None:
    task = painter.task(pixels, noise)
    tiles = patchify(torch.tensor(painter.masked(task)).permute(0, 3, 1, 2), 16)
    tiles = tiles.unflatten(2, (-1, 3))
    hidden = task.hidden.hidden_BL
    assert hidden.any(dim=1).all()
    assert (tiles[hidden] == torch.tensor(MAT, dtype=torch.uint8)).all()
    shown = tiles[~hidden]
    assert torch.equal(shown[..., 0], shown[..., 1])
    assert torch.equal(shown[..., 0], shown[..., 2])


def test_paint_covers_the_hidden_patches_alone(painter, pixels, noise) -> None:
    task = painter.task(pixels, noise)
    plain = painter.look(task, torch.zeros_like(task.colour_NLp))
    bright = painter.look(task, torch.ones_like(task.colour_NLp))
    differs = patchify(torch.tensor(plain != bright).permute(0, 3, 1, 2), 16).any(dim=2)
    assert torch.equal(differs, task.hidden.hidden_BL)


def test_the_colour_of_hidden_patches_is_that_of_their_pixels(painter, pixels, noise) -> None:
    task = painter.task(pixels, noise)
    found = painter.hidden_colour(task, task.colour_NLp)
    tiles = patchify(torch.tensor(pixels).permute(0, 3, 1, 2), 16).unflatten(2, (-1, 3)) / 255
    for row in range(3):
        own = tiles[row][task.hidden.hidden_BL[row]].flatten(0, 1).mean(dim=0)
        assert found[row] == pytest.approx(own.numpy(), abs=1e-4)


def test_a_wrong_sentence_is_about_another_person() -> None:
    pictures = tuple(Picture(Path(f"/{n}"), str(n // 2)) for n in range(8))
    split = Split("val", pictures, tuple(Caption(str(n // 2), n) for n in range(8)))
    for seed in range(5):
        for one in restoration._draw(split, 8, seed):
            assert one.wrong != one.sentence == str(one.picture // 2)
    first, again = restoration._draw(split, 8, 1), restoration._draw(split, 8, 1)
    assert [one.caption for one in first] == [one.caption for one in again]
    assert np.array_equal(first[0].noise_L, again[0].noise_L)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("a Red coat and blue jeans", "a green coat and blue jeans"),
        ("long black hair and a dark blue top", "long black hair and a dark green top"),
        ("brown curly hair, white shoes", "brown curly hair, green shoes"),
        ("she is bored", "she is bored"),
    ],
)
def test_the_first_colour_that_is_not_of_hair_is_replaced(sentence: str, expected: str) -> None:
    assert recoloured(sentence, "green") == expected
    parts = split_at_colour(sentence)
    assert (parts is None) == (sentence == expected)
    if parts:
        assert "".join(parts) == sentence
        assert f"{parts[0]}green{parts[2]}" == expected


def test_red_answers_where_it_painted_the_reddest() -> None:
    plain = np.full((2, 4, 3), 0.5)
    assert answered(plain).tolist() == [0, 0, 0, 0]
    told = plain.copy()
    told[0, ASKED.index("red"), 0] += 0.15
    told[:, ASKED.index("yellow"), 2] -= 0.2
    told[1, ASKED.index("green"), 0] += 0.3  # on the second picture "green" paints red
    assert dict(zip(ASKED, answered(told), strict=True)) == {
        "red": 50.0,
        "green": 0.0,
        "blue": 0.0,
        "yellow": 100.0,
    }


def test_a_decoder_trained_without_words_is_told_nothing(read: Run, drawn: Path) -> None:
    split = read_benchmark(drawn, "val")
    found = restoration.restore(
        painter_of(read), split, size=(64, 32), patches=8, tells=False, step=1, seed=0
    )
    assert set(found.errors) == {"nothing"}
    assert (found.more, found.answers) == ({}, {})
    assert all(set(one.told) == {"nothing"} and not one.coloured for one in found.shown)


def test_towers_and_decoder_are_of_the_last_step(read: Run) -> None:
    assert read.last
    assert read.last.step == 12
    assert isinstance(read.config, RunConfig)
