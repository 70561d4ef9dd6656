"""Train: step, evaluate, save the last and the best; resume exactly.

Everything random is a pure function of (seed, epoch, caption), so a run's whole state is its
weights, the optimiser's moments and the number of steps done.
"""

import json
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import filelock
from rich.console import Console
from rich.progress import Progress as Bar

from tipr import models
from tipr.config import RunConfig, load, to_toml
from tipr.data.batches import Key, PairBatch, loader
from tipr.encoder.torch import TorchEncoder
from tipr.errors import Interrupted, StorageError, TrainingError
from tipr.evaluate import evaluate
from tipr.files import write_whole
from tipr.inputs.tokenizer import Tokenizer
from tipr.metrics import Scores
from tipr.train.log import RunLog, progress_bar
from tipr.train.objective import LossTerms, clip_gradients, gradient_shares, require_finite
from tipr.train.schedule import rate_factor
from tipr.train.setup import Parts, assemble
from tipr.train.state import Progress, restore, save

SETTINGS, PROVENANCE, LOCK = "run.toml", "run.json", "run.lock"
LOG_EVERY = 10
"""Steps averaged into one logged line."""


def train(config: RunConfig, folder: Path, *, console: Console | None = None) -> Progress:
    """Start a run in a new folder and train it to its end.

    Raises:
        TrainingError: the folder already holds something, or a loss is not finite.
        Interrupted: SIGINT came; everything is saved.
    """
    if (folder / SETTINGS).exists():
        raise TrainingError(
            f"{folder} already holds a run; continue it with `tipr resume {folder}` "
            "or choose another folder"
        )
    if folder.exists() and (not folder.is_dir() or any(set(folder.iterdir()) - {folder / LOCK})):
        raise TrainingError(f"{folder} exists and is no run; choose a new or empty folder")
    parts = assemble(config)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{folder}: cannot be created ({error.strerror})") from None
    with _alone(folder):
        models.write_settings(folder, parts.config.model, parts.tokenizer)
        write_whole(folder / PROVENANCE, (json.dumps(parts.provenance, indent=2) + "\n").encode())
        save(folder, parts.objective, parts.optimisers, Progress(), parts.config)
        # written last: a folder with settings is a run that can be resumed
        write_whole(folder / SETTINGS, to_toml(parts.config).encode())
        return _Run(folder, parts, Progress(), console or Console(stderr=True)).go()


