"""A service around a gallery of which every answer can be worked out by hand, and its client.

Six pictures: three plain colours, a minute apart, seen by two cameras.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from PIL import Image
from starlette.testclient import TestClient
from tests.unit.search.colour_reader import ColourReader

from tipr.client import Client
from tipr.gallery.build import build
from tipr.gallery.pattern import Pattern
from tipr.service.app import create_app
from tipr.service.desk import jobs
from tipr.service.desk.desk import Follow
from tipr.service.desk.wash import Washer
from tipr.service.service import Service
from tipr.service.settings import ServiceSettings
from tipr.service.state import audit
from tipr.service.state.state import State

HERE = "http://127.0.0.1:8750"
PATTERN = "{camera}/{date}/{time}_{colour}.png"
COLOURS = {"red": (220, 30, 20), "green": (20, 210, 40), "blue": (10, 30, 230)}
IDS = {"red": (1, 4), "green": (2, 5), "blue": (3, 6)}
"""At gate1, then at gate2."""


class Through(httpx.BaseTransport):
    """Carries a client's requests into the application, without a network."""

    def __init__(self, app: TestClient) -> None:
        self._app = app

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._app.request(
            request.method,
            str(request.url),
            headers=list(request.headers.multi_items()),
            content=request.read(),
        )
        return httpx.Response(
            answer.status_code,
            headers=list(answer.headers.multi_items()),
            content=answer.content,
            request=request,
        )


def drawn(folder: Path, *, bluer: int) -> Path:
    """The six pictures, in a folder; at gate2 the colours are a little bluer."""
    for camera, more in (("gate1", 0), ("gate2", bluer)):
        for minute, (name, (red, green, blue)) in enumerate(COLOURS.items()):
            path = folder / camera / "2026-05-01" / f"08-{minute:02}-00_{name}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (12, 36), (red, green, blue + more)).save(path)
    return folder


@dataclass(frozen=True)
class World:
    """A running service; `http` speaks to it plainly, `ask` as a client, both without a key."""

    service: Service
    http: TestClient
    ask: Client
    gallery: Path
    pictures: Path

    def acts(self) -> list[tuple[str, tuple[int, ...]]]:
        """The audit log's entries as (act, items), oldest first."""
        with self.service.state.reading() as db:
            return [(one.act, one.items) for one in reversed(audit.entries(db))]


def build_gates(folder: Path, pictures: Path) -> Path:
    """The gallery "gates" of these pictures."""
    goal = folder / "gates"
    build(ColourReader(), pictures, goal, model="box", pattern=Pattern(PATTERN))
    return goal


@contextmanager
def running(folder: Path, *, bluer: int = 0, **settings: Any) -> Iterator[World]:
    """A service of its own in an empty folder."""
    pictures = drawn(folder / "pictures", bluer=bluer)
    gallery = build_gates(folder, pictures)
    with running_again(folder, gallery, pictures, **settings) as world:
        yield world


@contextmanager
def running_again(
    folder: Path,
    gallery: Path,
    pictures: Path,
    *,
    follow: Follow = lambda _: None,
    **settings: Any,
) -> Iterator[World]:
    """A service around what another one has left behind."""
    settings = {"state": folder / "state", "index_roots": (pictures.parent,), **settings}
    chosen = ServiceSettings(**settings)
    with State.open(chosen.state) as state:
        service = Service.open([gallery], chosen, state, lambda *_, **__: ColourReader(), follow)
        with (
            TestClient(create_app(service), base_url=HERE) as http,
            Client(HERE, transport=Through(http)) as ask,
        ):
            yield World(service, http, ask, gallery, pictures)


@contextmanager
def listening(world: World) -> Iterator[str]:
    """The same application behind a socket; its lifespan is the one that runs already."""
    server = uvicorn.Server(uvicorn.Config(world.http.app, lifespan="off", log_config=None))
    with socket.create_server(("127.0.0.1", 0)) as opened:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [opened]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{opened.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Shared by all who only look: whoever changes anything takes `own`."""
    with running(tmp_path_factory.mktemp("world")) as opened:
        yield opened


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A service for one test, to change what it likes; no two of its pictures are equal."""
    monkeypatch.setattr(jobs, "PULSE_S", 0.02)
    monkeypatch.setattr(Washer, "warm", lambda _: None)  # it starts when somebody uploads
    with running(tmp_path, bluer=1) as opened:
        yield opened


@pytest.fixture
def ask(world: World) -> Client:
    return world.ask


@pytest.fixture
def http(world: World) -> TestClient:
    return world.http
