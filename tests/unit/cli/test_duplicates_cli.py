import json
import shutil

import pytest
from typer.testing import CliRunner

from tipr.cli import app
from tipr.gallery.build import build


@pytest.fixture
def gallery(people, tmp_path, make_encoder):
    for number in range(25):
        shutil.copy(people / f"{number % 8}.png", people / f"copy{number:02}.png")
    build(make_encoder(), people, tmp_path / "g", model="m")
    return tmp_path / "g"


def run(*arguments: object) -> str:
    result = CliRunner().invoke(app, ["gallery", "duplicates", *map(str, arguments)])
    assert result.exception is None, result.output
    return result.stdout


def test_groups_are_listed_with_ids_and_paths(gallery):
    lines = run(gallery).splitlines()
    assert lines[0] == "the same pixels:"
    assert lines[1].split()[0] == "1"
    assert lines[1].endswith("0.png")
    assert "8 groups with the same pixels, 0 nearly the same" in lines[-1]


def test_as_json_everything_is_listed(gallery):
    found = json.loads(run(gallery, "--json", "--near", 0))
    assert len(found) == 8
    assert all(group["exact"] for group in found)
    assert sum(len(group["pictures"]) for group in found) == 33
    assert set(found[0]["pictures"][0]) == {"id", "path"}
