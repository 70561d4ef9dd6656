"""An environment with the built wheel alone; without `make wheel` there is none, and no tests."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = "Scripts" if sys.platform == "win32" else "bin"
Run = Callable[..., subprocess.CompletedProcess[str]]

if "TIPR_WHEEL" not in os.environ:
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this checkout."""
    folder = tmp_path_factory.mktemp("dist")
    _run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", folder, ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of a new environment with the wheel and what it asks for."""
    folder = tmp_path_factory.mktemp("env")
    _run(sys.executable, "-m", "venv", folder)
    programs = folder / SCRIPTS
    _run(programs / "python", "-m", "pip", "install", "--quiet", wheel)
    return programs


@pytest.fixture
def run(environment: Path, tmp_path: Path) -> Run:
    """run("tipr", ...): a program of the environment, in a new folder far from the checkout."""

    def call(program: str, *words: object, fails: bool = False) -> subprocess.CompletedProcess[str]:
        return _run(environment / program, *words, cwd=tmp_path, fails=fails)

    return call


def _run(
    *words: object, cwd: Path | None = None, fails: bool = False
) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    ended = subprocess.run(
        list(map(str, words)), cwd=cwd, env=clean, capture_output=True, text=True, check=False
    )
    assert bool(ended.returncode) is fails, ended.stdout + ended.stderr
    return ended
