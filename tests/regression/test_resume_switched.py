"""A run with every switch beyond the paper on: stopped and resumed it ends with the very same."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from rich.console import Console
from tests.regression.test_resume import assert_same_end, start_or_resume, stop_at
from tests.tiny import TINY

from tipr import models
from tipr.checkpoint import load_tensors
from tipr.config import load
from tipr.data.benchmarks import read_splits
from tipr.encoder.torch import TorchEncoder
from tipr.errors import Interrupted
from tipr.model.sen import SEN
from tipr.train import loop
from tipr.train.average import Average
from tipr.train.log import read_log
from tipr.train.setup import assemble

QUIET = Console(quiet=True)


@pytest.fixture(scope="module")
def settings(drawn: Path) -> list[str]:
    switches = [
        "sdm.learn_temperature=true",
        "robust.strength=2",
        "robust.start=0.4",
        "average.decay=0.9",
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


def test_the_average_is_what_is_evaluated_and_kept(
    settings: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[dict[str, torch.Tensor]] = []

    def seen(network: SEN, *rest: Any, **named: Any) -> TorchEncoder:
        kept.append({n: t.clone() for n, t in models.dual_encoder_tensors(network).items()})
        return TorchEncoder(network, *rest, **named)

    updated: list[int] = []
    whole_update = Average.update

    def counted(self: Average, model: SEN, step: int) -> None:
        updated.append(step)
        whole_update(self, model, step)

    monkeypatch.setattr(loop, "TorchEncoder", seen)
    monkeypatch.setattr(Average, "update", counted)
    run = tmp_path / "run"
    loop.train(load("small", [*settings, "train.evaluate_every=100"]), run, console=QUIET)
    assert updated == list(range(12))
    (at_the_end,) = kept
    found, _ = load_tensors(run / "model.safetensors")
    last, _ = load_tensors(run / "last.safetensors")
    for name, tensor in found.items():
        assert torch.equal(tensor, at_the_end[name])
        assert torch.equal(tensor, last[f"average.{name}"])
    assert any(not torch.equal(tensor, last[f"objective.model.{n}"]) for n, tensor in found.items())


def test_the_temperature_is_learned_and_logged(undisturbed: Path) -> None:
    lines = [event for event in read_log(undisturbed) if event["kind"] == "train"]
    found = [line["sdm_temperature"] for line in lines]
    assert found[-1] != pytest.approx(0.07, rel=1e-5)
    assert 0.005 < found[-1] < 0.5


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
