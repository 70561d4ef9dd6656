import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import typer
from tests.unit.search.conftest import calibration
from typer.testing import CliRunner

from tipr.cli import search
from tipr.errors import ConfigError, GalleryError, ModelError, PictureError, QueryError
from tipr.gallery.build import build
from tipr.gallery.records import Facts, Reading, Shot
from tipr.gallery.scan import File
from tipr.gallery.store import Gallery
from tipr.inputs import image

app = typer.Typer()
app.command()(search.search)
MAY_1 = 1_777_593_600_000


def run(*arguments: object):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def hits(*arguments: object):
    return json.loads(run(*arguments, "--json").stdout)


@pytest.fixture
def gallery(people, tmp_path, loaded, make_encoder) -> Path:
    """Ten different pictures of which nothing is known."""
    (tmp_path / "model").mkdir()
    build(make_encoder(), people, tmp_path / "gallery", model=str(tmp_path / "model"))
    return tmp_path / "gallery"


@pytest.fixture
def told(people, tmp_path, loaded, make_encoder) -> Path:
    """The same pictures; of all but the last camera, time and coat are known."""
    encoder = make_encoder()
    readings = []
    for number in range(10):
        name = f"{number}.png" if number < 8 else f"gate/{number}.png"
        pixels = image.fit(image.read(people / name), encoder.image_size)
        known = Facts(
            camera="north gate" if number % 2 == 0 else "yard",
            time_ms=MAY_1 + number * 86_400_000 + number * 3_600_000,
            attributes={"coat": "red" if number < 3 else "blue"},
        )
        vector = encoder.encode_images(pixels[None])[0]
        shot = Shot(vector=vector, facts=known if number < 9 else Facts())
        readings.append(Reading(file=File(name, 1, 1), shots=(shot,)))
    with Gallery.create(
        tmp_path / "told", fingerprint="aa" * 32, model="m", width=12, image_size=(24, 8)
    ) as made:
        made.add(people.resolve(), readings)
    return tmp_path / "told"


def test_search_prints_ranked_hits_with_whole_paths(gallery):
    result = run(gallery, "a red coat", "-k", 3)
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["rank", "score", "picture"]
    assert [line.split()[0] for line in lines[1:]] == ["1", "2", "3"]
    assert all(Path(line.split(maxsplit=2)[2].strip()).is_file() for line in lines[1:])
    assert result.stderr.splitlines() == [
        "tipr: 10 pictures searched (exact); --page 2 shows more",
        "tipr: not calibrated: scores are cosines and no probabilities; 'tipr calibrate GALLERY "
        "--data DIR' measures what they mean",
    ]


def test_search_as_json_prints_a_list_and_nothing_else(gallery):
    result = run(gallery, "a red coat", "-k", 3, "--json")
    found = json.loads(result.stdout)
    assert [set(hit) for hit in found] == [{"rank", "score", "path", "id"}] * 3
    assert [hit["rank"] for hit in found] == [1, 2, 3]
    assert result.stderr == ""


def test_several_sentences_as_json_come_with_their_hits(gallery):
    found = hits(gallery, "a red coat", "blue jeans", "-k", 2)
    assert [(entry["query"], len(entry["hits"])) for entry in found] == [
        ("a red coat", 2),
        ("blue jeans", 2),
    ]
    alone = hits(gallery, "blue jeans", "-k", 2)
    assert found[1]["hits"] == alone


def test_details_tell_what_was_searched_and_how(told):
    found = hits(told, 'a coat camera:"north gate" after:2026-05-02', "-k", 2, "--details")
    assert {name: value for name, value in found.items() if name not in ("hits", "notes")} == {
        "query": "a coat",
        "filters": ["camera north gate", "from 2026-05-02"],
        "page": 1,
        "more": True,
        "searched": 4,
        "total": 10,
        "how": "exact",
        "calibrated": False,
        "nobody": False,
    }
    assert found["notes"] == []  # the picture of unknown time is by no camera, either
    assert len(hits(told, "a", "b", "--details")) == 2


def test_what_is_known_of_a_hit_is_told(told):
    hit = next(hit for hit in hits(told, "a red coat") if hit["path"].endswith("/2.png"))
    assert hit["camera"] == "north gate"
    assert hit["time"] == "2026-05-03T02:00:00"
    assert hit["attributes"] == {"coat": "red"}
    table = run(told, "a red coat").stdout
    assert table.split("\n")[0].split() == ["rank", "score", "camera", "time", "picture"]
    assert "2026-05-03T02:00:00" in table


