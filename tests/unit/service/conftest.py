"""A service around a gallery of ten drawn pictures and a stand-in for the model."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tipr.gallery.build import build
from tipr.service.app import create_app
from tipr.service.guard.keyring import make
from tipr.service.service import Service
from tipr.service.settings import ServiceSettings
from tipr.service.state.state import State

HERE = "http://127.0.0.1:8750"


@pytest.fixture
def gallery(tmp_path: Path, people: Path, make_encoder) -> Path:
    """A gallery "people" with the ids 1 to 10."""
    goal = tmp_path / "galleries" / "people"
    build(make_encoder(), people, goal, model="box")
    return goal


@pytest.fixture
def make_service(tmp_path: Path, gallery: Path, make_encoder) -> Iterator[Callable[..., Service]]:
    """make_service(galleries=[...], load=..., **settings): put together, not warm."""
    states: list[State] = []

    def one(galleries=None, load=None, **settings) -> Service:
        settings.setdefault("state", tmp_path / "state")
        chosen = ServiceSettings(**settings)
        states.append(State.open(chosen.state))
        return Service.open(
            galleries or [gallery],
            chosen,
            states[-1],
            load or (lambda _, explains=False: make_encoder()),
        )

    yield one
    for state in states:
        state.close()


@pytest.fixture
def service(make_service) -> Service:
    return make_service()


@pytest.fixture
def client(service) -> Iterator[TestClient]:
    """Somebody at this machine, without a key."""
    with TestClient(create_app(service), base_url=HERE) as opened:
        yield opened


@pytest.fixture
def keyed(service) -> dict[str, dict[str, str]]:
    """The headers of a caller with a key, by its scope; from now on everybody needs one."""
    return {
        scope: {"Authorization": f"Bearer {make(service.state, scope, scope)[1]}"}
        for scope in ("read", "index", "admin")
    }
