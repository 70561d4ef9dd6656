import json
import shlex
from pathlib import Path

import pytest
import typer
from tests import detectors, films
from typer.main import get_command
from typer.testing import CliRunner

import tipr.encoder
from tipr.cli import index
from tipr.errors import ConfigError, GalleryError, Interrupted
from tipr.gallery.store import Gallery

app = typer.Typer()
app.command()(index.index)


def run(*arguments: object):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_the_commands_of_the_page_are_taken():
    page = (Path(__file__).parents[3] / "docs" / "gallery.md").read_text("utf-8")
    lines = [line.split("#")[0] for line in page.splitlines() if line.startswith("tipr index ")]
    assert len(lines) == 5
    for line in lines:
        get_command(app).make_context("index", shlex.split(line)[2:])


def test_it_tells_what_it_did_on_standard_error(people, tmp_path, loaded):
    for number in range(25):
        (people / f"broken{number:02}.jpg").touch()
    options = ("--batch", 3, "--device", "cpu", "--precision", "float32")
    result = run("some-model", people, tmp_path / "gallery", *options)
    assert result.stdout == ""
    assert "10 added, 0 changed, 0 removed, 0 unchanged" in result.stderr
    assert "10 new pictures of people" in result.stderr
    assert "25 skipped" in result.stderr
    assert "broken19.jpg" in result.stderr
    assert "broken20.jpg" not in result.stderr
    assert "5 more; run again with --json to see all" in result.stderr
    assert loaded == [("some-model", "cpu", "float32")]
    assert "0 added, 0 changed" in run("some-model", people, tmp_path / "gallery").stderr


def test_as_json_it_lists_everything_skipped(people, tmp_path, loaded):
    for number in range(25):
        (people / f"broken{number:02}.jpg").touch()
    report = json.loads(run("m", people, tmp_path / "gallery", "--json").stdout)
    assert (report["added"], report["unchanged"], len(report["skipped"])) == (10, 0, 25)
    assert set(report["skipped"][0]) == {"path", "reason"}


def test_a_list_and_a_pattern_are_taken(people, tmp_path, loaded):
    (people / "l.csv").write_text("path,shirt\n0.png,red\ngate/8.png,\ngone.png,\n")
    options = ("--pattern", "{camera}/*")
    result = run("m", people / "l.csv", tmp_path / "g", *options)
    assert "2 added" in result.stderr
    assert "2 paths do not fit the pattern" in result.stderr
    assert "gone.png: no such picture" in result.stderr
    (people / "l.csv").write_text("path,shirt\n0.png,blue\ngate/8.png,\n")
    result = run("m", people / "l.csv", tmp_path / "g", *options)
    assert "1 kept their pictures and got another camera" in result.stderr
    with Gallery.open(tmp_path / "g") as gallery:
        cameras = [item.facts.camera for item in gallery.items([1, 2]).values()]
    assert cameras == [None, "gate"]


def test_videos_are_left_out_or_searched_for_people(people, tmp_path, loaded):
    films.write(people / "a.mkv", range(0, 3000, 100))
    assert "1 videos were left out" in run("m", people, tmp_path / "whole").stderr
    options = ("--detect", detectors.bright(tmp_path), "--every", 0.5, "--smallest", 20, "--json")
    report = json.loads(run("m", people, tmp_path / "found", *options).stdout)
    with Gallery.open(tmp_path / "found") as gallery:
        times = [item.frame_ms for item in gallery.items(gallery.ids("1")).values()]
    assert [time for time in times if time is not None] == [0, 500, 1000, 1500, 2000, 2500]
    assert report["people"] == len(times)


def test_mistakes_are_told_before_a_model_is_loaded(people, tmp_path, loaded):
    for arguments, error in (
        ((tmp_path / "gone", tmp_path / "g"), GalleryError),
        ((people, people), GalleryError),
        ((people, tmp_path / "g", "--pattern", "{"), ConfigError),
        ((people, tmp_path / "g", "--every", 2), ConfigError),
        ((people, tmp_path / "g", "--smallest", 2), ConfigError),
        ((people, tmp_path / "g", "--store", "somewhere"), ConfigError),
        ((people, tmp_path / "g", "--ray", "somewhere"), ConfigError),
    ):
        with pytest.raises(error):
            run("m", *arguments)
    assert loaded == []


def test_stopped_it_says_how_to_go_on(people, tmp_path, loaded, monkeypatch):
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tipr.gallery.build.build", stop)
    with pytest.raises(Interrupted, match="the same command goes on"):
        run("m", people, tmp_path / "gallery")


def test_the_gallery_remembers_where_the_model_is(people, tmp_path, loaded):
    (tmp_path / "model").mkdir()
    run(tmp_path / "model", people, tmp_path / "g")
    with Gallery.open(tmp_path / "g") as gallery:
        assert gallery.meta.model == str((tmp_path / "model").resolve())


def test_a_name_that_moves_the_cursor_is_shown_harmless(people, tmp_path, loaded):
    (people / "a\x1b[2Jb.png").touch()
    result = run("m", people, tmp_path / "g")
    assert "\x1b" not in result.stderr
    assert Path(people / "a\N{REPLACEMENT CHARACTER}[2Jb.png").name in result.stderr


def test_work_goes_to_a_cluster_and_a_mirror_is_kept(people, tmp_path, loaded, monkeypatch):
    """What the cluster does is its own tests' matter; here it gets the right things."""
    from contextlib import contextmanager

    from tipr.cluster import mirror, ray_build
    from tipr.gallery.sight import Whole
    from tipr.gallery.work import read_batch

    asked = []

    class Cluster:
        def work(self, recipe, fingerprint):
            asked.append((recipe, fingerprint))
            encoder = tipr.encoder.load_encoder(recipe.model)
            return lambda batches: (
                read_batch(encoder, recipe.eye, batch, recipe.at_once) for batch in batches
            )

    @contextmanager
    def joined(address):
        asked.append(address)
        yield Cluster()

    def keep(gallery, address, *, progress):
        asked.append((len(gallery), str(address)))
        return mirror.Mirrored(written=10, erased=0, unchanged=0)

    monkeypatch.setattr(ray_build, "joined", joined)
    monkeypatch.setattr(mirror, "mirror", keep)
    options = ("--ray", "head:6379", "--store", "milvus://there/people", "--batch", 4)
    result = run("m", people, tmp_path / "g", *options)
    address, (recipe, fingerprint), kept = asked
    assert address == "head:6379"
    assert recipe == ray_build.Recipe(
        model=str(Path("m").resolve()),
        device="auto",
        precision="auto",
        eye=Whole((24, 8)),
        at_once=4,
    )
    assert fingerprint == "aa" * 32
    assert kept == (10, "milvus://there:19530/people")
    assert "10 added" in result.stderr
    assert "milvus://there:19530/people: 10 written" in result.stderr
