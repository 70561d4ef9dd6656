"""The whole line as a user walks it: draw, check, train, evaluate, index, search; then wrongly."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from PIL import Image
from tests.tiny import TINY

from tipr.cli import main


class Answer(NamedTuple):
    code: int
    out: str
    err: str


Tipr = Callable[..., Answer]


@pytest.fixture
def tipr(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Tipr:
    """Call the command line in this process; the exit code and what it printed."""

    def call(*words: object) -> Answer:
        monkeypatch.setattr(sys, "argv", ["tipr", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfd.readouterr()
        return Answer(int(ended.value.code or 0), out, err)

    return call


@pytest.fixture(scope="module")
def line(drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a trained run and its gallery of the test split."""
    folder = tmp_path_factory.mktemp("line")
    changes = [word for setting in TINY for word in ("--set", setting)]
    run("train", "small", folder / "run", "--data", drawn, *changes)
    run("index", folder / "run", drawn, folder / "gallery", "--split", "test")
    return folder


def run(*words: object) -> None:
    done = python("from tipr.cli import main; main()", *map(str, words))
    assert done.returncode == 0, done.stderr


def python(program: str, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", program, *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def says(answer: Answer, *parts: str) -> None:
    """Exit code 2, nothing on standard output, and one line that holds the parts."""
    assert answer.code == 2, answer
    assert answer.out == ""
    lines = answer.err.strip().splitlines()
    assert len(lines) == 1, answer.err
    for part in parts:
        assert part in lines[0]


def test_evaluate_answers_in_the_agreed_keys(tipr: Tipr, line: Path, drawn: Path) -> None:
    answer = tipr("evaluate", line / "run", "--data", drawn, "--split", "test", "--json")
    scores = json.loads(answer.out)
    assert answer.code == 0
    assert scores.keys() == {
        *("text_to_image", "image_to_text", "images", "captions", "people"),
        *("trained_on", "evaluated_on", "notes"),
    }
    assert scores["trained_on"] == {"format": "cuhk-pedes", "data": scores["evaluated_on"]["data"]}
    assert scores["notes"] == []
    for direction in ("text_to_image", "image_to_text"):
        assert scores[direction].keys() == {"R1", "R5", "R10", "mAP", "mINP"}
        assert all(0 <= value <= 100 for value in scores[direction].values())
    table = tipr("evaluate", line / "run", "--data", drawn, "--split", "test")
    assert "text to image" in table.out


def test_encoded_features_score_as_the_run_itself(
    tipr: Tipr, line: Path, drawn: Path, tmp_path: Path
) -> None:
    test = ("--data", drawn, "--split", "test")
    assert tipr("encode", line / "run", *test, "-o", tmp_path).code == 0
    features = ("--features", tmp_path / "images.npz", tmp_path / "captions.npz")
    run = json.loads(tipr("evaluate", line / "run", *test, "--json").out)
    found = json.loads(tipr("evaluate", *features, "--json").out)
    assert found["text_to_image"] == run["text_to_image"]
    says(tipr("evaluate", line / "run", *features), "leave out the model")
    says(tipr("evaluate", *features, line / "run"), "leave out the model")


def test_search_answers_in_the_agreed_keys(tipr: Tipr, line: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.html"
    answer = tipr("search", line / "gallery", "a red coat", "-k", 3, "--json", "--html", sheet)
    hits = json.loads(answer.out)
    assert answer.code == 0
    assert [hit["rank"] for hit in hits] == [1, 2, 3]
    assert all(hit.keys() == {"rank", "score", "path", "id"} for hit in hits)
    assert [hit["score"] for hit in hits] == sorted((h["score"] for h in hits), reverse=True)
    assert all(Path(hit["path"]).is_file() for hit in hits)
    assert "a red coat" in sheet.read_text(encoding="utf-8")


def test_a_second_index_does_nothing_new(tipr: Tipr, line: Path, drawn: Path) -> None:
    words = ("index", line / "run", drawn, line / "gallery", "--split", "test", "--json")
    report = json.loads(tipr(*words).out)
    assert report["added"] == report["changed"] == report["removed"] == 0
    assert report["unchanged"] > 0


def test_one_broken_picture_is_listed_and_skipped(tipr: Tipr, line: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    Image.new("RGB", (32, 96), "navy").save(folder / "good.png")
    (folder / "broken.jpg").write_bytes(b"\xff\xd8 not a picture")
    answer = tipr("index", line / "run", folder, tmp_path / "gallery")
    assert answer.code == 0
    assert "broken.jpg" in answer.out + answer.err


def test_the_data_check_finds_the_drawn_benchmark_sound(tipr: Tipr, drawn: Path) -> None:
    answer = tipr("data", "check", drawn)
    assert answer.code == 0, answer
    assert "train" in answer.out


# --- wrong use, one line each --------------------------------------------------------------


def test_a_missing_run(tipr: Tipr, drawn: Path, tmp_path: Path) -> None:
    says(tipr("evaluate", tmp_path / "no", "--data", drawn), "no such run or model directory")
    says(tipr("index", tmp_path / "no", drawn, tmp_path / "g"), "no such run or model directory")
    says(tipr("resume", tmp_path / "no"), "no run to resume")
    assert not (tmp_path / "g").exists()


def test_a_run_without_weights_yet(tipr: Tipr, line: Path, drawn: Path, tmp_path: Path) -> None:
    young = tmp_path / "young"
    shutil.copytree(line / "run", young)
    (young / "model.safetensors").unlink()
    says(tipr("evaluate", young, "--data", drawn), "no weights yet", "first evaluation")


def test_a_truncated_model(tipr: Tipr, line: Path, drawn: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut"
    shutil.copytree(line / "run", cut)
    weights = cut / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    says(tipr("evaluate", cut, "--data", drawn), "not a whole safetensors file")


def test_settings_and_weights_that_do_not_belong_together(
    tipr: Tipr, line: Path, drawn: Path, tmp_path: Path
) -> None:
    mixed = tmp_path / "mixed"
    shutil.copytree(line / "run", mixed)
    config = json.loads((mixed / "config.json").read_text())
    config["model"]["image"]["mean"] = [0.5, 0.5, 0.5]
    (mixed / "config.json").write_text(json.dumps(config))
    says(tipr("evaluate", mixed, "--data", drawn), "do not belong together")


def test_a_gallery_made_by_another_model(
    tipr: Tipr, line: Path, drawn: Path, tmp_path: Path
) -> None:
    changes = [word for setting in (*TINY, "seed=1") for word in ("--set", setting)]
    assert tipr("train", "small", tmp_path / "other", "--data", drawn, *changes).code == 0
    says(
        tipr("search", line / "gallery", "a red coat", "--model", tmp_path / "other"),
        "built with another model",
    )
    index = ("index", tmp_path / "other", drawn, line / "gallery", "--split", "test")
    answer = tipr(*index)
    assert answer.code == 2
    assert "built with another model" in answer.err


def test_an_empty_folder_and_one_of_broken_pictures(tipr: Tipr, line: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    answer = tipr("index", line / "run", tmp_path / "empty", tmp_path / "gallery")
    assert answer.code == 2
    assert "picture" in answer.err
    broken = tmp_path / "broken"
    broken.mkdir()
    for number in range(3):
        (broken / f"{number}.jpg").write_bytes(b"broken")
    answer = tipr("index", line / "run", broken, tmp_path / "gallery")
    assert answer.code == 2
    assert "none of its 3 pictures can be read" in answer.err
    assert not (tmp_path / "gallery").exists()


def test_empty_and_endless_queries(tipr: Tipr, line: Path) -> None:
    says(tipr("search", line / "gallery", "  "), "the description is empty")
    says(tipr("search", line / "gallery", "word " * 2000), "characters", "shorten it")
    long = tipr("search", line / "gallery", "a red coat and " * 40, "-k", 1)
    assert long.code == 0
    assert "not searched for" in long.err


def test_a_data_folder_laid_out_wrong(tipr: Tipr, drawn: Path, tmp_path: Path) -> None:
    says(tipr("train", "small", tmp_path / "run", "--data", tmp_path), "reid_raw.json")
    says(tipr("train", "small", tmp_path / "run", "--data", drawn / "imgs"), "reid_raw.json")
    says(tipr("train", "small", tmp_path / "run"), "data.dir is not set")
    assert not (tmp_path / "run").exists()


def test_a_split_that_is_not_there(tipr: Tipr, line: Path, drawn: Path) -> None:
    says(tipr("evaluate", line / "run", "--data", drawn, "--split", "dev"), "dev", "train, val")


def test_unknown_settings(tipr: Tipr, drawn: Path, tmp_path: Path) -> None:
    words = ("train", "small", tmp_path / "run", "--data", drawn, "--set")
    says(tipr(*words, "cmt.tri=2"), "[cmt]: unknown 'tri'", "margin")
    says(tipr(*words, "optim.lr=fast"), "optim.lr", "fast")
    says(tipr(*words, "runtime.device=quantum"), "device 'quantum'")


def test_a_batch_larger_than_the_data(tipr: Tipr, drawn: Path, tmp_path: Path) -> None:
    words = ("train", "small", tmp_path / "run", "--data", drawn)
    says(tipr(*words, "--set", "sampler.batch=5000"), "sampler.batch 5000 is larger")


def test_words_that_are_no_command(tipr: Tipr, drawn: Path) -> None:
    says(tipr("frobnicate"), "No such command 'frobnicate'")
    says(tipr("index", "only-one"), "Missing")
    says(tipr("search", "gallery", "words", "-k", "many"), "'-k'", "integer")
    says(tipr("evaluate", "run", "--data", drawn, "--nope"), "No such option", "--nope")
    says(tipr("data", "check", drawn, "--format", "coco"), "unknown format 'coco'; known: auto")
    assert tipr("--version").out.startswith("tipr ")


def test_paths_that_cannot_be(tipr: Tipr, line: Path, drawn: Path, tmp_path: Path) -> None:
    says(tipr("data", "check", "~nobody-of-that-name/x"), "home directory")
    says(tipr("search", line / "gallery", "a coat", "--html", tmp_path), "this is a folder")
    (tmp_path / "file").write_text("not a folder")
    words = [word for setting in TINY for word in ("--set", setting)]
    below = tmp_path / "file" / "run"
    says(tipr("train", "small", below, "--data", drawn, *words), "cannot be created")
    says(tipr("data", "check", "x" * 5000), "too long")


def test_without_torch_the_remedy_is_named(
    tipr: Tipr, line: Path, drawn: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [n for n in sys.modules if n.startswith(("tipr.encoder.torch", "tipr.train"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torch", None)  # what Python does for a blocked import
    answer = tipr("evaluate", line / "run", "--data", drawn)
    says(answer, "needs torch: pip install 'tipr[train]'")


def test_two_indexers_at_once(tipr: Tipr, line: Path, drawn: Path) -> None:
    from tipr.gallery.store import Gallery

    with Gallery.open(line / "gallery", write=True):
        answer = tipr("index", line / "run", drawn, line / "gallery", "--split", "test")
        assert answer.code == 2
        assert "another process is writing to this gallery" in answer.err
    assert tipr("search", line / "gallery", "a red coat").code == 0


# --- doors that must stay closed -----------------------------------------------------------


def test_a_cold_search_imports_no_training_code(line: Path) -> None:
    program = f"""
import sys
sys.argv = ["tipr", "search", {str(line / "gallery")!r}, "a red coat", "--json"]
from tipr.cli import main
try:
    main()
except SystemExit:
    pass
unwanted = ("tipr.train", "tipr.losses", "tipr.data", "tipr.synthetic", "textblob", "nltk", "ftfy")
loaded = [name for name in sys.modules if name.startswith(unwanted)]
print(loaded, file=sys.stderr)
sys.exit(bool(loaded))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)[0]["rank"] == 1


def test_importing_tipr_imports_no_torch() -> None:
    program = (
        "import sys, tipr, tipr.cli; sys.exit('torch' in sys.modules or 'faiss' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
