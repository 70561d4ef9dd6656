"""A run that is stopped, killed or started anew ends with the very same weights."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from rich.console import Console
from tests.tiny import TINY

from tipr.checkpoint import load_tensors
from tipr.config import load
from tipr.errors import Interrupted, NonFiniteLossError, StorageError, TrainingError
from tipr.train import loop
from tipr.train.log import read_log
from tipr.train.objective import LossTerms

QUIET = Console(quiet=True)


@pytest.fixture(scope="module")
def settings(drawn: Path) -> list[str]:
    return [*TINY, f"data.dir={json.dumps(str(drawn))}"]


@pytest.fixture(scope="module")
def undisturbed(settings: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "undisturbed"
    loop.train(load("small", settings), folder, console=QUIET)
    return folder


def assert_same_end(run: Path, undisturbed: Path) -> None:
    for file in ("last.safetensors", "model.safetensors"):
        found, header = load_tensors(run / file)
        expected, expected_header = load_tensors(undisturbed / file)
        assert found.keys() == expected.keys()
        different = [name for name in found if not torch.equal(found[name], expected[name])]
        assert different == [], file
        assert header == expected_header
    assert losses(run) == losses(undisturbed)


def losses(run: Path) -> dict[int, object]:
    """Events by step; lines are cut differently after a resume, evaluations are not."""
    return {e["step"]: e["scores"] for e in read_log(run) if e["kind"] == "evaluate"}


def stop_at(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Send SIGINT to ourselves in the middle of a step."""
    whole_step = loop._Run._step

    def interrupted(self: loop._Run, batch: object) -> LossTerms:
        if self._progress.step == step:
            signal.raise_signal(signal.SIGINT)
        return whole_step(self, batch)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(loop._Run, "_step", interrupted)


@pytest.mark.parametrize("steps", [[0], [4], [5, 9], [11]])
def test_sigint_loses_nothing(
    steps: list[int],
    settings: list[str],
    undisturbed: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = tmp_path / "run"
    for step in steps:
        with monkeypatch.context() as patch:
            stop_at(step, patch)
            if step == 11:  # the last step is finished anyway: nothing is left to interrupt
                start_or_resume(settings, run)
                continue
            with pytest.raises(Interrupted, match=rf"step {step + 1} of 12.*tipr resume"):
                start_or_resume(settings, run)
    loop.resume(run, console=QUIET)
    assert_same_end(run, undisturbed)


def start_or_resume(settings: list[str], run: Path) -> None:
    if run.exists():
        loop.resume(run, console=QUIET)
    else:
        loop.train(load("small", settings), run, console=QUIET)


def test_sigkill_at_any_moment_loses_only_what_came_after_the_last_save(
    settings: list[str], undisturbed: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    # saving does not change the run, so an undisturbed one with other intervals is the measure
    words = [*settings, "train.save_every_s=0"]
    command = ["train", "small", str(run), *(w for s in words for w in ("--set", s))]
    for delay in (0.0, 0.03, 0.11):
        process = start(command)
        wait_for_steps(run, process)
        time.sleep(delay)
        process.kill()
        process.wait()
        command = ["resume", str(run)]
    finished = subprocess.run([*tipr(), *command], capture_output=True, check=False)
    assert finished.returncode == 0, finished.stderr
    shutil.copy(undisturbed / "run.toml", run / "run.toml")
    assert_same_end(run, undisturbed)


def start(words: list[str]) -> subprocess.Popen[bytes]:
    quiet = subprocess.DEVNULL
    return subprocess.Popen([*tipr(), *words], stdout=quiet, stderr=quiet)


def tipr() -> list[str]:
    return [sys.executable, "-c", "from tipr.cli import main; main()"]


def wait_for_steps(run: Path, process: subprocess.Popen[bytes]) -> None:
    """Until the state on disk has moved since the process began, or the run is over."""
    last = run / "last.safetensors"
    before = last.stat().st_mtime_ns if last.exists() else 0
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        if (run / "run.toml").exists() and last.exists() and last.stat().st_mtime_ns > before:
            return
        time.sleep(0.005)
    assert process.returncode == 0, "the run ended with an error before it saved anything"


def test_training_learns(undisturbed: Path) -> None:
    lines = [event for event in read_log(undisturbed) if event["kind"] == "train"]
    assert lines[-1]["losses"]["restoration"] < lines[0]["losses"]["restoration"]
    assert lines[-1]["losses"]["sdm"] > 0


def test_a_second_run_in_the_same_folder_is_refused(
    settings: list[str], undisturbed: Path, tmp_path: Path
) -> None:
    with pytest.raises(TrainingError, match=r"already holds a run; continue it with `tipr resume"):
        loop.train(load("small", settings), undisturbed, console=QUIET)
    (tmp_path / "photo.jpg").write_bytes(b"mine")
    with pytest.raises(TrainingError, match="is no run; choose a new or empty folder"):
        loop.train(load("small", settings), tmp_path, console=QUIET)
    with pytest.raises(TrainingError, match="no run to resume"):
        loop.resume(tmp_path, console=QUIET)


def test_changed_data_is_noticed_on_resume(
    settings: list[str], drawn: Path, undisturbed: Path, tmp_path: Path
) -> None:
    run, data = tmp_path / "run", tmp_path / "data"
    shutil.copytree(undisturbed, run)
    shutil.copytree(drawn, data)
    records = json.loads((data / "reid_raw.json").read_text())
    records[0]["captions"][0] += " And a hat."
    (data / "reid_raw.json").write_text(json.dumps(records))
    text = (run / "run.toml").read_text().replace(str(drawn), str(data))
    (run / "run.toml").write_text(text)
    with pytest.raises(TrainingError, match="its fingerprint differs"):
        loop.resume(run, console=QUIET)


def test_a_full_disk_while_saving_keeps_the_previous_save(
    settings: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tmp_path / "run"
    with monkeypatch.context() as patch:
        stop_at(3, patch)
        with pytest.raises(Interrupted):
            loop.train(load("small", settings), run, console=QUIET)
    before = (run / "last.safetensors").read_bytes()

    def full(_file: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(StorageError, match=r"No space left on device.*unharmed"):
            loop.resume(run, console=QUIET)
    assert (run / "last.safetensors").read_bytes() == before
    assert not list(run.glob(".*.part"))


def test_a_non_finite_loss_stops_the_run_and_keeps_the_last_save(
    settings: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tmp_path / "run"
    monkeypatch.setattr(
        "tipr.train.objective.sdm_loss", lambda image, *_: image.sum() * float("nan")
    )
    with pytest.raises(NonFiniteLossError, match="loss term sdm is not finite"):
        loop.train(load("small", settings), run, console=QUIET)
    tensors, _ = load_tensors(run / "last.safetensors")
    assert all(torch.isfinite(t).all() for t in tensors.values())
