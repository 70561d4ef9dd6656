"""Two Ray nodes build the gallery that one machine builds, also when workers and nodes die."""

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.cluster.servers import BIN, Server, end
from tests.unit.cluster.test_ray_build import content

from tipr import models
from tipr.cluster.ray_build import Recipe, joined
from tipr.config import load
from tipr.encoder import load_encoder
from tipr.gallery.build import BuildReport, build
from tipr.gallery.reading import How
from tipr.inputs.tokenizer import Tokenizer

BATCH = 4
PICTURES = 48


@pytest.fixture(scope="session")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of small pictures, some in folders below."""
    folder = tmp_path_factory.mktemp("people")
    rng = np.random.default_rng(0)
    for number in range(PICTURES):
        path = folder / f"gate{number % 3}" / f"{number:03}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(rng.integers(256, size=(60, 20, 3), dtype=np.uint8)).save(path)
    return folder


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The towers of preset `small` with random weights: vectors do not have to be good here."""
    folder = tmp_path_factory.mktemp("model") / "m"
    folder.mkdir()
    tokenizer = Tokenizer.trained(["a man in a red coat", "a woman in a red coat"], 600)
    config = load("small", [f"model.text.vocabulary={tokenizer.size}"]).model
    models.write_settings(folder, config, tokenizer)
    models.write_weights(folder, models.build(config, seed=1), config, tokenizer, {"step": 0})
    return folder


@pytest.fixture(scope="session")
def here(model: Path, people: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The gallery of a local build."""
    goal = tmp_path_factory.mktemp("here") / "g"
    build(load_encoder(model, bulk=True), people, goal, model=str(model), batch=BATCH)
    return goal


def build_there(
    head: Server, model: Path, folder: Path, goal: Path, moved: Callable[[int, int], None]
) -> BuildReport:
    encoder = load_encoder(model, bulk=True)
    how = How.of(encoder.image_size, None, BATCH)
    recipe = Recipe(
        model=str(model), device="cpu", precision="auto", eye=how.eye, at_once=how.people
    )
    with joined(head.address) as cluster:
        work = cluster.work(recipe, encoder.fingerprint)
        return build(
            encoder, folder, goal, model=str(model), batch=BATCH, progress=moved, work=work
        )


def workers() -> list[int]:
    """The processes that are at work on batches."""
    found = subprocess.run(["pgrep", "-f", "ray::_work_at"], capture_output=True, text=True)
    return [int(number) for number in found.stdout.split()]


def test_two_nodes_build_the_gallery_of_a_local_build(
    ray_head, second_node, model, people, here, tmp_path
):
    seen: set[int] = set()
    report = build_there(
        ray_head, model, people, tmp_path / "g", lambda done, total: seen.update(workers())
    )
    assert report.added == PICTURES
    assert content(tmp_path / "g") == content(here)
    assert len(seen) >= 2


def test_a_worker_killed_midway_loses_nothing(ray_head, second_node, model, people, here, tmp_path):
    killed: list[int] = []

    def kill_one(done: int, total: int) -> None:
        if done >= PICTURES // 3 and not killed and workers():
            killed.append(workers()[0])
            os.kill(killed[0], signal.SIGKILL)

    report = build_there(ray_head, model, people, tmp_path / "g", kill_one)
    assert killed
    assert report.added == PICTURES
    assert content(tmp_path / "g") == content(here)


def test_a_node_lost_midway_loses_nothing(ray_head, second_node, model, people, here, tmp_path):
    lost: list[Server] = []

    def lose_one(done: int, total: int) -> None:
        if done >= PICTURES // 3 and not lost:
            lost.append(second_node)
            end(second_node)

    report = build_there(ray_head, model, people, tmp_path / "g", lose_one)
    assert lost
    assert report.added == PICTURES
    assert content(tmp_path / "g") == content(here)


def test_a_broken_picture_is_skipped_as_it_is_here(ray_head, model, people, tmp_path):
    folder = tmp_path / "people"
    folder.mkdir()
    for number, picture in enumerate(sorted(people.rglob("*.png"))[:6]):
        (folder / f"{number}.png").write_bytes(picture.read_bytes()[: 10**6 if number else 200])
    build(load_encoder(model, bulk=True), folder, tmp_path / "a", model=str(model), batch=BATCH)
    report = build_there(ray_head, model, folder, tmp_path / "b", lambda *_: None)
    assert [path.name for path, _ in report.skipped] == ["0.png"]
    assert content(tmp_path / "a") == content(tmp_path / "b")


def tipr(*words: object, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(BIN / "tipr"), *map(str, words)],
        capture_output=True,
        text=True,
        env={**os.environ, **env},
    )


def test_the_verb_indexes_on_the_cluster(ray_head, second_node, model, people, tmp_path):
    plain = tipr("index", model, people, tmp_path / "a", "--batch", BATCH, "--device", "cpu")
    assert plain.returncode == 0, plain.stderr
    found: Any = tipr(
        *("index", model, people, tmp_path / "b", "--batch", BATCH, "--device", "cpu"),
        *("--ray", ray_head.address),
    )
    assert found.returncode == 0, found.stderr
    assert content(tmp_path / "a") == content(tmp_path / "b")


def test_a_wrong_token_is_told_in_the_last_line(ray_head, model, people, tmp_path):
    found = tipr(
        "index", model, people, tmp_path / "g", "--ray", ray_head.address, RAY_AUTH_TOKEN="0" * 64
    )
    assert found.returncode == 2
    assert "RAY_AUTH_TOKEN" in found.stderr.splitlines()[-1]
    assert "Traceback" not in found.stderr
    assert not (tmp_path / "g").exists()
