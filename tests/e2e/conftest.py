"""A street served on this machine, and a browser that looks at it."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)
from tests import street
from tests.colours import ColourEncoder

from tipr.gallery.build import BuildReport, build
from tipr.gallery.progress import Progress
from tipr.gallery.store import Gallery
from tipr.search.feedback import marks
from tipr.service.app import create_app
from tipr.service.desk import worker
from tipr.service.service import Service
from tipr.service.settings import ServiceSettings
from tipr.service.state.state import State

WAIT_MS = 60_000
"""Nothing here takes a second, but no test may fail because the machine is busy."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's chromium, closed with the module: its loop would be in the way of other tests.

    Without one the test skips, or fails where TIPR_REQUIRE_BROWSER is set.
    """
    path = shutil.which("chromium")
    if path is None:
        said = "no chromium here; install it with 'apt-get install chromium'"
        if os.environ.get("TIPR_REQUIRE_BROWSER"):
            pytest.fail(said)
        pytest.skip(said)
    expect.set_options(timeout=WAIT_MS)
    with sync_playwright() as play:
        opened = play.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def drawn_street(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The gallery, built once; nobody may change it."""
    return street.build(tmp_path_factory.mktemp("drawn"))


@dataclass(frozen=True)
class Site:
    """Where a copy of the street is served; `more` lies below its index root, to be indexed."""

    address: str
    service: Service
    let: threading.Event
    """Cleared, an indexing stops where it is until it is set."""

    def marked(self) -> list[str]:
        """The words of the marks in its gallery."""
        with Gallery.open(self.service.desks["street"].path) as gallery:
            return [mark.query for mark in marks(gallery)]


@contextmanager
def served(drawn_street: Path, folder: Path) -> Iterator[Site]:
    """A service of its own in a new folder."""
    shutil.copytree(drawn_street.parent / "frames", folder / "root" / "more")
    gallery = Path(shutil.copytree(drawn_street, folder / "street"))
    settings = ServiceSettings(
        state=folder / "state", requests_per_minute=0, index_roots=(folder / "root",)
    )
    let = threading.Event()
    let.set()
    with State.open(settings.state) as state, pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker, "build", partial(held, let))
        service = Service.open(
            [gallery], settings, state, lambda _, explains=False: ColourEncoder()
        )
        server = uvicorn.Server(
            uvicorn.Config(create_app(service), port=0, log_level="warning", ws="none")
        )
        thread = threading.Thread(target=server.run)
        thread.start()
        while not server.started:
            assert thread.is_alive(), "the service has not started"
        port = server.servers[0].sockets[0].getsockname()[1]
        yield Site(f"http://127.0.0.1:{port}", service, let)
        let.set()
        server.should_exit = True
        thread.join()


def held(let: threading.Event, *args: Any, progress: Progress, **options: Any) -> BuildReport:
    """An indexing that waits wherever it tells how far it is."""

    def moved(done: int, total: int) -> None:
        progress(done, total)
        assert let.wait(WAIT_MS / 1000)

    return build(*args, progress=moved, **options)


@pytest.fixture(scope="module")
def site(drawn_street: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A street that everybody at this machine may look at, and do anything with."""
    with served(drawn_street, tmp_path_factory.mktemp("site")) as opened:
        yield opened


@pytest.fixture
def locked(drawn_street: Path, tmp_path: Path) -> Iterator[Site]:
    """A street of one test, to which keys can be made; from then on everybody needs one."""
    with served(drawn_street, tmp_path) as opened:
        yield opened


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """visit(path, at=site, bears="", **options of the context): a new browser's page.

    It must not complain, but of what `bears` names.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def one(path: str = "/g/street", at: Site = site, bears: str = "", **options) -> Page:
        def noted(message: ConsoleMessage) -> None:
            told = message.type in ("error", "warning")
            if told and not (bears and bears in message.text):
                complaints.append(message.text)

        options.setdefault("viewport", {"width": 1440, "height": 900})
        context = browser.new_context(base_url=at.address, **options)
        context.set_default_timeout(WAIT_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("console", noted)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path)
        return page

    yield one
    for context in contexts:
        context.close()
    assert complaints == []