def resume(folder: Path, *, console: Console | None = None) -> Progress:
    """Continue a run from its last save; the result equals that of an uninterrupted run.

    Raises:
        TrainingError: no run there, its data or settings have changed, or another process is
            training it.
    """
    if not (folder / SETTINGS).is_file():
        raise TrainingError(f"{folder}: no run to resume (it has no {SETTINGS})")
    with _alone(folder):
        tokenizer = Tokenizer.load(folder / models.TOKENIZER)
        parts = assemble(load(folder / SETTINGS), tokenizer=tokenizer)
        if _started_on(folder) != parts.provenance["data"]:
            raise TrainingError(
                f"{folder}: the data at {parts.config.data.dir} is not what this run started on "
                "(its fingerprint differs); restore it or start a new run"
            )
        progress = restore(folder, parts.objective, parts.optimisers, parts.config)
        return _Run(folder, parts, progress, console or Console(stderr=True)).go()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep a second process from training the same run; the system lets go of a killed one."""
    lock = filelock.FileLock(folder / LOCK, timeout=0, thread_local=False)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise TrainingError(f"{folder}: another process is training this run") from None
    try:
        for draft in folder.glob(".*.part"):  # what a killed process was writing
            draft.unlink(missing_ok=True)
        yield
    finally:
        lock.release()


def _started_on(folder: Path) -> str:
    """The fingerprint of the data that the run started on."""
    try:
        return json.loads((folder / PROVENANCE).read_text(encoding="utf-8"))["data"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TrainingError(
            f"{folder / PROVENANCE}: not readable ({error!r}); restore it or start a new run"
        ) from None


@dataclass
class _Meter:
    """Means of what was logged since the last line."""

    sums: dict[str, float] = field(default_factory=dict)
    steps: int = 0
    started: float = field(default_factory=time.perf_counter)

    def add(self, terms: LossTerms) -> None:
        self.steps += 1
        for name, term in terms._asdict().items():
            self.sums[name] = self.sums.get(name, 0.0) + term.item()

    def line(self, batch: int) -> dict[str, Any]:
        seconds = time.perf_counter() - self.started
        return {
            "losses": {name: total / self.steps for name, total in self.sums.items()},
            "samples_per_s": round(self.steps * batch / seconds, 1),
        }


class _Run:
    """One process's work on one run."""

    def __init__(self, folder: Path, parts: Parts, progress: Progress, console: Console) -> None:
        self._folder = folder
        self._parts = parts
        self._progress = progress
        self._console = console
        self._log = RunLog(folder, from_step=progress.step)
        self._saved_at = time.monotonic()

    def go(self) -> Progress:
        parts, at = self._parts, self._progress
        for note in parts.notes if at.step == 0 else ():
            self._console.print(f"note: {note}", markup=False, highlight=False)
        parts.objective.train()
        with _interruptible() as asked_to_stop, progress_bar(self._console) as bar:
            task = bar.add_task("training", total=parts.steps, completed=at.step, note="")
            meter = _Meter()
            for batch in loader(parts.pairs, self._keys(), parts.config.data):
                terms = self._step(batch)
                meter.add(terms)
                at.step += 1
                if at.step % LOG_EVERY == 0 or at.step == parts.steps:
                    line = meter.line(parts.config.sampler.batch)
                    self._log.write({"step": at.step, "kind": "train", "lr": self._lr(), **line})
                    bar.update(task, note=_note(line, self._lr()))
                    meter = _Meter()
                bar.update(task, completed=at.step)
                if self._evaluated_after(at.step):
                    self._evaluate(bar)
                    meter = _Meter()
                if asked_to_stop.is_set() and at.step < parts.steps:
                    self._save()
                    raise Interrupted(
                        f"stopped at step {at.step} of {parts.steps}; everything is saved. "
                        f"Continue with `tipr resume {self._folder}`"
                    )
                if time.monotonic() - self._saved_at >= parts.config.train.save_every_s:
                    self._save()
        self._save()
        return at

    def _keys(self) -> Iterator[Key]:
        """All batches still to come, in the order an uninterrupted run would see them."""
        parts, step = self._parts, self._progress.step
        while step < parts.steps:
            epoch, done = divmod(step, len(parts.sampler))
            left = parts.sampler.epoch(epoch)[done : done + parts.steps - step]
            yield from ((epoch, captions) for captions in left)
            step += len(left)

    def _step(self, batch: PairBatch) -> LossTerms:
        parts, step = self._parts, self._progress.step
        terms = parts.objective(batch.to(parts.runtime.device), step / parts.steps)
        require_finite(terms, step)
        if self._evaluated_after(step + 1):  # one backward a term: cheap enough once a while
            shares = gradient_shares(terms, parts.objective.shared_parameters())
            self._log.write({"step": step + 1, "kind": "gradient_shares", "shares": shares})
        terms.total().backward()
        clip_gradients(parts.objective, parts.config.optim.clip, step)
        parts.optimisers.step(rate_factor(step, parts.steps, parts.config.schedule))
        return LossTerms(*(term.detach() for term in terms))

    def _lr(self) -> float:
        config = self._parts.config
        return config.optim.lr * rate_factor(
            self._progress.step - 1, self._parts.steps, config.schedule
        )

    def _evaluated_after(self, step: int) -> bool:
        every = self._parts.config.train.evaluate_every * len(self._parts.sampler)
        return step % every == 0 or step == self._parts.steps

    def _evaluate(self, bar: Bar) -> None:
        parts, at = self._parts, self._progress
        parts.objective.eval()
        encoder = TorchEncoder(
            parts.objective.model,
            parts.tokenizer,
            parts.config.model,
            parts.runtime,
            fingerprint="in training",
        )
        scores = evaluate(encoder, parts.select)
        parts.objective.train()
        found = scores.text_to_image
        self._log.write({"step": at.step, "kind": "evaluate", "scores": scores.as_json()})
        bar.console.print(
            f"step {at.step}: {parts.select.name} R@1 {found.R1:.2f}  R@5 {found.R5:.2f}  "
            f"R@10 {found.R10:.2f}  mAP {found.mAP:.2f}  mINP {found.mINP:.2f}",
            highlight=False,
        )
        if (found.R1, found.mAP) > (at.best_R1, at.best_mAP):
            at.best_R1, at.best_mAP, at.best_step = found.R1, found.mAP, at.step
            self._write_best(scores)

    def _write_best(self, scores: Scores) -> None:
        parts = self._parts
        models.write_weights(
            self._folder,
            parts.objective.model,
            parts.config.model,
            parts.tokenizer,
            {
                "step": self._progress.step,
                "split": parts.select.name,
                "scores": scores.as_json(),
                "provenance": parts.provenance,
            },
        )

    def _save(self) -> None:
        parts = self._parts
        save(self._folder, parts.objective, parts.optimisers, self._progress, parts.config)
        self._saved_at = time.monotonic()


@contextmanager
def _interruptible() -> Iterator[threading.Event]:
    """An event that SIGINT sets; a second SIGINT interrupts at once, as usual."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked  # signals reach the main thread only; a caller's thread has its own ways
        return
    before = signal.getsignal(signal.SIGINT)

    def ask(_number: int, _frame: FrameType | None) -> None:
        asked.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, ask)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)


def _note(line: dict[str, Any], lr: float) -> str:
    losses = "  ".join(f"{name} {value:.3f}" for name, value in line["losses"].items() if value)
    return f"{line['samples_per_s']:.0f} samples/s  {losses}  lr {lr:.1e}"
