"""The service's record: all or nothing, on the disk when it says so, nobody else's to read."""

import asyncio
import sqlite3
import stat
import subprocess
import sys

import pytest

from tipr.errors import ServiceError, StorageError
from tipr.service.state.state import FILE, State


@pytest.fixture
def state(tmp_path):
    with State.open(tmp_path / "state") as opened:
        yield opened


def jobs(state):
    with state.reading() as db:
        return [row[0] for row in db.execute("SELECT kind FROM jobs ORDER BY id")]


def job(kind):
    def add(db):
        db.execute(
            "INSERT INTO jobs (kind, gallery, who, made, state, asked, progress) "
            "VALUES (?, '', '', '', '', '', '')",
            [kind],
        )

    return add


def test_what_was_written_is_there_when_it_is_opened_again(tmp_path):
    with State.open(tmp_path / "state") as state:
        state.write(job("a")).result()
    with State.open(tmp_path / "state", make=False) as state:
        assert jobs(state) == ["a"]


def test_one_failing_work_leaves_the_others_of_its_transaction(state):
    def half(db):
        job("half")(db)
        raise ValueError("no")

    done = [state.write(work) for work in (job("a"), half, job("b"))]
    with pytest.raises(ValueError, match="no"):
        done[1].result()
    for future in (done[0], done[2]):
        future.result()
    assert jobs(state) == ["a", "b"]


def test_reading_and_writing_can_be_awaited(state):
    async def both():
        await state.written(job("a"))
        return await state.read(lambda db: db.execute("SELECT count(*) FROM jobs").fetchone()[0])

    assert asyncio.run(both()) == 1


def test_a_reader_cannot_write(state):
    with pytest.raises(StorageError, match="readonly"), state.reading() as db:
        job("a")(db)


def test_only_its_owner_may_read_it(tmp_path):
    with State.open(tmp_path / "state") as state:
        state.write(job("a")).result()
        for file in state.file.parent.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
        assert stat.S_IMODE(state.file.parent.stat().st_mode) == 0o700


def test_a_record_that_others_could_read_is_closed_to_them(tmp_path):
    State.open(tmp_path).close()
    (tmp_path / FILE).chmod(0o644)
    State.open(tmp_path).close()
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


def test_a_record_that_is_not_there_is_not_made_unasked(tmp_path):
    with pytest.raises(ServiceError, match="no service has kept a record here"):
        State.open(tmp_path / "nothing", make=False)
    assert not (tmp_path / "nothing").exists()


def test_foreign_newer_and_damaged_records_are_refused(tmp_path):
    file = tmp_path / FILE
    for content, says in (
        ("CREATE TABLE x (y)", "is not a service's record"),
        ("PRAGMA application_id = 0x74697073; PRAGMA user_version = 99", "by a newer tipr"),
    ):
        file.unlink(missing_ok=True)
        with sqlite3.connect(file) as db:
            db.executescript(content)
        db.close()
        with pytest.raises(ServiceError, match=says):
            State.open(tmp_path)
    file.write_bytes(b"garbage" * 1000)
    with pytest.raises(ServiceError, match="damaged"):
        State.open(tmp_path)


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="--state"):
        State.open(tmp_path / "file" / "state")


KILLED = """
import os, signal, sys
from pathlib import Path
from tipr.service.state import audit
from tipr.service.state.state import State

state = State.open(Path(sys.argv[1]))
for number in range(1000):
    acts = [audit.Act(who="key:1", act=f"act {number}", words={"query": "q"})]
    state.write(lambda db: audit.append(db, acts)).result()
    print(number, flush=True)
"""


def test_a_kill_loses_nothing_that_was_said_to_be_written(tmp_path):
    from tipr.service.state import audit

    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    told = [process.stdout.readline() for _ in range(25)]
    process.kill()
    told += process.stdout.readlines()
    process.stdout.close()
    process.wait()
    with State.open(tmp_path) as state, state.reading() as db:
        assert audit.verify(db).entries >= int(told[-1]) + 1
