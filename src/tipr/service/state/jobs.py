"""Long work that somebody asked for, as rows that outlive the process."""

import json
import sqlite3
from dataclasses import dataclass
from typing import Any, Literal

from tipr.gallery.wallclock import now_utc

Stage = Literal["waiting", "running", "done", "failed", "cancelled"]
ENDED: frozenset[Stage] = frozenset({"done", "failed", "cancelled"})

_COLUMNS = "id, gallery, who, made, state, asked, progress, fault, ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A folder to be indexed; times are UTC in ISO 8601.

    `done` of `total` new pictures have been looked at: after a crash only what is left is new.
    `outcome` is what a job that is done did, `fault` why another failed.
    """

    id: int
    gallery: str
    who: str
    made: str
    stage: Stage
    folder: str
    pattern: str | None
    retry: bool
    done: int = 0
    total: int = 0
    outcome: dict[str, Any] | None = None
    fault: str | None = None
    ended: str | None = None

    @property
    def over(self) -> bool:
        """Whether nothing will happen to it any more."""
        return self.stage in ENDED


def add(
    db: sqlite3.Connection, *, gallery: str, who: str, folder: str, pattern: str | None, retry: bool
) -> int:
    """Put a job at the end of the queue; returns its number."""
    asked = json.dumps({"folder": folder, "pattern": pattern, "retry": retry})
    made = db.execute(
        "INSERT INTO jobs (kind, gallery, who, made, state, asked, progress) "
        "VALUES ('index', ?, ?, ?, 'waiting', ?, '{}')",
        [gallery, who, now_utc(), asked],
    )
    return int(made.lastrowid or 0)


def get(db: sqlite3.Connection, number: int) -> Job | None:
    """The job of a number, if there is one."""
    found = db.execute(f"SELECT {_COLUMNS} FROM jobs WHERE id = ?", [number]).fetchone()
    return None if found is None else _job(found)


def latest(db: sqlite3.Connection, count: int) -> list[Job]:
    """The last `count` jobs, newest first."""
    found = db.execute(f"SELECT {_COLUMNS} FROM jobs ORDER BY id DESC LIMIT ?", [count])
    return [_job(row) for row in found]


def take(db: sqlite3.Connection) -> Job | None:
    """The first that waits, from now on running."""
    found = db.execute(
        "UPDATE jobs SET state = 'running' WHERE id = (SELECT min(id) FROM jobs "
        f"WHERE state = 'waiting') RETURNING {_COLUMNS}"
    ).fetchone()
    return None if found is None else _job(found)


def put_back(db: sqlite3.Connection) -> None:
    """Let what was running when the process ended wait again, in its old place."""
    db.execute("UPDATE jobs SET state = 'waiting' WHERE state = 'running'")


def end(
    db: sqlite3.Connection,
    number: int,
    stage: Stage,
    *,
    so_far: tuple[int, int] = (0, 0),
    outcome: dict[str, Any] | None = None,
    fault: str | None = None,
) -> None:
    """Say how a job ended, and how far it was; one that has ended before stays as it was."""
    progress = {"done": so_far[0], "total": so_far[1], "outcome": outcome}
    db.execute(
        "UPDATE jobs SET state = ?, progress = ?, fault = ?, ended = ? "
        "WHERE id = ? AND ended IS NULL",
        [stage, json.dumps(progress), fault, now_utc(), number],
    )


def _job(row: tuple[Any, ...]) -> Job:
    number, gallery, who, made, stage, asked, progress, fault, ended = row
    return Job(
        id=number,
        gallery=gallery,
        who=who,
        made=made,
        stage=stage,
        **json.loads(asked),
        **json.loads(progress),
        fault=fault,
        ended=ended,
    )
