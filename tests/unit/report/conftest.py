"""Two tiny runs on drawn people, trained once for all tests of the report, and a bare model."""

import io
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from rich.console import Console
from tests.tiny import TINY

from tipr import model_files
from tipr.config import load
from tipr.report.build import Options, Report, Stage, build
from tipr.train import loop


@pytest.fixture(scope="session")
def run(drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _trained(drawn, tmp_path_factory.mktemp("runs") / "first")


@pytest.fixture(scope="session")
def second(drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another seed, shorter."""
    folder = tmp_path_factory.mktemp("runs") / "second"
    return _trained(drawn, folder, "seed=1", "schedule.samples=48")


@pytest.fixture(scope="session")
def bare(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first run's best weights alone, as a model directory."""
    folder = tmp_path_factory.mktemp("models") / "bare"
    folder.mkdir()
    for name in (model_files.CONFIG, model_files.TOKENIZER, model_files.WEIGHTS):
        shutil.copy(run / name, folder / name)
    return folder


@pytest.fixture(scope="session")
def silent() -> Stage:
    @contextmanager
    def stage(_: str) -> Iterator[Callable[[int, int], None]]:
        yield lambda done, total: None

    return stage


@pytest.fixture(scope="session")
def reported(run: Path, silent: Stage) -> Report:
    return build([run], Options(queries=3, precision="float32"), silent)


def _trained(data: Path, folder: Path, *more: str) -> Path:
    settings = load("small", [*TINY, f"data.dir='{data}'", "runtime.precision=float32", *more])
    loop.train(settings, folder, console=Console(file=io.StringIO()))
    return folder
