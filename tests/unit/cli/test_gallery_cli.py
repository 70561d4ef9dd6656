import json
import sqlite3
import time
from pathlib import Path

import pytest
import typer
from tests.lasting import DAY, ROOT, VECTORS, fill
from typer.testing import CliRunner

import tipr.encoder
from tipr.cli import forget as forget_verb
from tipr.cli import gallery as gallery_verbs
from tipr.errors import GalleryError, QueryError
from tipr.gallery import rows
from tipr.gallery.build import build
from tipr.gallery.place import DATABASE
from tipr.gallery.store import Gallery

app = typer.Typer()
app.add_typer(gallery_verbs.app, name="gallery")
app.command()(forget_verb.forget)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    fill(tmp_path / "gallery")
    return tmp_path / "gallery"


def run(*arguments: object, code: int = 0) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code
    return result.stdout


def damage(path: Path) -> None:
    with sqlite3.connect(path / DATABASE) as db:
        db.execute("UPDATE vectors SET vector = zeroblob(64) WHERE item = 3")
    db.close()


def test_info_says_what_is_there(path):
    told = run("gallery", "info", path)
    for part in (
        "6 pictures",
        "runs/one",
        "not calibrated",
        f"source {ROOT}: 6 pictures in 6 files, 1 unreadable",
        "camera gate: 2",
        "times 1970-01-02T00:00:00 to 1970-01-05T00:00:00 (4 pictures",
        "attribute coat: 4",
        "2 feedback marks",
        "2 saved searches",
    ):
        assert part in told
    assert json.loads(run("gallery", "info", path, "--json"))["pictures"] == 6


def test_verify_and_repair_name_the_picture(path):
    assert "no fault found" in run("gallery", "verify", path)
    damage(path)
    assert "picture 3" in run("gallery", "verify", path, code=1)
    assert json.loads(run("gallery", "verify", path, "--json", code=1))[0]["table"] == "vectors"
    assert "yard/picture 3.jpg" in run("gallery", "repair", path)
    assert "no fault found" in run("gallery", "verify", path)


def test_forget_tells_what_it_did_and_proves_it(path):
    told = run("forget", path, "--id", 2)
    assert "erased 1 pictures with 1 thumbnails, 1 feedback marks, 1 saved searches" in told
    assert "no trace of it is left" in told
    assert "out of reach: an export of 3 pictures made 2026: /elsewhere/out.zip" in told
    assert VECTORS[2].tobytes() not in b"".join(f.read_bytes() for f in path.iterdir())


def test_a_trace_that_is_left_gives_another_exit_code(path):
    (path / "copy").write_bytes(VECTORS[2].tobytes())
    assert "still there: copy, byte 0" in run("forget", path, "--id", 2, code=1)


def test_a_dry_run_changes_nothing(path):
    assert "4 pictures would be erased" in run("forget", path, "--after", "1970-01-02", "--dry-run")
    with Gallery.open(path) as gallery:
        assert len(gallery) == 6


@pytest.mark.parametrize(
    ("options", "left"),
    [
        (("--camera", "gate"), [3, 4, 5, 6]),
        (("--after", "1970-01-04"), [1, 2, 5, 6]),
        (("--before", "1970-01-02T23:59"), [2, 3, 4, 5, 6]),
        (("--before", "1970-01-03"), [3, 4, 5, 6]),
        (("--after", "1970-01-03", "--before", "1970-01-03"), [1, 3, 4, 5, 6]),
        (("--source", ROOT), []),
    ],
)
def test_forget_by_camera_date_and_source(path, options, left):
    run("forget", path, *options)
    with Gallery.open(path) as gallery:
        assert gallery.vectors()[0].tolist() == left


def test_retention_forgets_what_is_older_and_counts_what_has_no_time(path):
    with Gallery.open(path, write=True) as gallery, gallery.written() as db:
        today = round(time.time() / 86_400) * DAY
        rows.change(db, "items", "id = 4", (), time_ms=today - 3 * DAY)
    found = json.loads(run("forget", path, "--older-than", 30, "--json"))
    assert (found["items"], found["untimed"], found["remains"]) == (3, 2, [])
    with Gallery.open(path) as gallery:
        assert gallery.vectors()[0].tolist() == [4, 5, 6]


def test_a_date_that_is_none_is_said(path):
    with pytest.raises(QueryError, match="'yesterday' is no date"):
        run("forget", path, "--after", "yesterday")


def test_export_and_merge(path, tmp_path):
    run("gallery", "export", path, tmp_path / "out.csv", "--id", 2, "--id", 1)
    assert [line.split(",")[0] for line in (tmp_path / "out.csv").read_text().splitlines()] == [
        "id", "2", "1",
    ]  # fmt: skip
    assert "gone from the disk" in run("gallery", "export", path, tmp_path / "all.jsonl")
    with pytest.raises(GalleryError, match="at least two"):
        run("gallery", "merge", path, "-o", tmp_path / "goal")


def test_switch_changes_the_model_or_says_which_pictures_are_in_the_way(
    people, tmp_path, make_encoder, monkeypatch
):
    goal = tmp_path / "goal"
    build(make_encoder(), people, goal, model="old")
    monkeypatch.setattr(tipr.encoder, "load_encoder", lambda *_, **__: make_encoder("bb" * 32))
    told = run("gallery", "switch", goal, "new-model")
    assert "are searched with new-model now" in told
    with Gallery.open(goal) as gallery:
        assert gallery.meta.fingerprint == "bb" * 32
        (first,) = gallery.ask("SELECT path FROM files ORDER BY path LIMIT 1")[0]
    (people / first).unlink()
    monkeypatch.setattr(tipr.encoder, "load_encoder", lambda *_, **__: make_encoder("cc" * 32))
    with pytest.raises(GalleryError, match="1 pictures cannot be read again"):
        run("gallery", "switch", goal, "third")
    assert "1 erased" in run("gallery", "switch", goal, "third", "--drop-missing")
    with pytest.raises(GalleryError, match="no gallery"):
        run("gallery", "switch", tmp_path / "none", "third")
