"""Where the tests find what is beside the project, and how they say that it is not there."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parent.parent

# No test may fail because the machine is busy.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of research data beside the project (TIPR_SHARED); the test skips without it."""
    folder = Path(os.environ.get("TIPR_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"no research data at {folder}; set TIPR_SHARED to run this test")
    return folder


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A benchmark of drawn people: 24 people, 2 cameras, in the layout of CUHK-PEDES."""
    from tipr.synthetic.dataset import draw

    folder = tmp_path_factory.mktemp("drawn") / "people"
    draw(folder, people=24, cameras=2, seed=0)
    return folder
