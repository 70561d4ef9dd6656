"""`tipr demo` draws, indexes and searches, and goes on where it stopped."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tipr.cli import app, demo
from tipr.errors import ConfigError


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
    half = folder / "others" / "imgs" / "cam1" / "half.jpg"
    half.write_bytes(b"")
    again = CliRunner().invoke(app, ["demo", str(folder)])
    assert again.exit_code == 0, again.output
    assert "160 unchanged" in again.output
    assert "data draw" in again.output
    assert "--people 80" not in again.output
    assert not half.exists()


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """The commands that the demo would run."""
    commands: list[tuple[object, ...]] = []
    monkeypatch.setattr(demo, "_run", lambda *words: commands.append(words))
    return commands


def contents(folder: Path) -> dict[str, bytes | None]:
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


@pytest.mark.parametrize("name", ["people/holiday.jpg", "others/me.jpg", "sheet.html", ".hidden"])
def test_somebody_elses_folder_is_refused_and_nothing_in_it_is_touched(
    name: str, tmp_path: Path, typed: list[tuple[object, ...]]
) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_bytes(b"mine")
    before = contents(tmp_path)
    done = CliRunner().invoke(app, ["demo", str(tmp_path)])
    assert isinstance(done.exception, ConfigError)
    assert str(done.exception).startswith(f"{tmp_path}: neither empty nor a demo's")
    assert contents(tmp_path) == before
    assert not typed


def test_a_file_in_the_place_of_the_folder_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "notes").write_bytes(b"mine")
    done = CliRunner().invoke(app, ["demo", str(tmp_path / "notes")])
    assert isinstance(done.exception, ConfigError)
    assert (tmp_path / "notes").read_bytes() == b"mine"


@pytest.mark.parametrize("there", [False, True])
def test_a_new_or_empty_folder_is_marked_before_anything_is_drawn(
    there: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "some" / "demo"
    if there:
        folder.mkdir(parents=True)

    def killed(*_: object) -> None:
        assert contents(folder) == {demo.MARK: b""}
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "_run", killed)
    with pytest.raises(KeyboardInterrupt):
        demo.demo(folder)


def test_what_a_killed_demo_had_half_drawn_is_drawn_anew(
    tmp_path: Path, typed: list[tuple[object, ...]]
) -> None:
    (tmp_path / "people").mkdir()
    (tmp_path / "people" / "half.jpg").write_bytes(b"")
    (tmp_path / demo.MARK).touch()
    demo.demo(tmp_path)
    assert contents(tmp_path) == {demo.MARK: b""}
    assert typed[0][:3] == ("data", "draw", tmp_path / "people")
