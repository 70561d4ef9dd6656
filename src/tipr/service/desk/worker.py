"""Who does the jobs: one at a time, each gone on with where a crash or a stop left it.

An indexing loses at most one batch, so going on is nothing but the same call again.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from anyio import to_thread

from tipr.errors import Interrupted, TiprError
from tipr.gallery.build import BuildReport, build
from tipr.gallery.pattern import Pattern
from tipr.gallery.progress import Progress
from tipr.gallery.store import Gallery
from tipr.service.desk.desk import Desk
from tipr.service.desk.jobs import Jobs
from tipr.service.state import jobs as table
from tipr.service.state.jobs import Job

BATCH = 16
"""Pictures encoded at once: so long, at most, does a search wait for an indexing."""
PAUSE_S = 1.0
SHOWN = 100
"""Files that could not be read which a job's outcome names."""

_log = logging.getLogger(__name__)


@asynccontextmanager
async def working(jobs: Jobs) -> AsyncIterator[None]:
    """Work on the queue meanwhile; at the end a running job is stopped and waits again."""
    await jobs.state.written(table.put_back)
    worker = asyncio.create_task(_work(jobs), name="tipr-jobs")
    try:
        yield
    finally:
        jobs.stopping.set()
        jobs.added.set()
        await worker
        await jobs.state.written(table.put_back)


async def _work(jobs: Jobs) -> None:
    while not jobs.stopping:
        jobs.added.clear()
        try:
            if job := await jobs.state.written(table.take):
                await _do(jobs, job)
            else:
                await jobs.added.wait()
        except TiprError:  # the record cannot be written: the disk may have room again soon
            _log.exception("the queue of jobs is held up")
            await asyncio.sleep(PAUSE_S)


async def _do(jobs: Jobs, job: Job) -> None:
    """One job, to its end or to the service's; in the latter case its row stays as it is."""
    end = partial(table.end, number=job.id)
    try:
        end = partial(end, stage="done", outcome=_told(await _indexed(jobs, job)))
    except Interrupted:
        end = partial(end, stage="cancelled") if job.id in jobs.cancelled else None
    except TiprError as error:
        end = partial(end, stage="failed", fault=str(error))
    except Exception as error:  # a fault of ours ends this job, not those behind it
        _log.exception("job %d failed", job.id)
        end = partial(end, stage="failed", fault=f"{type(error).__name__}: {error}")
    if end is not None:
        await jobs.state.written(partial(end, so_far=jobs.so_far.get(job.id, (0, 0))))
    jobs.so_far.pop(job.id, None)
    jobs.cancelled.discard(job.id)


async def _indexed(jobs: Jobs, job: Job) -> BuildReport:
    desk = jobs.desk(job.gallery)

    def moved(done: int, total: int) -> None:
        jobs.so_far[job.id] = done, total
        if jobs.stopping or job.id in jobs.cancelled:
            raise Interrupted(f"job {job.id} was stopped; finished batches are kept")

    report = await to_thread.run_sync(_built, desk, job, moved)
    await desk.followed()
    return report


def _built(desk: Desk, job: Job, moved: Progress) -> BuildReport:
    with Gallery.open(desk.path) as gallery:
        encoder, model = desk.model_of(gallery), gallery.meta.model
    return build(
        encoder,
        Path(job.folder),
        desk.path,
        model=model,
        pattern=None if job.pattern is None else Pattern(job.pattern),
        batch=BATCH,
        retry=job.retry,
        progress=moved,
    )


def _told(report: BuildReport) -> dict[str, Any]:
    told = asdict(report)
    skipped = report.skipped[:SHOWN]
    told["skipped"] = [{"file": path.name, "reason": reason} for path, reason in skipped]
    return {**told, "unreadable": len(report.skipped), "seconds": round(report.seconds, 3)}
