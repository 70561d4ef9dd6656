"""tipr report: what cannot be reported on is said in one line before anything long begins."""

import sys
from pathlib import Path

import pytest

from tipr import cli


def said(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """The one line on standard error of a command that ends with code 2."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["tipr", "report", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
    assert ended.value.code == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1, captured.err
    return captured.err


def test_what_is_no_run_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    assert "no such run or model directory" in said(capsys, tmp_path / "none", "-o", page)
    assert "not a run or model directory" in said(capsys, tmp_path, "-o", page)
    (tmp_path / "config.json").write_text("{}")
    assert "no weights yet" in said(capsys, tmp_path, "-o", page)
    assert not page.exists()


def test_a_place_that_cannot_be_written_is_named_first(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    nowhere = tmp_path / "no" / "report.html"
    assert "its folder is not there" in said(capsys, tmp_path / "none", "-o", nowhere)
    assert "is a folder" in said(capsys, tmp_path / "none", "-o", tmp_path)


def test_a_missing_matplotlib_is_told_with_its_remedy(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    line = said(capsys, tmp_path / "none", "-o", tmp_path / "report.html")
    assert "matplotlib" in line
    assert "pip install 'tipr[report]'" in line


def test_the_file_must_be_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "--output" in said(capsys, tmp_path)


def test_precisions_and_counts_that_make_no_sense(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    page = tmp_path / "report.html"
    assert "float16" in said(capsys, tmp_path, "-o", page, "--precision", "float16")
    assert "--queries" in said(capsys, tmp_path, "-o", page, "--queries", 0)