def numbers(found) -> set[int]:
    return {int(Path(hit["path"]).stem) for hit in found}


@pytest.mark.parametrize(
    ("options", "left"),
    [
        (["--camera", "yard"], {1, 3, 5, 7}),
        (["--camera", "yard", "--camera", "north gate"], set(range(9))),
        (["--after", "2026-05-03", "--before", "2026-05-05"], {2, 3, 4}),
        (["--on", "2026-05-03"], {2}),
        (["--between", "2:00-4:00"], {2, 3, 4}),
        (["--between", "7-1:30"], {0, 1, 7, 8}),
        (["--where", "coat=red", "--where", "coat=green"], {0, 1, 2}),
        (["--source", "people"], set(range(10))),
    ],
)
def test_filters_as_options(told, options, left):
    assert numbers(hits(told, "a red coat", *options)) == left


def test_options_and_typed_tokens_hold_together(told):
    assert numbers(hits(told, "a coat camera:yard", "--where", "coat=red")) == {1}
    with pytest.raises(QueryError, match="after is said twice"):
        run(told, "a coat after:2026-05-01", "--after", "2026-05-02")


def test_a_folder_below_an_indexed_one_is_a_source(told, people, monkeypatch):
    monkeypatch.chdir(people)
    assert numbers(hits(told, "a red coat", "--source", "gate")) == {8, 9}


def test_filters_that_leave_nothing_are_answered(told):
    result = run(told, "a coat", "--camera", "gate", "--json")
    assert json.loads(result.stdout) == []
    assert "no picture fits the filters (camera gate)" in result.stderr
    assert "the gallery has cameras north gate, yard" in result.stderr


def test_words_pictures_examples_and_what_to_avoid_are_mixed(gallery, people):
    first = hits(gallery, "--picture", people / "3.png")[0]
    assert (numbers([first]), first["score"]) == ({3}, pytest.approx(1, abs=1e-6))
    alike = hits(gallery, "--like", first["id"])
    assert first["id"] not in {hit["id"] for hit in alike}
    assert len(alike) == 9
    word = hits(gallery, "a red coat")
    mixed = [
        hits(gallery, "a red coat", *more)
        for more in (
            ["--picture", people / "3.png"],
            ["--picture", f"{people / '3.png'}^0.1"],
            ["--avoid", "a hat"],
            ["--avoid", "a hat^2"],
            ["--also", "boots^0.5"],
            ["--like", "2", "--unlike", "4"],
        )
    ]
    scores = [tuple(round(hit["score"], 6) for hit in found) for found in (word, *mixed)]
    assert len(set(scores)) == len(scores)
    assert 4 not in {hit["id"] for hit in mixed[-1]}
    stderr = run(gallery, "a red coat", "--avoid", "a hat").stderr
    assert "scores of mixtures are no probabilities" in stderr


def test_pages_go_on_where_the_one_before_ended(gallery):
    whole = hits(gallery, "a red coat")
    pages = [hits(gallery, "a red coat", "-k", 4, "--page", page) for page in (1, 2, 3)]
    assert [hit["id"] for page in pages for hit in page] == [hit["id"] for hit in whole]
    assert "shows more" not in run(gallery, "a red coat", "-k", 4, "--page", 3).stderr


def test_time_orders_the_hits(told):
    found = hits(told, "a red coat", "--sort", "time")
    times = [hit.get("time", "~") for hit in found]
    assert times == sorted(times)
    assert sorted(hit["rank"] for hit in found) == list(range(1, 11))


def test_near_duplicates_are_one_hit_unless_one_wants_them_all(people, draw, gallery, make_encoder):
    draw(people / "again.png", 3)
    build(make_encoder(), people, gallery, model="m")
    grouped = hits(gallery, "a red coat", "--model", "m")
    assert sum(len(hit.get("others", ())) for hit in grouped) == 1
    assert len(grouped) == 10
    assert "+1" in run(gallery, "a red coat", "--model", "m").stdout
    assert len(hits(gallery, "a red coat", "--model", "m", "--no-group", "-k", 20)) == 11


