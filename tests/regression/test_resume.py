"""A run that is stopped, killed or started anew ends with the very same weights."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import filelock
import pytest
import torch
from rich.console import Console
from tests.tiny import TINY

from tipr import models
from tipr.checkpoint import load_tensors
from tipr.config import load
from tipr.data.records import Split
from tipr.errors import (
    Interrupted,
    ModelError,
    NonFiniteLossError,
    PictureError,
    StorageError,
    TrainingError,
)
from tipr.metrics import Ranking, Scores
from tipr.train import loop
from tipr.train.log import read_log
from tipr.train.objective import LossTerms
from tipr.train.setup import assemble

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
    _, header = load_tensors(run / "last.safetensors")
    assert header["progress"]["step"] >= 2, "nothing was saved on the way"
    finished = subprocess.run([*tipr(), *command], capture_output=True, check=False)
    assert finished.returncode == 0, finished.stderr
    assert not list(run.glob(".*.part"))
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


def test_training_learns(settings: list[str], tmp_path: Path) -> None:
    longer = load("small", [*settings, "schedule.samples=480"])
    loop.train(longer, tmp_path / "run", console=QUIET)
    lines = [event for event in read_log(tmp_path / "run") if event["kind"] == "train"]
    # over four seeds it ended at 0.60 to 0.70 of where it began
    assert lines[-1]["losses"]["restoration"] < 0.85 * lines[0]["losses"]["restoration"]
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


def test_the_best_weights_are_chosen_on_val_and_kept(
    settings: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Scores rise, then fall: what is kept is the middle; val is what was looked at."""
    script = iter([10.0, 30.0, 20.0])
    seen: list[str] = []

    def scripted(_encoder: object, split: Split) -> Scores:
        seen.append(split.name)
        ranking = Ranking(next(script), 0.0, 0.0, mAP=1.0, mINP=1.0, queries=1, unmatched=0)
        return Scores(ranking, ranking, images=1, captions=1, people=1)

    monkeypatch.setattr(loop, "evaluate", scripted)
    config = load("small", [*settings, "sampler.batch=16", "schedule.samples=192"])
    assert len(assemble(config).sampler) == 4  # 12 steps: three evaluations
    progress = loop.train(config, tmp_path / "run", console=QUIET)
    assert seen == ["val", "val", "val"]
    assert (progress.best_R1, progress.best_step) == (30.0, 8)
    _, header = load_tensors(tmp_path / "run" / "model.safetensors")
    assert (header["step"], header["split"]) == (8, "val")
    assert header["scores"]["text_to_image"]["R1"] == 30.0


