"""The model in the box: small, whole, honest about itself, and good enough to show."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from benchmarks.box import clear

from tipr import load_encoder
from tipr.catalogue.box import box
from tipr.encoder.exported import ExportedEncoder
from tipr.inputs import image
from tipr.synthetic.dataset import take
from tipr.synthetic.people.invent import invent
from tipr.synthetic.words.unique import full_description

PEOPLE, CAMERAS = 60, 2


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    """Two pictures each of people of a seed that nothing was trained or measured on."""
    pictures = [taken.shot.picture for taken in take(99, PEOPLE, CAMERAS)]
    return np.stack([image.fit(picture, (192, 64)) for picture in pictures])


def test_all_its_weights_take_no_more_than_20_megabytes() -> None:
    files = [path for path in box().rglob("*") if path.suffix in {".safetensors", ".onnx"}]
    assert len(files) == 3
    assert sum(path.stat().st_size for path in files) <= 20e6


def test_it_runs_without_torch() -> None:
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from tipr import load_encoder\n"
        "print(load_encoder('box').encode_text(['a man in a red coat']).shape)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "(1, 256)"


def test_graphs_and_weights_are_one_model(pixels: np.ndarray) -> None:
    graphs = load_encoder("box")
    weights = load_encoder("box", device="cpu", precision="float32", explains=True)
    assert isinstance(graphs, ExportedEncoder)
    assert not isinstance(weights, ExportedEncoder)
    assert graphs.fingerprint == weights.fingerprint
    words = ["a woman with a blue bag", "an older man"]
    for one, other in (
        (graphs.encode_text(words), weights.encode_text(words)),
        (graphs.encode_images(pixels[:3]), weights.encode_images(pixels[:3])),
    ):
        assert np.abs(one - other).max() < 1e-4


def test_it_finds_drawn_people_whom_it_has_never_seen(pixels: np.ndarray) -> None:
    encoder = load_encoder("box")
    described = [full_description(invent(99, number).person) for number in range(1, PEOPLE + 1)]
    best = (encoder.encode_text(described) @ encoder.encode_images(pixels).T).argmax(axis=1)
    assert np.mean(best // CAMERAS == np.arange(PEOPLE)) >= 0.75


def test_the_card_says_what_was_measured() -> None:
    told = json.loads((box() / "box.json").read_text(encoding="utf-8"))
    card = (box() / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert told["full descriptions"]["mean"] >= 60
    assert f"**{told['full descriptions']['mean']}**" in card
    for kinds in told["groups"].values():
        for kind, found in kinds.items():
            assert f"{kind} | {found['people']:,} | {found['R1']} |" in card


def test_packing_replaces_a_box_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name in ("old", "mine"):
        (tmp_path / name / "onnx").mkdir(parents=True)
        (tmp_path / name / "onnx" / "image.onnx").write_bytes(b"weights")
    (tmp_path / "old" / "box.json").write_text("{}")
    clear(tmp_path / "new")
    clear(tmp_path / "empty")
    clear(tmp_path / "old")
    with pytest.raises(SystemExit, match=r"mine: not empty, and no box"):
        clear(tmp_path / "mine")
    assert not (tmp_path / "old").exists()
    assert (tmp_path / "mine" / "onnx" / "image.onnx").read_bytes() == b"weights"
