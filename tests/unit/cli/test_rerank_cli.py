"""`tipr evaluate --rerank` says what it did, and does nothing unasked."""

import json
from pathlib import Path

import numpy as np
import pytest
import typer
from tests.unit.test_rerank import features
from typer.testing import CliRunner

from tipr import vectors
from tipr.cli import evaluate as verb
from tipr.errors import ConfigError, DataError
from tipr.evaluate import SplitVectors, score
from tipr.metrics import rank_scores
from tipr.rerank import Rerank, Reranker

app = typer.Typer()
app.command()(verb.evaluate)

PEOPLE = [str(at // 2) for at in range(16)], [str(at // 5) for at in range(40)]


def run(*words: object) -> tuple[str, str]:
    result = CliRunner().invoke(app, [str(word) for word in words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.stderr
    return result.stdout, result.stderr


@pytest.fixture
def files(tmp_path: Path) -> list[object]:
    """`--features` with pictures and captions of eight people."""
    captions, images = features(0)
    for name, found, people in zip(("captions", "images"), (captions, images), PEOPLE, strict=True):
        path = tmp_path / f"{name}.npz"
        vectors.write(path, vectors.Features(vectors_ND=found, people=tuple(people)))
    return ["--features", tmp_path / "images.npz", tmp_path / "captions.npz"]


def test_reranked_scores_are_those_of_the_reranker_and_say_so(files: list[object]) -> None:
    plain = json.loads(run(*files, "--json")[0])
    again = json.loads(run(*files, "--json", "--rerank", "--k1", 6, "--k2", 3)[0])
    captions, images = features(0)
    scores = Reranker(images, Rerank(k1=6, k2=3)).similarity(captions)
    expected = rank_scores(scores, PEOPLE[0], PEOPLE[1]).as_json()
    assert again["text_to_image"] == pytest.approx(expected)
    assert again["text_to_image"] != plain["text_to_image"]
    assert again["image_to_text"] == plain["image_to_text"]
    assert again["rerank"] == {"k1": 6, "k2": 3, "lambda": 0.3}
    assert again["notes"] == [
        "text to image is re-ranked (k-reciprocal, k1=6, k2=3, lambda=0.3); image to text is not"
    ]
    assert "rerank" not in plain
    assert plain["notes"] == []


def test_the_table_says_which_row_is_reranked(files: list[object]) -> None:
    table, notes = run(*files, "--rerank")
    assert "text to image, re-ranked" in table
    assert "image to text, re-ranked" not in table
    assert "k1=20, k2=6, lambda=0.3" in notes
    assert "re-ranked" not in "".join(run(*files))


@pytest.mark.parametrize("words", [["--k1", 5], ["--k2", 5], ["--lambda", 0.5]])
def test_parameters_without_reranking_are_one_clear_error(
    files: list[object], words: list[object]
) -> None:
    with pytest.raises(ConfigError, match=r"parameters of --rerank: give it too"):
        run(*files, *words)


def test_impossible_parameters_are_one_clear_error(files: list[object]) -> None:
    with pytest.raises(ConfigError, match="1 <= k2 <= k1, found k1 3, k2 6"):
        run(*files, "--rerank", "--k1", 3)


def test_vectors_that_are_not_finite_are_never_reranked() -> None:
    captions, images = features(0)
    images[2, 0] = np.nan
    with pytest.raises(DataError, match="gallery features are not finite"):
        score(SplitVectors(images, captions), PEOPLE[1], PEOPLE[0], rerank=Rerank())
