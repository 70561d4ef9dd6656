"""A street served on this machine, and a browser that looks at it."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

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

from tipr.service.app import create_app
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


@pytest.fixture(scope="module")
def site(drawn_street: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a copy of the street is served; `more` lies below its index root, to be indexed."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(drawn_street.parent / "frames", folder / "root" / "more")
    gallery = Path(shutil.copytree(drawn_street, folder / "street"))
    settings = ServiceSettings(
        state=folder / "state", requests_per_minute=0, index_roots=(folder / "root",)
    )
    with State.open(settings.state) as state:
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
        yield f"http://127.0.0.1:{port}"
        server.should_exit = True
        thread.join()


@pytest.fixture
def visit(browser: Browser, site: str) -> Iterator[Callable[..., Page]]:
    """visit(path, **options of the context): a new browser's page; it must not complain."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def noted(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    def one(path: str = "/g/street", **options) -> Page:
        options.setdefault("viewport", {"width": 1440, "height": 900})
        context = browser.new_context(base_url=site, **options)
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
