"""Train every row of a plan with every seed, side by side where asked, and resume all of it.

Each run is a process of its own (`tipr train` or `tipr resume`), so that one that fails takes
nothing with it. `OUT/<row>/seed-<n>` is the run, `seed-<n>.toml` its settings, `seed-<n>.txt`
what it said. A run with `queries.npz` is finished.
"""

import signal
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import filelock

from tipr.config import RunConfig, to_toml
from tipr.cores import cores
from tipr.data.benchmarks import fingerprint, read_splits
from tipr.errors import ConfigError, Interrupted, StorageError, TiprError, TrainingError
from tipr.files import write_whole
from tipr.model_files import CONFIG, TOKENIZER
from tipr.provenance import PROVENANCE
from tipr.train.agree import require_agreement
from tipr.train.children import Children
from tipr.train.folder import LOCK, SETTINGS
from tipr.train.plan import Row
from tipr.train.queries import QUERIES, Queries, read_queries, score_queries
from tipr.train.state import LAST

PLAN_LOCK = "ablate.lock"


@dataclass(frozen=True)
class Job:
    """One run to be: a row of the plan with one of its seeds, and its folder."""

    row: Row
    seed: int
    folder: Path

    @property
    def config(self) -> RunConfig:
        """The settings that the plan gives it."""
        return self.row.config(self.seed)


@dataclass(frozen=True)
class Result:
    """What came of a job: its queries, or the reason why there are none.

    `seconds`: how long it took, where it was trained from its beginning to its end in one sitting.
    """

    job: Job
    queries: Queries | None = None
    reason: str = ""
    seconds: float = 0.0


def ablate(
    rows: Sequence[Row],
    out: Path,
    *,
    jobs: int = 1,
    finished: Callable[[Result, Sequence[Result]], None],
) -> list[Result]:
    """Bring every run of the plan to its end; what is finished is left alone.

    `finished(result, all_so_far)` is called after every run, in this thread; runs that were
    finished before stand first, in the order of the plan, and are not announced.

    Raises:
        ConfigError, DataError: before anything is trained, no data or nothing to read there.
        TrainingError: before anything is trained, a run on disk disagrees with the plan, or
            another process is working on it.
        Interrupted: SIGINT or SIGTERM came; every run is saved, the same command continues.
    """
    if jobs < 1:
        raise ConfigError(f"jobs must be at least 1, found {jobs}")
    every = [
        Job(row, seed, out / row.folder / f"seed-{seed}") for row in rows for seed in row.seeds
    ]
    with _alone(out):
        _require_agreement(every)
        so_far = [Result(job, read_queries(job.folder)) for job in every if _is_finished(job)]
        todo = [job for job in every if not _is_finished(job)]
        with closing(_bring_to_end(todo, jobs)) as results:
            for result in results:
                so_far.append(result)
                finished(result, so_far)
    if len(so_far) < len(every):
        raise Interrupted(
            f"stopped with {len(every) - len(so_far)} of {len(every)} runs to go; everything is "
            "saved. The same command continues"
        )
    return so_far


def _bring_to_end(todo: Sequence[Job], jobs: int) -> Generator[Result, None, None]:
    """The results as they come; a job that was stopped has none."""
    threads = max(1, cores() // jobs) if jobs > 1 else 0
    children = Children()
    with children.stopping_on_signals(), ThreadPoolExecutor(jobs) as pool:
        try:
            tasks = [pool.submit(_bring_one_to_end, job, children, threads) for job in todo]
            for task in as_completed(tasks):
                result = task.result()
                if result.queries is not None or not children.stopped:
                    yield result
        finally:
            children.stop()  # where we were left early; else there is nobody to stop


def _bring_one_to_end(job: Job, children: Children, threads: int) -> Result:
    if children.stopped:
        return Result(job)
    began = time.monotonic()
    whole = not (job.folder / SETTINGS).is_file()
    try:
        reason = _train(job, children, threads)
        if reason or children.stopped:
            return Result(job, reason=reason)
        queries = score_queries(job.folder, threads=threads)
    except TiprError as error:
        return Result(job, reason=str(error))
    return Result(job, queries, seconds=time.monotonic() - began if whole else 0.0)


def _train(job: Job, children: Children, threads: int) -> str:
    """The reason for which the run failed, or ""."""
    config = job.config
    threads = config.runtime.threads or threads
    said = job.folder.with_name(f"{job.folder.name}.txt")
    if (job.folder / SETTINGS).is_file():
        words = ["resume", str(job.folder)]
    else:
        _clear_false_start(job.folder)
        settings = job.folder.with_name(f"{job.folder.name}.toml")
        runtime = config.runtime.model_copy(update={"threads": threads})
        _make_folder(settings.parent)
        write_whole(settings, to_toml(config.model_copy(update={"runtime": runtime})).encode())
        words = ["train", str(settings), str(job.folder)]
    code = children.call(words, said=said, threads=threads)
    return "" if code == 0 else _reason(said, code)


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Keep a second process from working on the same plan."""
    _make_folder(out)
    lock = filelock.FileLock(out / PLAN_LOCK, timeout=0, thread_local=False)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise TrainingError(f"{out}: another process is working on this plan") from None
    try:
        yield
    finally:
        lock.release()


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{folder}: cannot be created ({error.strerror})") from None


def _require_agreement(jobs: Sequence[Job]) -> None:
    data = jobs[0].config.data  # the same for every row: the plan has been checked
    if not data.dir:
        raise ConfigError("data.dir is not set; give the benchmark's folder, e.g. --data DIR")
    mark = fingerprint(read_splits(Path(data.dir), format=data.format))
    for job in jobs:
        if (job.folder / SETTINGS).is_file():
            require_agreement(job.folder, job.config, data=mark)


def _is_finished(job: Job) -> bool:
    return (job.folder / QUERIES).is_file()


def _clear_false_start(folder: Path) -> None:
    """Remove what a run wrote that ended before it could be resumed, and nothing else."""
    if folder.is_dir():
        for name in (CONFIG, TOKENIZER, PROVENANCE, LAST, LOCK):
            (folder / name).unlink(missing_ok=True)
        for draft in folder.glob(".*.part"):
            draft.unlink(missing_ok=True)


def _reason(said: Path, code: int) -> str:
    """The last line that the process said, or the signal that ended it."""
    if code < 0:
        return f"ended by {signal.Signals(-code).name}"
    lines = said.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1].removeprefix("tipr: ") if lines else f"exit code {code}"
