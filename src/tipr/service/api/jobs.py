"""Folders to be indexed, and how far that is."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Self

from fastapi import APIRouter, Path
from fastapi.responses import StreamingResponse
from pydantic import Field

from tipr.service.api.asked import Body, Name
from tipr.service.api.reach import Indexes, The
from tipr.service.api.shown import Shown
from tipr.service.state.jobs import Job, Stage

router = APIRouter(tags=["indexing"])

Number = Annotated[int, Path(ge=1, lt=2**63)]
_EVENTS: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
        "description": "server-sent events `job`, whose data are jobs",
    }
}


class AskedJob(Body):
    """A folder whose pictures are to be in a gallery."""

    gallery: Name
    folder: Name = Field(
        description="at or below a folder that the server was started with", examples=["gate2"]
    )
    pattern: Name | None = Field(
        default=None,
        description="reads camera, time and attributes from paths",
        examples=["{camera}/{date}/{time}_*"],
    )
    retry: bool = Field(default=False, description="try what could not be read again")


class ShownJob(Shown):
    """An indexing; `outcome` is what it did, `fault` why it failed."""

    id: int
    gallery: str
    folder: str
    pattern: str | None
    retry: bool
    who: str
    made: str = Field(description="UTC, ISO 8601")
    stage: Stage
    done: int = Field(description="pictures looked at, of so many in all, while it runs")
    total: int
    outcome: dict[str, Any] | None
    fault: str | None
    ended: str | None

    @classmethod
    def of(cls, job: Job) -> Self:
        return cls.model_validate(job, from_attributes=True)


@router.post("/jobs", status_code=201)
async def add_job(caller: Indexes, service: The, asked: AskedJob) -> ShownJob:
    """Bring a gallery up to date with a folder; jobs run one after the other.

    The job survives a crash of the server and goes on where it was.
    """
    return ShownJob.of(
        await service.jobs.add(
            caller, asked.gallery, asked.folder, pattern=asked.pattern, retry=asked.retry
        )
    )


@router.get("/jobs")
async def list_jobs(caller: Indexes, service: The) -> list[ShownJob]:
    """The last jobs, newest first."""
    return [ShownJob.of(job) for job in await service.jobs.latest(caller)]


@router.get("/jobs/{job}")
async def get_job(caller: Indexes, service: The, job: Number) -> ShownJob:
    """A job as it stands."""
    return ShownJob.of(await service.jobs.get(caller, job))


@router.get("/jobs/{job}/events", response_class=StreamingResponse, responses=_EVENTS)
async def watch_job(caller: Indexes, service: The, job: Number) -> StreamingResponse:
    """The job after every change, as server-sent events, until it is over."""
    await service.jobs.get(caller, job)  # what is not there is said before the stream begins
    return StreamingResponse(_events(service, caller, job), media_type="text/event-stream")


@router.delete("/jobs/{job}")
async def cancel_job(caller: Indexes, service: The, job: Number) -> ShownJob:
    """Stop a job; what it has stored is kept, and the same job again goes on from there."""
    return ShownJob.of(await service.jobs.cancel(caller, job))


async def _events(service: The, caller: Indexes, number: int) -> AsyncIterator[str]:
    async for job in service.jobs.watch(caller, number):
        yield f"event: job\ndata: {ShownJob.of(job).model_dump_json()}\n\n"
