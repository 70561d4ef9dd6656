"""SIGKILL under load: whatever was answered is there afterwards."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from tests.unit.service.api.conftest import PATTERN, running_again
from tests.unit.service.api.test_api_jobs import more, wait_until

from tipr.client import Client
from tipr.errors import ServiceError
from tipr.gallery.store import Gallery
from tipr.search.feedback import marks
from tipr.service.state import audit

ROOT = Path(__file__).parents[4]
CLIENTS, ENOUGH, PICTURES = 4, 12, 120


def test_nothing_that_was_answered_is_lost(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.unit.service.api.serving", str(tmp_path)]
    marked: list[str] = []
    searched: list[str] = []
    enough = threading.Event()

    def load(address: str, number: int) -> None:
        with Client(address) as ask:
            for turn in range(10_000):
                words = f"red {number} {turn}"
                try:
                    ask.search("gates", words)
                    searched.append(words)
                    ask.mark("gates", words, 1 + turn % 6, True)
                    marked.append(words)
                except ServiceError:
                    return  # the service is gone
                if len(marked) >= ENOUGH:
                    enough.set()

    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        clients = [
            threading.Thread(target=load, args=(address, number)) for number in range(CLIENTS)
        ]
        for one in clients:
            one.start()
        assert enough.wait(60)
        with Client(address) as ask:
            more(tmp_path / "pictures", PICTURES)
            job = ask.add_job("gates", "pictures", pattern=PATTERN)
            before = len(marked)
            wait_until(lambda: len(marked) > before + CLIENTS)  # beside the job
        process.kill()
        for one in clients:
            one.join()

    with running_again(tmp_path, tmp_path / "gates", tmp_path / "pictures") as world:
        done = list(world.ask.watch_job(job.id))[-1]
        assert done.stage == "done"
        assert world.ask.gallery("gates").pictures == 6 + PICTURES
        with Gallery.open(tmp_path / "gates") as gallery:
            assert set(marked) <= {one.query for one in marks(gallery)}
        with world.service.state.reading() as db:
            noted = audit.entries(db, act="search", limit=100_000)
            audit.verify(db)
        assert set(searched) <= {entry.words["query"] for entry in noted if entry.words}


def test_a_client_of_a_dead_service_is_told_so(tmp_path: Path) -> None:
    with Client("http://127.0.0.1:1") as ask, pytest.raises(ServiceError, match="'tipr serve'"):
        ask.galleries()
