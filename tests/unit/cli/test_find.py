import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import tipr.encoder
from tipr.cli import find
from tipr.errors import GalleryError, Interrupted, ModelError, QueryError
from tipr.gallery.store import Gallery

app = typer.Typer()
find.add_to(app)


@pytest.fixture
def loaded(monkeypatch, make_encoder) -> list[tuple[str, str, str]]:
    """The command line's encoders are fakes; the list tells which were asked for."""
    calls: list[tuple[str, str, str]] = []

    def load(model, *, device="auto", precision="auto"):
        calls.append((str(model), device, precision))
        return make_encoder()

    monkeypatch.setattr(tipr.encoder, "load_encoder", load)
    return calls


def run(*arguments: object):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture
def gallery(people, tmp_path, loaded) -> Path:
    (tmp_path / "model").mkdir()
    assert run("index", tmp_path / "model", people, tmp_path / "gallery").exit_code == 0
    return tmp_path / "gallery"


def test_index_tells_what_it_did_on_standard_error(people, tmp_path, loaded):
    for number in range(25):
        (people / f"broken{number:02}.jpg").touch()
    options = ("--batch", 3, "--device", "cpu", "--precision", "float32")
    result = run("index", "some-model", people, tmp_path / "gallery", *options)
    assert result.stdout == ""
    assert "10 added, 0 changed, 0 removed, 0 unchanged" in result.stderr
    assert "25 skipped" in result.stderr
    assert "broken19.jpg" in result.stderr
    assert "broken20.jpg" not in result.stderr
    assert "5 more; run again with --json to see all" in result.stderr
    assert loaded == [("some-model", "cpu", "float32")]


def test_index_as_json_lists_everything_skipped(people, tmp_path, loaded):
    for number in range(25):
        (people / f"broken{number:02}.jpg").touch()
    report = json.loads(run("index", "m", people, tmp_path / "gallery", "--json").stdout)
    assert (report["added"], report["unchanged"], len(report["skipped"])) == (10, 0, 25)
    assert set(report["skipped"][0]) == {"path", "reason"}


def test_index_complains_before_a_model_is_loaded(people, tmp_path, loaded):
    for folder, goal in ((tmp_path / "gone", tmp_path / "gallery"), (people, people)):
        with pytest.raises(GalleryError):
            run("index", "m", folder, goal)
    assert loaded == []


def test_a_stopped_index_says_how_to_go_on(people, tmp_path, loaded, monkeypatch):
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tipr.gallery.build.build", stop)
    with pytest.raises(Interrupted, match="the same command goes on"):
        run("index", "m", people, tmp_path / "gallery")


def test_the_gallery_remembers_where_the_model_is(gallery, tmp_path, monkeypatch, loaded):
    monkeypatch.chdir(tmp_path.anchor)
    run("search", gallery, "a red coat")
    assert loaded[-1][0] == str((tmp_path / "model").resolve())


def test_search_prints_ranked_hits_with_whole_paths(gallery):
    result = run("search", gallery, "a red coat", "-k", 3)
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["rank", "score", "picture"]
    assert [line.split()[0] for line in lines[1:]] == ["1", "2", "3"]
    assert all(Path(line.split(maxsplit=2)[2].strip()).is_file() for line in lines[1:])
    assert result.stderr == ""


def test_search_as_json_prints_a_list_and_nothing_else(gallery):
    result = run("search", gallery, "a red coat", "-k", 3, "--json")
    hits = json.loads(result.stdout)
    assert [set(hit) for hit in hits] == [{"rank", "score", "path", "id"}] * 3
    assert [hit["rank"] for hit in hits] == [1, 2, 3]
    assert result.stderr == ""


def test_several_sentences_as_json_come_with_their_hits(gallery):
    found = json.loads(run("search", gallery, "a red coat", "blue jeans", "-k", 2, "--json").stdout)
    assert [(entry["query"], len(entry["hits"])) for entry in found] == [
        ("a red coat", 2),
        ("blue jeans", 2),
    ]


def test_what_the_model_did_not_read_is_said_beside_the_json(gallery):
    long = " ".join(["word"] * 20 + ["never", "read"])
    result = run("search", gallery, long, "--json")
    json.loads(result.stdout)
    assert "'never read'" in result.stderr


def test_a_contact_sheet_is_written_on_demand(gallery, tmp_path):
    result = run("search", gallery, "a <red> coat", "--html", tmp_path / "sheet.html", "--json")
    json.loads(result.stdout)
    assert "a &lt;red&gt; coat" in (tmp_path / "sheet.html").read_text(encoding="utf-8")
    assert "sheet.html" in result.stderr


def test_search_complains_before_a_model_is_loaded(gallery, tmp_path, loaded):
    loaded.clear()
    empty = {"fingerprint": "aa", "model": "m", "width": 12, "image_size": (24, 8)}
    Gallery.create(tmp_path / "empty", **empty).close()
    for arguments, error in (
        ((gallery, "  "), QueryError),
        ((gallery, "fine", ""), QueryError),
        ((gallery, "x" * 9000), QueryError),
        ((gallery, "fine", "-k", 0), QueryError),
        ((tmp_path / "gone", "fine"), GalleryError),
        ((tmp_path / "empty", "fine"), GalleryError),
    ):
        with pytest.raises(error):
            run("search", *arguments)
    assert loaded == []


def test_a_model_that_has_moved_is_named_with_the_remedy(gallery, tmp_path, loaded):
    (tmp_path / "model").rename(tmp_path / "moved")
    with pytest.raises(ModelError, match=r"no longer at .*--model"):
        run("search", gallery, "a red coat")
    run("search", gallery, "a red coat", "--model", tmp_path / "moved")
    assert loaded[-1][0] == str(tmp_path / "moved")


def test_a_search_loads_nothing_that_only_training_needs(gallery):
    program = """
import sys, zlib
import numpy as np
import tipr.cli, tipr.encoder

class Fake:
    fingerprint, width, image_size = "aa" * 32, 12, (24, 8)
    def encode_text(self, sentences):
        return np.eye(12, dtype=np.float32)[:len(sentences)]
    def cut_words(self, sentence):
        return ""

tipr.encoder.load_encoder = lambda *_, **__: Fake()
tipr.cli.app(["search", sys.argv[1], "a red coat", "--json"], standalone_mode=False)
heavy = ("torch", "textblob", "nltk", "jinja2", "PIL",
         "tipr.train", "tipr.losses", "tipr.data", "tipr.model", "tipr.config")
print([name for name in heavy if name in sys.modules], file=sys.stderr)
"""
    ended = subprocess.run(
        [sys.executable, "-c", program, str(gallery)], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert len(json.loads(ended.stdout)) == 10
    assert ended.stderr.split("\n")[-2] == "[]"
