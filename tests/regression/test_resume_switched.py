"""A run with every switch beyond the paper on: stopped and resumed it ends with the very same."""

import json
from pathlib import Path

import pytest
from rich.console import Console
from tests.regression.test_resume import assert_same_end, start_or_resume, stop_at
from tests.tiny import TINY

from tipr.config import load
from tipr.data.benchmarks import read_splits
from tipr.errors import Interrupted
from tipr.train import loop
from tipr.train.setup import assemble

QUIET = Console(quiet=True)


@pytest.fixture(scope="module")
def settings(drawn: Path) -> list[str]:
    switches = [
        "augment.drop_patches=0.5",
        "data.noise=0.25",
    ]
    return [*TINY, f"data.dir={json.dumps(str(drawn))}", *switches]


@pytest.fixture(scope="module")
def undisturbed(settings: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "switches"
    loop.train(load("small", settings), folder, console=QUIET)
    return folder


def test_stopping_and_resuming_changes_nothing(
    settings: list[str], undisturbed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tmp_path / "run"
    for step in (3, 8):
        with monkeypatch.context() as patch:
            stop_at(step, patch)
            with pytest.raises(Interrupted):
                start_or_resume(settings, run)
    loop.resume(run, console=QUIET)
    assert_same_end(run, undisturbed)


def test_noise_is_told_and_touches_training_captions_alone(settings: list[str]) -> None:
    parts = assemble(load("small", settings))
    splits = read_splits(Path(parts.config.data.dir), format="auto")
    train = splits["train"]
    seen = parts.pairs._split
    moved = sum(a.text != b.text for a, b in zip(seen.captions, train.captions, strict=True))
    assert 0 < moved <= round(0.25 * len(train.captions))
    assert seen.pictures == train.pictures
    assert parts.select == splits["val"]
    (note,) = [note for note in parts.notes if "data.noise" in note]
    share = f"{round(0.25 * len(train.captions))} of {len(train.captions)} training captions"
    assert note.startswith(share)
    plain = assemble(load("small", [*settings, "data.noise=0"]))
    assert plain.tokenizer.fingerprint == parts.tokenizer.fingerprint
    assert not [note for note in plain.notes if "data.noise" in note]
