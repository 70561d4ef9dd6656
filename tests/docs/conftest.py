"""The folder in which the commands of a page are run: what its names in capitals stand for."""

import csv
import json
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from tipr.cli import app
from tipr.synthetic.dataset import draw

CAMERAS = ("gate", "gate1", "gate2", "north gate")
COLOURS = ("red", "blue")
PEOPLE = 120
"""So many that a sixth of them, the val split, are enough to calibrate with."""


def tipr(*words: object) -> None:
    """A command as if it had been typed; a mistake is an exception, any exit code a failure."""
    assert not app([str(word) for word in words], standalone_mode=False)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What every page starts with, made once."""
    from tipr.catalogue import folder_of

    here = tmp_path_factory.mktemp("docs") / "here"
    draw(here / "DIR", people=PEOPLE, cameras=1, seed=0)
    (here / "FOLDER").symlink_to("DIR/imgs")
    (here / "RUNS").mkdir()
    for name in ("MODEL", "RUN"):
        (here / name).symlink_to(folder_of("box"))
    pictures = _listed(here)
    shutil.copy(here / pictures[0], here / "photo.jpg")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(here)
        tipr("index", "box", "people.csv", "GALLERY")
        tipr("calibrate", "GALLERY", "--data", "DIR", "--trials", 2)
        tipr("index", "box", "FOLDER/cam1/2026-05-01", "ONE")
        tipr("index", "box", "FOLDER/cam1/2026-05-02", "TWO")
    shutil.copytree(here, here.with_name("kept"), symlinks=True)
    return here


def _listed(here: Path) -> list[str]:
    """A list of the pictures with cameras, days and an attribute that the pages speak of."""
    records = json.loads((here / "DIR" / "reid_raw.json").read_text(encoding="utf-8"))
    paths = [f"DIR/imgs/{record['file_path']}" for record in records]
    with (here / "people.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("path", "camera", "time", "colour"))
        for at, path in enumerate(paths):
            day = date(2026, 5, 1) + timedelta(days=at % 3)
            time = f"{day}T{at % 24:02}:15:00"
            rows.writerow((path, CAMERAS[at % len(CAMERAS)], time, COLOURS[at // 2 % 2]))
    return paths


@pytest.fixture
def here(made: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Call it to go into that folder as it was made, whatever another page did in it."""

    def enter() -> None:
        shutil.rmtree(made)
        shutil.copytree(made.with_name("kept"), made, symlinks=True)
        monkeypatch.chdir(made)
        monkeypatch.setenv("XDG_STATE_HOME", str(made / "state"))

    return enter
