"""A run on two ranks is the run of one process; losing a rank loses only what was not saved."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import filelock
import pytest
import torch
from rich.console import Console
from tests.launch import TIPR, finish, start
from tests.tiny import TINY

from tipr.checkpoint import load_tensors
from tipr.config import load
from tipr.train import loop
from tipr.train.log import read_log
from tipr.train.state import Progress

QUIET = Console(quiet=True)
STEPS = 12


@pytest.fixture(scope="module")
def settings(drawn: Path) -> list[str]:
    """Muon divides by norms of its own in bfloat16, which would magnify rounding: AdamW."""
    ours = [
        "optim.algorithm=adamw",
        "runtime.precision=float32",
        "sampler.batch=7",
        "train.evaluate_every=99",
    ]
    return [*TINY, *ours, f"schedule.samples={7 * STEPS}", f"data.dir={json.dumps(str(drawn))}"]


@pytest.fixture(scope="module")
def alone(settings: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "alone"
    loop.train(load("small", settings), folder, console=QUIET)
    return folder


def train(settings: list[str], run: Path) -> list[str]:
    return [*TIPR, "train", "small", str(run), *(w for s in settings for w in ("--set", s))]


def losses(run: Path) -> dict[int, dict[str, float]]:
    return {e["step"]: e["losses"] for e in read_log(run) if e["kind"] == "train"}


def assert_same_end(run: Path, alone: Path) -> None:
    """The same weights up to the rounding of differently ordered sums."""
    assert reached(run) == reached(alone) == STEPS
    ours, _ = load_tensors(run / "last.safetensors")
    theirs, _ = load_tensors(alone / "last.safetensors")
    assert ours.keys() == theirs.keys()
    weights = [name for name in theirs if name.startswith("objective.")]
    apart = torch.stack([(ours[n] - theirs[n]).norm() for n in weights]).norm()
    assert apart < 1e-4 * torch.stack([theirs[n].norm() for n in weights]).norm()


def reached(run: Path) -> int:
    """The step of the last save."""
    _, header = load_tensors(run / "last.safetensors")
    return header["progress"]["step"]


def wait_for_steps(run: Path, ranks: list[subprocess.Popen[str]]) -> None:
    deadline = time.monotonic() + 300
    while not (run / "run.toml").exists() or reached(run) < 3:
        assert all(rank.poll() is None for rank in ranks), finish(ranks)
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_two_ranks_train_as_one_process_does(
    settings: list[str], alone: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    ends = finish(start(2, train(settings, run)))
    assert [code for code, _, _ in ends] == [0, 0], ends
    assert f"{STEPS} steps; best R@1" in ends[0][1]
    assert ends[1][1:] == ("", ""), "only rank 0 speaks"
    assert "2 ranks" in json.loads((run / "run.json").read_text())["runtime"]
    assert list(losses(run)) == list(losses(alone)) == [10, STEPS]
    for step, expected in losses(alone).items():
        assert losses(run)[step] == pytest.approx(expected, rel=1e-4, abs=1e-6)
    scores, expected = (load_tensors(f / "model.safetensors")[1]["scores"] for f in (run, alone))
    assert scores == expected, "evaluation is shared, and the same"
    assert_same_end(run, alone)


def test_a_killed_rank_ends_the_others_in_one_line_and_the_run_goes_on(
    settings: list[str], alone: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    ranks = start(2, train([*settings, "train.save_every_s=0", "sampler.chunk=2"], run))
    wait_for_steps(run, ranks)
    ranks[1].kill()
    (code, _, complaint), (killed, _, _) = finish(ranks)
    assert (code, killed) == (2, -signal.SIGKILL)
    (line,) = complaint.splitlines()
    assert "another rank died" in line
    assert f"`tipr resume {run}`" in line
    assert 3 <= reached(run) < STEPS
    assert [code for code, _, _ in finish(start(2, [*TIPR, "resume", str(run)]))] == [0, 0]
    assert_same_end(run, alone)


def test_a_signal_to_one_rank_stops_all_of_them_with_one_save_and_one_process_goes_on(
    settings: list[str], alone: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    ranks = start(2, train([*settings, "train.save_every_s=0"], run))
    wait_for_steps(run, ranks)
    ranks[1].send_signal(signal.SIGTERM)
    (code, _, said), (other, _, other_said) = finish(ranks)
    assert (code, other, other_said) == (130, 130, "")
    (line,) = said.splitlines()
    assert f"stopped at step {reached(run)} of {STEPS}; everything is saved" in line
    loop.resume(run, console=QUIET)
    assert_same_end(run, alone)


def test_a_mistake_of_one_rank_is_told_by_that_rank(settings: list[str], tmp_path: Path) -> None:
    """The lock is rank 0's alone; the other says only that it is not to blame."""
    run = tmp_path / "run"
    config = load("small", settings)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "_Run", Idle)
        loop.train(config, run, console=QUIET)
    with filelock.FileLock(run / "run.lock", thread_local=False):
        ends = finish(start(2, [*TIPR, "resume", str(run)]))
    assert [code for code, _, _ in ends] == [2, 2]
    assert "another process is training this run" in ends[0][2]
    assert "another rank died; its own message says why" in ends[1][2]


def test_ranks_that_were_not_launched_by_torchrun_are_one_line(
    settings: list[str], tmp_path: Path
) -> None:
    alone = {**os.environ, "RANK": "0", "WORLD_SIZE": "2", "LOCAL_RANK": "0"}
    words = [sys.executable, *train(settings, tmp_path / "run")]
    ended = subprocess.run(words, env=alone, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    (line,) = ended.stderr.splitlines()
    assert "the ranks did not meet at ?:?" in line
    assert not (tmp_path / "run").exists()


def test_a_control_with_wrong_sentences_wants_the_whole_batch(
    settings: list[str], tmp_path: Path
) -> None:
    words = train([*settings, "restoration.words=wrong"], tmp_path / "run")
    for code, _, complaint in finish(start(2, words)):
        assert code == 2
        assert "train this row on one GPU" in complaint


class Idle:
    """In place of the work of a run, none."""

    def __init__(self, *_: object) -> None: ...

    def go(self) -> Progress:
        return Progress()
