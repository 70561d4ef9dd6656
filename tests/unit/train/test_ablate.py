"""A plan is brought to its end, whatever happens on the way; a stand-in plays `tipr train`."""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import filelock
import pytest
from tests.unit.train.made_up import plan, queries

from tipr.config import load
from tipr.data.benchmarks import fingerprint, read_splits
from tipr.errors import ConfigError, DataError, Interrupted, TrainingError
from tipr.train import ablate as work
from tipr.train import children
from tipr.train.ablate import Result, ablate
from tipr.train.plan import Row, read_plan
from tipr.train.queries import Queries, write_queries

STAND_IN = """
import json, os, pathlib, shutil, signal, sys, time
verb, *words = sys.argv[1:]
run, here = pathlib.Path(words[-1]), pathlib.Path(os.environ["STAND_IN"])
name = "/".join(run.parts[-2:])
with open(here / "calls", "a") as file:
    file.write(json.dumps([verb, name, os.environ.get("OMP_NUM_THREADS")]) + chr(10))
if verb == "train":
    run.mkdir(parents=True, exist_ok=True)
    if any(run.iterdir()):
        sys.exit("tipr: not empty")
    shutil.copy(words[0], run / "run.toml")
    (run / "run.json").write_text(json.dumps({"data": os.environ["DATA"]}))
task = json.loads((here / "tasks").read_text()).get(name, "")
if task == "fail":
    sys.exit("a warning" + chr(10) + "tipr: the cat sat on it")
if task == "die":
    os.kill(os.getpid(), signal.SIGKILL)
if task == "wait":
    def stop(*_):
        print("saved")
        sys.exit(130)
    signal.signal(signal.SIGINT, stop)
    (here / "waiting").touch()
    time.sleep(60)
if task == "meet":
    (here / f"met-{run.name}").touch()
    for _ in range(1000):
        if len(list(here.glob("met-*"))) == 2:
            break
        time.sleep(0.01)
    else:
        sys.exit("alone")
"""


