"""`tipr demo` draws, indexes and searches, and goes on where it stopped."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tipr.cli import app, demo


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "PEOPLE", 80)
    monkeypatch.setattr(demo, "CAMERAS", 2)


@pytest.mark.usefixtures("few")
def test_it_ends_with_a_sheet_and_what_to_try_next_and_does_nothing_twice(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    first = CliRunner().invoke(app, ["demo", str(folder)])
    assert first.exit_code == 0, first.output
    assert "160 added" in first.output
    assert (folder / "sheet.html").stat().st_size > 10_000
    for sentence in demo.SENTENCES:
        assert sentence.split(" camera:")[0] in first.output
    assert f'tipr search {folder / "gallery"} "your own words"' in first.output
    (folder / "others" / "reid_raw.json").unlink()  # as if it had been stopped while drawing
    again = CliRunner().invoke(app, ["demo", str(folder)])
    assert again.exit_code == 0, again.output
    assert "160 unchanged" in again.output
    assert "data draw" in again.output
    assert "--people 80" not in again.output
