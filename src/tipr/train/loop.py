"""Train: step, evaluate, save the last and the best; resume exactly.

Everything random is a pure function of (seed, epoch, caption), so a run's whole state is its
weights, the optimiser's moments and the number of steps done. With several ranks (torchrun)
every one has all of that state; rank 0 writes it, logs and speaks.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress as Bar

from tipr import models
from tipr.config import RunConfig, load_written, to_toml
from tipr.data.batches import Key, PairBatch, loader
from tipr.encoder.torch import TorchEncoder
from tipr.errors import Interrupted, RankLostError, StorageError, TrainingError
from tipr.evaluate import evaluate
from tipr.files import write_whole
from tipr.inputs.tokenizer import Tokenizer
from tipr.metrics import Scores
from tipr.model_files import TOKENIZER
from tipr.provenance import PROVENANCE, provenance_of
from tipr.runtime import Runtime, choose
from tipr.train.fit import fitted
from tipr.train.folder import SETTINGS, alone, require_free
from tipr.train.gather import any_rank, joined
from tipr.train.gradients import clip_gradients
from tipr.train.log import Meter, RunLog, note, progress_bar
from tipr.train.objective import LossTerms
from tipr.train.schedule import rate_factor
from tipr.train.setup import Parts, assemble
from tipr.train.sharing import SharedEncoder
from tipr.train.signals import stop_requests
from tipr.train.state import Progress, restore, save
from tipr.train.step import Moment, find_gradient

LOG_EVERY = 10
"""Steps averaged into one logged line."""


def train(
    config: RunConfig, folder: Path, *, fit: bool = False, console: Console | None = None
) -> Progress:
    """Start a run in a new folder and train it to its end.

    With `fit` the largest sampler.chunk that fits the memory is found first. The ranks of a
    launched run must all see the folder.

    Raises:
        TrainingError: the folder already holds something, a loss is not finite, or the memory
            is not enough.
        RankLostError: another rank died.
        Interrupted: SIGINT or SIGTERM came; everything is saved.
    """
    require_free(folder)
    runtime = choose(config.runtime)
    with _together(runtime, folder):
        console = _voice(console, runtime)
        parts = assemble(config)
        if fit:
            parts = fitted(parts, console)
        if not runtime.leads:
            return _Run(folder, parts, Progress(), console).go()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"{folder}: cannot be created ({error.strerror})") from None
        with alone(folder):
            _begin(folder, parts)
            return _Run(folder, parts, Progress(), console).go()


def resume(folder: Path, *, console: Console | None = None) -> Progress:
    """Continue a run from its last save; the result equals that of an uninterrupted run.

    With another number of ranks than before it does so up to rounding.

    Raises:
        TrainingError: no run there, its data or settings have changed, or another process is
            training it.
        RankLostError: another rank died.
    """
    if not (folder / SETTINGS).is_file():
        raise TrainingError(f"{folder}: no run to resume (it has no {SETTINGS})")
    config = load_written(folder / SETTINGS)
    runtime = choose(config.runtime)
    with _together(runtime, folder), alone(folder) if runtime.leads else nullcontext():
        tokenizer = Tokenizer.load(folder / TOKENIZER)
        parts = assemble(config, tokenizer=tokenizer)
        if provenance_of(folder)["data"] != parts.provenance["data"]:
            raise TrainingError(
                f"{folder}: the data at {parts.config.data.dir} is not what this run started on "
                "(its fingerprint differs); restore it or start a new run"
            )
        progress = restore(folder, parts.objective, parts.optimisers, parts.config)
        return _Run(folder, parts, progress, _voice(console, runtime)).go()


def _begin(folder: Path, parts: Parts) -> None:
    """Write everything from which a run can be resumed, before its first step."""
    models.write_settings(folder, parts.config.model, parts.tokenizer)
    write_whole(folder / PROVENANCE, (json.dumps(parts.provenance, indent=2) + "\n").encode())
    _write_state(folder, parts, Progress())
    # written last: a folder with settings is a run that can be resumed
    write_whole(folder / SETTINGS, to_toml(parts.config).encode())


def _write_state(folder: Path, parts: Parts, progress: Progress) -> None:
    save(folder, parts.objective, parts.optimisers, progress, parts.config)


@contextmanager
def _together(runtime: Runtime, folder: Path) -> Iterator[None]:
    """Work with the other ranks; when one is lost, say how the run goes on."""
    try:
        with joined(runtime):
            yield
    except RankLostError as error:
        raise RankLostError(
            f"{error}; its own message says why, unless it was killed. The run is kept up to its "
            f"last save: start all ranks again with `tipr resume {folder}`"
        ) from error


def _voice(console: Console | None, runtime: Runtime) -> Console:
    return (console or Console(stderr=True)) if runtime.leads else Console(quiet=True)


class _Run:
    """One process's work on one run."""

    def __init__(self, folder: Path, parts: Parts, progress: Progress, console: Console) -> None:
        self._folder = folder
        self._parts = parts
        self._progress = progress
        self._console = console
        self._log = RunLog(folder, from_step=progress.step) if parts.runtime.leads else None
        self._saved_at = time.monotonic()

    def go(self) -> Progress:
        parts, at = self._parts, self._progress
        for told in parts.notes if at.step == 0 else ():
            self._console.print(f"note: {told}", markup=False, highlight=False)
        parts.objective.train()
        asking = stop_requests(launched=parts.runtime.place.launched)
        with asking as asked_to_stop, progress_bar(self._console) as bar:
            task = bar.add_task("training", total=parts.steps, completed=at.step, note="")
            meter = Meter()
            for batch in loader(parts.pairs, self._keys(), parts.config.data, parts.runtime.device):
                terms = self._step(batch)
                meter.add({name: term.item() for name, term in terms._asdict().items()})
                at.step += 1
                if at.step % LOG_EVERY == 0 or at.step == parts.steps:
                    line = meter.line(parts.config.sampler.batch)
                    self._write({"step": at.step, "kind": "train", "lr": self._lr(), **line})
                    bar.update(task, note=note(line, self._lr()))
                    meter = Meter()
                bar.update(task, completed=at.step)
                if self._evaluated_after(at.step):
                    self._evaluate(bar)
                    meter = Meter()
                asked = any_rank(asked_to_stop.is_set(), parts.runtime)
                if asked and at.step < parts.steps:
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
        terms, shares = find_gradient(
            parts.objective,
            batch,
            Moment(step, parts.steps),
            chunk=parts.config.sampler.chunk,
            shares=self._evaluated_after(step + 1),
        )
        if shares is not None:
            self._write({"step": step + 1, "kind": "gradient_shares", "shares": shares})
        clip_gradients(parts.objective, parts.config.optim.clip, step)
        parts.optimisers.step(rate_factor(step, parts.steps, parts.config.schedule))
        return terms

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
        scores = evaluate(SharedEncoder(encoder, parts.runtime), parts.select)
        parts.objective.train()
        found = scores.text_to_image
        self._write({"step": at.step, "kind": "evaluate", "scores": scores.as_json()})
        bar.console.print(
            f"step {at.step}: {parts.select.name} R@1 {found.R1:.2f}  R@5 {found.R5:.2f}  "
            f"R@10 {found.R10:.2f}  mAP {found.mAP:.2f}  mINP {found.mINP:.2f}",
            highlight=False,
        )
        if (found.R1, found.mAP) > (at.best_R1, at.best_mAP):
            at.best_R1, at.best_mAP, at.best_step = found.R1, found.mAP, at.step
            if parts.runtime.leads:
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

    def _write(self, event: dict[str, Any]) -> None:
        if self._log is not None:
            self._log.write(event)

    def _save(self) -> None:
        if self._parts.runtime.leads:
            _write_state(self._folder, self._parts, self._progress)
        self._saved_at = time.monotonic()
