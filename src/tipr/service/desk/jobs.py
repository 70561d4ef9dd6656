"""The queue of folders to be indexed: what is wanted, how far it is, how it ended.

A job's row says what is wanted and how it ended; how far it is lives in memory, as the indexing
counts anew after a crash.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import anyio.to_thread

from tipr.errors import MissingError, QueryError
from tipr.gallery.pattern import Pattern
from tipr.service.desk.desk import Desk
from tipr.service.guard.caller import Caller
from tipr.service.state import jobs as table
from tipr.service.state.jobs import Job
from tipr.service.state.state import State
from tipr.service.stopping import Stopping

LATEST = 100
"""Jobs that are listed."""
PULSE_S, _BEAT_S = 0.5, 15.0


class Jobs:
    """The queue; whatever lies below one of the folders `roots` may be indexed."""

    def __init__(
        self, state: State, desks: Mapping[str, Desk], roots: Sequence[Path], stopping: Stopping
    ) -> None:
        self.roots = tuple(root.resolve() for root in roots)
        self.state = state
        self.added = asyncio.Event()
        self.cancelled: set[int] = set()
        self.so_far: dict[int, tuple[int, int]] = {}
        self.stopping = stopping
        self._desks = desks

    async def add(
        self,
        caller: Caller,
        gallery: str,
        folder: str,
        *,
        pattern: str | None = None,
        retry: bool = False,
    ) -> Job:
        """Put a folder into the queue; it is on the disk when this returns.

        Raises:
            MissingError: no gallery of that name is served.
            QueryError: the folder is none that may be indexed.
            ConfigError: the pattern is none.
        """
        desk = self.desk(gallery)
        await desk.admit(caller, "index")
        place = str(await anyio.to_thread.run_sync(allowed, self.roots, folder))
        if pattern is not None:
            Pattern(pattern)
        await desk.note(caller, "index", words={"folder": place, "pattern": pattern})
        number = await self.state.written(
            partial(
                table.add,
                gallery=gallery,
                who=caller.name,
                folder=place,
                pattern=pattern,
                retry=retry,
            )
        )
        self.added.set()
        return await self.get(caller, number)

    async def get(self, caller: Caller, number: int) -> Job:
        """A job as it stands.

        Raises:
            MissingError: there is none of that number.
        """
        caller.require("index")
        job = await self.state.read(partial(table.get, number=number))
        if job is None:
            raise MissingError(f"there is no job {number}")
        return self._with_progress(job)

    async def latest(self, caller: Caller) -> list[Job]:
        """The last jobs, newest first."""
        caller.require("index")
        found = await self.state.read(partial(table.latest, count=LATEST))
        return [self._with_progress(job) for job in found]

    async def cancel(self, caller: Caller, number: int) -> Job:
        """Stop a job or take it out of the queue; what it has stored is kept.

        One that runs stops after its batch; one that is over stays as it is.
        """
        job = await self.get(caller, number)
        if not job.over:
            await self.desk(job.gallery).note(caller, "cancel index", words={"job": number})
            self.cancelled.add(number)
            if job.stage == "waiting":
                await self.state.written(partial(table.end, number=number, stage="cancelled"))
        return await self.get(caller, number)

    async def watch(self, caller: Caller, number: int) -> AsyncIterator[Job]:
        """The job now, after every change, and often enough that nobody takes it for dead.

        It ends when the job is over or the service stops.
        """
        job = await self.get(caller, number)
        yield job
        told_s = time.monotonic()
        while not (job.over or self.stopping):
            await asyncio.sleep(PULSE_S)
            last, job = job, await self.get(caller, number)
            if job != last or time.monotonic() - told_s >= _BEAT_S:
                yield job
                told_s = time.monotonic()

    def desk(self, gallery: str) -> Desk:
        """The gallery of a job.

        Raises:
            MissingError: it is not served.
        """
        if gallery not in self._desks:
            raise MissingError(
                f"no gallery is called {gallery!r}; there are {', '.join(sorted(self._desks))}"
            )
        return self._desks[gallery]

    def _with_progress(self, job: Job) -> Job:
        if job.id not in self.so_far:
            return job
        done, total = self.so_far[job.id]
        return replace(job, done=done, total=total)


def allowed(roots: Sequence[Path], folder: str) -> Path:
    """The real path of a folder at or below one of `roots`; relative ones lie below the first.

    Where it lies is looked at before whether it is there: nobody learns what else is on the disk.

    Raises:
        QueryError: it lies elsewhere, or is no folder.
    """
    if not roots:
        raise QueryError(
            "this server indexes nothing; start it with --index-root DIR, then folders in DIR "
            "can be indexed"
        )
    place = _real(roots[0] / folder)
    if place is None or not any(place.is_relative_to(root) for root in roots):
        raise QueryError(
            f"{folder!r} does not lie below a folder that may be indexed: "
            f"{', '.join(map(str, roots))}"
        )
    if not place.is_dir():
        raise QueryError(f"{folder!r} is no folder; give one that holds pictures")
    return place


def _real(path: Path) -> Path | None:
    """Without links; None for what can be no path: too long, a zero byte, links in a circle."""
    try:
        real = path.resolve()
        real.is_dir()
    except (OSError, ValueError, RuntimeError):
        return None
    return real
