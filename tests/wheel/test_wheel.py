"""The wheel alone, with its base dependencies, finds a person with the model in the box."""

import json
from zipfile import ZipFile

import pytest

LIMIT = 20_000_000
"""Bytes of the model's weight files together."""


def test_the_wheel_holds_the_package_alone_and_a_small_model(wheel):
    files = ZipFile(wheel).infolist()
    assert {file.filename.split("/")[0].split("-")[0] for file in files} == {"tipr"}
    weights = [f for f in files if f.filename.endswith((".safetensors", ".onnx"))]
    assert 0 < sum(file.file_size for file in weights) < LIMIT


@pytest.mark.parametrize("package", ["torch", "fastapi", "onnx", "textblob"])
def test_nothing_is_installed_that_a_search_does_not_need(run, package):
    assert "ModuleNotFoundError" in run("python", "-c", f"import {package}", fails=True).stderr


def test_it_draws_indexes_and_finds_without_torch(run, tmp_path):
    run("tipr", "data", "draw", "people", "--people", 16, "--cameras", 2, "--split", "val")
    pattern = "imgs/{camera}/{date}/{time}_*.jpg"
    run("tipr", "index", "box", "people", "gallery", "--pattern", pattern)
    run("tipr", "calibrate", "gallery", "--data", "people", "--trials", 2)
    someone = json.loads((tmp_path / "people" / "people.jsonl").read_text("utf-8").splitlines()[0])
    found = run("tipr", "search", "gallery", someone["description"], "--json")
    hits = json.loads(found.stdout)
    assert len(hits) == 10
    assert hits[0]["camera"] in ("cam1", "cam2")
    assert hits[0]["probability"] is not None


@pytest.mark.parametrize(
    ("words", "extra"),
    [
        (["train", "small", "run", "--data", "people"], "tipr[train]"),
        (["serve", "people"], "tipr[serve]"),
        (["keys", "add", "archive", "--state", "state"], "tipr[serve]"),
    ],
    ids=lambda given: str(given[0]),
)
def test_what_needs_more_says_in_one_line_what_to_install(run, words, extra):
    ended = run("tipr", *words, fails=True)
    assert ended.returncode == 2
    (line,) = ended.stderr.splitlines()
    assert f"pip install '{extra}'" in line


def test_every_verb_says_what_it_does(run):
    assert "Find a person by description" in run("tipr", "--help").stdout
    assert run("tipr", "--version").stdout.startswith("tipr ")
    assert run("tipr", "models").stdout.startswith("box\n")
