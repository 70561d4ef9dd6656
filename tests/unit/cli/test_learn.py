"""`tipr train`: what the options ask for, and which of several ranks speaks."""

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tipr.cli import app
from tipr.errors import Interrupted
from tipr.train import loop
from tipr.train.state import Progress


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, bool]]:
    """(batch, fit) of every run that is asked for, in place of training."""
    found: list[tuple[int, bool]] = []

    def train(config: Any, _run: Path, *, fit: bool) -> Progress:
        found.append((config.sampler.batch, fit))
        return Progress(step=3)

    monkeypatch.setattr(loop, "train", train)
    return found


def say(*words: str) -> Any:
    return CliRunner().invoke(app, list(words))


def test_batch_is_a_number_or_auto(asked: list[tuple[int, bool]]) -> None:
    for words in ([], ["--batch", "48"], ["--batch", "auto"]):
        assert say("train", "small", "run", *words).exit_code == 0
    assert asked == [(128, False), (48, False), (128, True)]
    wrong = say("train", "small", "run", "--batch", "many").exception
    assert str(wrong) == "--batch many: expected a number of pairs, or auto"


def test_rank_0_alone_speaks_of_what_all_ranks_find(
    asked: list[tuple[int, bool]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object, **__: object) -> Progress:
        raise Interrupted("stopped at step 3")

    monkeypatch.setenv("WORLD_SIZE", "2")
    for rank in ("0", "1"):
        monkeypatch.setenv("RANK", rank)
        monkeypatch.setenv("LOCAL_RANK", rank)
        assert ("3 steps" in say("train", "small", "run").output) is (rank == "0")
        with monkeypatch.context() as patch:
            patch.setattr(loop, "train", stopped)
            answer = say("train", "small", "run")
        assert isinstance(answer.exception, Interrupted) is (rank == "0")
        assert rank == "0" or (answer.exit_code, answer.output) == (130, "")