def test_saving_happens_when_its_time_has_come(
    settings: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved: list[int] = []
    whole = loop.save

    def counted(*args: object) -> None:
        saved.append(args[3].step)  # pyright: ignore[reportAttributeAccessIssue]
        whole(*args)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(loop, "save", counted)
    loop.train(load("small", [*settings, "train.save_every_s=0"]), tmp_path / "a", console=QUIET)
    assert saved == [*range(13), 12]
    saved.clear()
    loop.train(load("small", settings), tmp_path / "b", console=QUIET)
    assert saved == [0, 12]


def test_what_decides_the_result_is_resolved_in_the_runs_settings(undisturbed: Path) -> None:
    config = load(undisturbed / "run.toml")
    assert config.runtime.device != "auto"
    assert config.runtime.precision in ("float32", "bfloat16")
    assert config.runtime.threads == 1
    assert Path(config.data.dir).is_absolute()


def test_changed_settings_are_noticed_on_resume(undisturbed: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(undisturbed, run)
    text = (run / "run.toml").read_text()
    (run / "run.toml").write_text(text.replace("weight_decay = 0.05", "weight_decay = 0.06"))
    with pytest.raises(TrainingError, match="the settings have changed since"):
        loop.resume(run, console=QUIET)


def test_a_second_process_is_kept_out(undisturbed: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(undisturbed, run)
    with (
        filelock.FileLock(run / "run.lock", thread_local=False),
        pytest.raises(TrainingError, match="another process is training this run"),
    ):
        loop.resume(run, console=QUIET)


@pytest.mark.parametrize("content", ["{", "[]", "{}", None])
def test_damaged_provenance_is_one_clear_error(
    content: str | None, undisturbed: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    shutil.copytree(undisturbed, run)
    (run / "run.json").unlink()
    if content is not None:
        (run / "run.json").write_text(content)
    with pytest.raises(ModelError, match=r"run\.json: not readable"):
        loop.resume(run, console=QUIET)


def test_damaged_log_lines_are_left_out(undisturbed: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(undisturbed, run)
    whole = read_log(run)
    with (run / "log.jsonl").open("ab") as file:
        file.write(b'garbage\n[1]\n\xff\n{"step": 99')
    assert read_log(run) == whole
    loop.resume(run, console=QUIET)


def test_a_broken_picture_in_a_worker_is_named_in_one_line(
    settings: list[str], drawn: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    shutil.copytree(drawn, data)
    for picture in (data / "imgs").rglob("*.jpg"):
        picture.write_bytes(b"broken")
    words = [*settings, f"data.dir={json.dumps(str(data))}", "data.workers=1"]
    with pytest.raises(PictureError, match=r"\.jpg") as caught:
        loop.train(load("small", words), tmp_path / "run", console=QUIET)
    assert "\n" not in str(caught.value)


def test_training_starts_from_the_weights_it_is_given(
    settings: list[str], undisturbed: Path, tmp_path: Path
) -> None:
    words = [*settings, f"train.init={json.dumps(str(undisturbed))}"]
    parts = assemble(load("small", words))
    given, _ = load_tensors(undisturbed / "model.safetensors")
    start = models.dual_encoder_tensors(parts.objective.model)
    assert all(torch.equal(start[name], given[name]) for name in given)
    other = [*words, "model.vision.depth=2"]
    with pytest.raises(ModelError, match=r"differs from the settings in model\.vision"):
        assemble(load("small", other))


def test_long_captions_are_told_before_training(settings: list[str]) -> None:
    notes = assemble(load("small", [*settings, "model.text.length=8"])).notes
    assert any("captions are longer than 8 tokens and are cut" in note for note in notes)
    assert assemble(load("small", settings)).notes == ()


def test_parts_that_start_fresh_learn_faster(undisturbed: Path, settings: list[str]) -> None:
    words = [*settings, f"train.init={json.dumps(str(undisturbed))}", "optim.fresh_factor=5"]
    parts = assemble(load("small", [*words, "optim.algorithm=adamw", "optim.lr=0.01"]))
    rate = {
        id(p): group["lr"]
        for optimiser in parts.optimisers._all
        for group in optimiser.param_groups
        for p in group["params"]
    }
    objective = parts.objective
    assert objective.model.decoder is not None
    assert {rate[id(p)] for p in objective.identity.parameters()} == {0.05}
    assert {rate[id(p)] for p in objective.model.decoder.parameters()} == {0.05}
    assert {rate[id(p)] for p in objective.shared_parameters()} == {0.01}


def test_bfloat16_computes_in_bfloat16_and_keeps_float32_weights(settings: list[str]) -> None:
    parts = assemble(load("small", [*settings, "runtime.precision=bfloat16"]))
    seen: set[torch.dtype] = set()
    block = parts.objective.model.vision.blocks[0]
    block.register_forward_hook(lambda _m, _i, out: seen.add(out.dtype))  # pyright: ignore
    block.mlp[0].register_forward_hook(lambda _m, _i, out: seen.add(out.dtype))  # pyright: ignore
    terms = parts.objective(parts.pairs[(0, parts.sampler.epoch(0)[0])])
    assert torch.bfloat16 in seen
    assert all(term.dtype == torch.float32 for term in terms)
    assert all(p.dtype == torch.float32 for p in parts.objective.parameters())


def test_gradients_are_bit_equal_on_several_threads(drawn: Path) -> None:
    """Exact resume needs sums in a fixed order, at full width and on more than one thread."""
    words = [f"data.dir={json.dumps(str(drawn))}", "sampler.batch=48", "runtime.threads=2"]
    config = load("small", [*words, "sdm.start=0", "cmt.start=0"])
    before = torch.get_num_threads()
    try:
        parts = assemble(config)
        batch = parts.pairs[(0, parts.sampler.epoch(0)[0])]
        runs: list[dict[str, torch.Tensor]] = []
        for _ in range(3):
            parts.objective.zero_grad(set_to_none=True)
            parts.objective(batch).total().backward()
            grads = {n: p.grad for n, p in parts.objective.named_parameters()}
            runs.append({n: g.clone() for n, g in grads.items() if g is not None})
    finally:
        torch.set_num_threads(before)
    for other in runs[1:]:
        assert [n for n in runs[0] if not torch.equal(runs[0][n], other[n])] == []