class StandIn:
    """Says what each run is to do, and what was called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.told()

    def told(self, **tasks: str) -> None:
        table = {name.replace("__", "/seed-"): task for name, task in tasks.items()}
        (self.folder / "tasks").write_text(json.dumps(table))

    def calls(self) -> list[tuple[str, str]]:
        """(verb, run) of every call since the last time this was asked, sorted."""
        return sorted((verb, run) for verb, run, _ in self.all_calls())

    def all_calls(self) -> list[list[str]]:
        """[verb, run, OMP_NUM_THREADS] of every call, in order; they are then forgotten."""
        file = self.folder / "calls"
        if not file.exists():
            return []
        found = [json.loads(line) for line in file.read_text().splitlines()]
        file.unlink()
        return found


@pytest.fixture
def stand_in(tmp_path: Path, drawn: Path, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    folder = tmp_path / "stand-in"
    folder.mkdir()
    monkeypatch.setattr(children, "TIPR", [sys.executable, "-S", "-c", STAND_IN])
    monkeypatch.setenv("STAND_IN", str(folder))
    monkeypatch.setenv("DATA", fingerprint(read_splits(drawn)))

    def score(run: Path, *, threads: int) -> Queries:
        found = queries([1, 2], "ab")
        write_queries(run, found)
        return found

    monkeypatch.setattr(work, "score_queries", score)
    return StandIn(folder)


@pytest.fixture
def rows(tmp_path: Path, drawn: Path) -> tuple[Row, ...]:
    plan(tmp_path, "a", "b")
    return read_plan(tmp_path / "plan.toml", data=drawn)


ALL = ["a/seed-0", "a/seed-1", "b/seed-0", "b/seed-1"]


def quiet(_result: Result, _so_far: Sequence[Result]) -> None:
    pass


def names(results: Sequence[Result]) -> list[str]:
    return sorted("/".join(r.job.folder.parts[-2:]) for r in results if r.queries is not None)


def test_every_row_is_trained_with_every_seed_and_then_left_alone(
    rows: tuple[Row, ...], stand_in: StandIn, tmp_path: Path
) -> None:
    told: list[tuple[str, int]] = []
    results = ablate(
        rows, tmp_path / "out", finished=lambda r, all_: told.append((r.job.row.name, len(all_)))
    )
    assert names(results) == ALL
    assert stand_in.calls() == [("train", name) for name in ALL]
    assert told == [("a", 1), ("a", 2), ("b", 3), ("b", 4)]
    assert all(result.seconds > 0 for result in results)
    again = ablate(rows, tmp_path / "out", finished=quiet)
    assert names(again) == ALL
    assert stand_in.calls() == []
    began = load(tmp_path / "out" / "b" / "seed-1" / "run.toml")
    assert began == rows[1].config(1)


def test_a_run_that_fails_takes_nothing_with_it_and_is_tried_again(
    rows: tuple[Row, ...], stand_in: StandIn, tmp_path: Path
) -> None:
    stand_in.told(a__0="fail", b__0="die")
    results = ablate(rows, tmp_path / "out", finished=quiet)
    assert names(results) == ["a/seed-1", "b/seed-1"]
    reasons = {r.job.row.name: r.reason for r in results if r.queries is None}
    assert reasons == {"a": "the cat sat on it", "b": "ended by SIGKILL"}
    stand_in.calls()
    stand_in.told()
    results = ablate(rows, tmp_path / "out", finished=quiet)
    assert names(results) == ALL
    assert stand_in.calls() == [("resume", "a/seed-0"), ("resume", "b/seed-0")]
    assert [r.seconds for r in results if r.job.seed == 0] == [0.0, 0.0]  # not whole: not judged by


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_when_stopped_the_children_save_and_the_same_command_goes_on(
    number: signal.Signals, rows: tuple[Row, ...], stand_in: StandIn, tmp_path: Path
) -> None:
    stand_in.told(a__1="wait")
    before = signal.getsignal(number)
    once(lambda: (stand_in.folder / "waiting").exists(), lambda: os.kill(os.getpid(), number))
    with pytest.raises(Interrupted, match=r"3 of 4 runs to go; .* same command continues"):
        ablate(rows, tmp_path / "out", finished=quiet)
    assert signal.getsignal(number) == before
    assert stand_in.calls() == [("train", "a/seed-0"), ("train", "a/seed-1")]
    assert (tmp_path / "out/a/seed-1.txt").read_text() == "saved\n"
    assert not (tmp_path / "out/b").exists()  # what has not begun leaves no trace
    stand_in.told()
    assert names(ablate(rows, tmp_path / "out", finished=quiet)) == ALL
    assert stand_in.calls() == [
        ("resume", "a/seed-1"),
        ("train", "b/seed-0"),
        ("train", "b/seed-1"),
    ]


def once(condition: Callable[[], bool], act: Callable[[], None]) -> None:
    """Act from another thread as soon as the condition holds."""

    def watch() -> None:
        for _ in range(2000):
            if condition():
                act()
                break
            time.sleep(0.01)

    threading.Thread(target=watch, daemon=True).start()


def test_an_error_in_the_middle_stops_the_children_too(
    rows: tuple[Row, ...], stand_in: StandIn, tmp_path: Path
) -> None:
    stand_in.told(a__1="wait")

    def full(_result: Result, _so_far: Sequence[Result]) -> None:
        while not (stand_in.folder / "waiting").exists():
            time.sleep(0.01)
        raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        ablate(rows, tmp_path / "out", jobs=2, finished=full)
    assert (tmp_path / "out/a/seed-1.txt").read_text() == "saved\n"


def test_two_jobs_run_at_the_same_time_on_their_share_of_the_cores(
    rows: tuple[Row, ...], stand_in: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "cores", lambda: 7)
    stand_in.told(a__0="meet", a__1="meet")
    results = ablate(rows[:1], tmp_path / "out", jobs=2, finished=quiet)
    assert [r.reason for r in results] == ["", ""]
    assert {threads for _, _, threads in stand_in.all_calls()} == {"3"}
    assert load(tmp_path / "out/a/seed-0/run.toml").runtime.threads == 3


def test_another_number_of_jobs_may_go_on_with_the_same_runs(
    rows: tuple[Row, ...], stand_in: StandIn, tmp_path: Path
) -> None:
    stand_in.told(a__0="fail")
    ablate(rows, tmp_path / "out", jobs=2, finished=quiet)
    stand_in.told()
    assert names(ablate(rows, tmp_path / "out", jobs=1, finished=quiet)) == ALL


def test_a_run_that_the_plan_no_longer_describes_is_refused_before_anything_is_trained(
    rows: tuple[Row, ...], stand_in: StandIn, tmp_path: Path, drawn: Path
) -> None:
    ablate(rows[1:], tmp_path / "out", finished=quiet)
    stand_in.calls()
    plan(tmp_path, "a", "b", b="set.sdm.weight = 0.7")
    changed = read_plan(tmp_path / "plan.toml", data=drawn)
    with pytest.raises(TrainingError, match=r"b/seed-0: .* sdm\.weight = 0\.2, .* now says 0\.7"):
        ablate(changed, tmp_path / "out", finished=quiet)
    assert stand_in.calls() == []


def test_runs_on_other_data_are_refused(
    rows: tuple[Row, ...], stand_in: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("DATA", "something else")
        ablate(rows[:1], tmp_path / "out", finished=quiet)
    with pytest.raises(TrainingError, match=r"a/seed-0: this run began on other data"):
        ablate(rows, tmp_path / "out", finished=quiet)


def test_what_a_run_left_that_never_began_is_cleared_and_nothing_else(
    rows: tuple[Row, ...], stand_in: StandIn, tmp_path: Path
) -> None:
    for row, name in zip(rows, ["last.safetensors", "photo.jpg"], strict=True):
        folder = tmp_path / "out" / row.folder / "seed-0"
        folder.mkdir(parents=True)
        (folder / name).write_bytes(b"")
        (folder / ".config.json.7.part").write_bytes(b"")
    results = ablate(rows, tmp_path / "out", finished=quiet)
    assert names(results) == ["a/seed-0", "a/seed-1", "b/seed-1"]
    assert (tmp_path / "out/b/seed-0/photo.jpg").exists()
    assert [r.reason for r in results if r.queries is None] == ["not empty"]


def test_mistakes_are_told_before_anything_is_trained(
    rows: tuple[Row, ...], stand_in: StandIn, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with pytest.raises(ConfigError, match="jobs must be at least 1, found 0"):
        ablate(rows, out, jobs=0, finished=quiet)
    with pytest.raises(ConfigError, match=r"data\.dir is not set"):
        ablate(read_plan(tmp_path / "plan.toml"), out, finished=quiet)
    with pytest.raises(DataError):
        ablate(read_plan(tmp_path / "plan.toml", data=tmp_path / "none"), out, finished=quiet)
    lock = filelock.FileLock(out / "ablate.lock", thread_local=False)
    with lock, pytest.raises(TrainingError, match="another process is working on this plan"):
        ablate(rows, out, finished=quiet)
    assert stand_in.calls() == []