def test_a_calibrated_gallery_shows_chances_and_says_when_nobody_fits(gallery):
    with Gallery.open(gallery, write=True) as opened:
        opened.set_calibration(calibration(threshold=2).to_json())
    result = run(gallery, "a red coat")
    assert result.stdout.splitlines()[0].split() == ["rank", "score", "chance", "picture"]
    assert "% " in result.stdout
    assert "nobody here seems to fit 'a red coat'" in result.stderr
    assert "not calibrated" not in result.stderr
    first = hits(gallery, "a red coat")[0]
    assert 0 < first["probability"] < 1
    assert first["label"] in ("strong", "possible", "weak")


def test_what_the_model_did_not_read_is_said_beside_the_json(gallery):
    long = " ".join(["word"] * 20 + ["never", "read"])
    result = run(gallery, long, "--json")
    json.loads(result.stdout)
    assert "'never read'" in result.stderr


def test_a_contact_sheet_is_written_on_demand(gallery, tmp_path):
    result = run(gallery, "a <red> coat", "--html", tmp_path / "sheet.html", "--json")
    json.loads(result.stdout)
    assert "a &lt;red&gt; coat" in (tmp_path / "sheet.html").read_text(encoding="utf-8")
    assert "sheet.html" in result.stderr


def test_search_complains_before_a_model_is_loaded(told, tmp_path, loaded):
    loaded.clear()
    empty = {"fingerprint": "aa", "model": "m", "width": 12, "image_size": (24, 8)}
    Gallery.create(tmp_path / "empty", **empty).close()
    for arguments, error in (
        ((told, "  "), QueryError),
        ((told, "fine", ""), QueryError),
        ((told, "x" * 9000), QueryError),
        ((told, "fine", "-k", 0), QueryError),
        ((told, "fine", "--page", 0), QueryError),
        ((told, "fine", "--sort", "camera"), QueryError),
        ((told, "fine foo:bar"), QueryError),
        ((told, "fine", "--details"), ConfigError),
        ((told, "fine", "--where", "size=2"), QueryError),
        ((told, "fine", "--before", "soon"), QueryError),
        ((told, "fine", "--like", 99), QueryError),
        ((told, "fine", "--avoid", "hat^0"), QueryError),
        ((told, "--picture", tmp_path / "gone.png"), PictureError),
        ((told,), QueryError),
        ((told, "camera:yard"), QueryError),
        ((tmp_path / "gone", "fine"), GalleryError),
        ((tmp_path / "empty", "fine"), GalleryError),
    ):
        with pytest.raises(error):
            run(*arguments)
    assert loaded == []


def test_a_model_that_has_moved_is_named_with_the_remedy(gallery, tmp_path, loaded):
    run(gallery, "a red coat")
    assert loaded[-1][0] == str(tmp_path / "model")
    (tmp_path / "model").rename(tmp_path / "moved")
    with pytest.raises(ModelError, match=r"no longer at .*--model"):
        run(gallery, "a red coat")
    run(gallery, "a red coat", "--model", tmp_path / "moved")
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


# --- docs/search.md -------------------------------------------------------------------------

PAGE = (Path(__file__).parents[3] / "docs" / "search.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^tipr search GALLERY (.*)$", PAGE, flags=re.M)


@pytest.fixture
def as_on_the_page(people, draw, tmp_path, make_encoder, monkeypatch) -> None:
    """What the page's examples need: GALLERY, photo.jpg, pictures 17, 23 and 40, a camera gate2."""
    encoder = make_encoder()
    known = Facts(camera="gate2", time_ms=MAY_1 + 18 * 3_600_000, attributes={"colour": "red"})
    pixels = np.random.default_rng(0).integers(0, 255, (50, *encoder.image_size, 3), np.uint8)
    vectors = encoder.encode_images(pixels)
    with Gallery.create(
        tmp_path / "GALLERY", fingerprint="aa" * 32, model="m", width=12, image_size=(24, 8)
    ) as made:
        made.add(
            people.resolve(),
            [
                Reading(file=File(f"{number}.png", 1, 1), shots=(Shot(vector=vector, facts=known),))
                for number, vector in enumerate(vectors)
            ],
        )
    draw(tmp_path / "photo.jpg", 3)
    monkeypatch.chdir(tmp_path)


def test_there_are_commands_to_try() -> None:
    assert len(COMMANDS) == 7


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_of_the_page_finds_somebody(line, as_on_the_page, loaded) -> None:
    assert hits("GALLERY", *shlex.split(line))


def test_the_python_of_the_page_runs(as_on_the_page, loaded, capsys) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", PAGE, flags=re.S)
    exec(compile(program, "docs/search.md", "exec"), {})
    assert "50 pictures searched, exact" in capsys.readouterr().out
