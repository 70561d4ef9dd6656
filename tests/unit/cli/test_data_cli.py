"""`tipr data`: a benchmark drawn by one verb passes the other, and a damaged one does not."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tipr.cli.data import app
from tipr.errors import DataError

DRAW = ["--people", "5", "--cameras", "2", "--seed", "3"]


def run(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout


@pytest.fixture
def drawn(tmp_path: Path) -> Path:
    code, said = run("draw", tmp_path / "data", *DRAW)
    assert code == 0
    assert said == f"{tmp_path / 'data'}: 10 pictures of 5 people by 2 cameras\n"
    return tmp_path / "data"


def test_what_was_drawn_has_no_defects(drawn: Path) -> None:
    code, said = run("check", drawn)
    assert code == 0
    assert "no defects" in said
    assert "train" in said
    assert "cuhk-pedes" in said


def test_the_report_as_json_counts_splits(drawn: Path) -> None:
    code, said = run("check", drawn, "--json", "--format", "cuhk-pedes")
    report = json.loads(said)
    assert code == 0
    assert report["defects"] == []
    images = {split["name"]: split["images"] for split in report["splits"]}
    assert images == {"train": 6, "val": 2, "test": 2}


def test_a_missing_picture_is_printed_and_gives_exit_code_2(drawn: Path) -> None:
    lost = next((drawn / "imgs" / "cam1").rglob("*_0002.jpg"))
    lost.unlink()
    code, said = run("check", drawn)
    assert code == 2
    assert "missing picture: 1" in said
    assert lost.name in said
    code, said = run("check", drawn, "--json")
    assert code == 2
    assert json.loads(said)["counts"] == {"missing picture": 1}


def test_of_many_defects_of_a_kind_the_first_twenty_are_printed(tmp_path: Path) -> None:
    run("draw", tmp_path / "data", "--people", "25", "--cameras", "1")
    records = json.loads((tmp_path / "data" / "reid_raw.json").read_text())
    for record in records[:23]:
        record["captions"] = ["", *record["captions"]]
    (tmp_path / "data" / "reid_raw.json").write_text(json.dumps(records))
    code, said = run("check", tmp_path / "data")
    assert code == 2
    assert "empty caption: 23" in said
    assert said.count(".jpg: ") == 20
    assert "and 3 more" in said


def test_mistakes_are_raised_for_the_command_line_to_print(drawn: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not an empty folder"):
        run("draw", drawn, *DRAW)
    with pytest.raises(DataError):
        run("check", tmp_path / "nowhere")
