"""A drawn benchmark: deterministic, in the layout it claims, described line by line."""

import json
import subprocess
import sys
from collections import defaultdict
from datetime import datetime
from pathlib import Path

import pytest
from PIL import Image

from tipr.errors import DataError, StorageError
from tipr.synthetic.dataset import draw, split_of

PEOPLE, CAMERAS = 20, 2


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("drawn") / "data"
    assert draw(target, people=PEOPLE, cameras=CAMERAS, seed=0) == PEOPLE * CAMERAS
    return target


def records(folder: Path) -> list[dict]:
    return json.loads((folder / "reid_raw.json").read_text(encoding="utf-8"))


def lines(folder: Path, name: str) -> list[dict]:
    return [json.loads(line) for line in (folder / name).read_text(encoding="utf-8").splitlines()]


def files(folder: Path) -> dict[str, bytes]:
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def test_equal_arguments_give_equal_bytes_and_another_seed_does_not(tmp_path: Path) -> None:
    for name, seed in (("one", 0), ("again", 0), ("other", 1)):
        draw(tmp_path / name, people=4, cameras=2, seed=seed)
    assert files(tmp_path / "one") == files(tmp_path / "again")
    assert files(tmp_path / "one") != files(tmp_path / "other")


def test_a_person_looks_the_same_however_many_others_there_are(
    folder: Path, tmp_path: Path
) -> None:
    draw(tmp_path / "few", people=5, cameras=CAMERAS, seed=0)
    few, many = files(tmp_path / "few" / "imgs"), files(folder / "imgs")
    assert len(few) == 5 * CAMERAS
    assert few.items() <= many.items()
    captions = {r["file_path"]: r["captions"] for r in records(folder)}
    assert all(captions[r["file_path"]] == r["captions"] for r in records(tmp_path / "few"))


def test_every_picture_is_listed_once_and_is_64_by_192(folder: Path) -> None:
    listed = [record["file_path"] for record in records(folder)]
    on_disk = {str(path.relative_to(folder / "imgs")) for path in (folder / "imgs").rglob("*.jpg")}
    assert len(listed) == len(set(listed)) == PEOPLE * CAMERAS
    assert set(listed) == on_disk
    for name in listed:
        with Image.open(folder / "imgs" / name) as picture:
            assert (picture.size, picture.mode, picture.format) == ((64, 192), "RGB", "JPEG")


def test_a_record_has_the_fields_of_cuhk_pedes_and_two_different_captions(folder: Path) -> None:
    for record in records(folder):
        assert set(record) == {"split", "id", "file_path", "captions"}
        assert len(set(record["captions"])) == 2


def test_a_third_caption_tells_everything_of_the_person_and_changes_no_picture(
    folder: Path, tmp_path: Path
) -> None:
    draw(tmp_path / "full", people=PEOPLE, cameras=CAMERAS, seed=0, full=True)
    assert files(tmp_path / "full" / "imgs") == files(folder / "imgs")
    known = {row["id"]: row["description"] for row in lines(folder, "people.jsonl")}
    for record, before in zip(records(tmp_path / "full"), records(folder), strict=True):
        assert record["captions"] == [*before["captions"], known[record["id"]]]


def test_splits_share_nobody_and_ids_count_on_from_train_to_val_to_test(folder: Path) -> None:
    ids = defaultdict(set)
    for record in records(folder):
        ids[record["split"]].add(record["id"])
    assert ids == {
        "train": set(range(1, 13)),
        "val": set(range(13, 17)),
        "test": set(range(17, 21)),
    }


@pytest.mark.parametrize("people", [4, 5, 7, 8, 9, 40, 45, 1000])
def test_every_split_has_someone_train_most_and_pairs_stay_together(people: int) -> None:
    names = split_of(people)
    count = {name: names.count(name) for name in ("train", "val", "test")}
    assert sum(count.values()) == len(names) == people
    assert min(count.values()) >= 1
    assert count["train"] >= people / 2 - 1
    if people >= 8:
        pairs = zip(names[::2], names[1::2], strict=False)
        assert all(first == second for first, second in pairs)


def test_all_can_go_into_one_split(tmp_path: Path) -> None:
    draw(tmp_path / "data", people=1, cameras=1, seed=0, split="test")
    assert [record["split"] for record in records(tmp_path / "data")] == ["test"]


def test_camera_and_time_stand_in_the_path_and_in_the_attributes(folder: Path) -> None:
    attributes = lines(folder, "attributes.jsonl")
    assert [line["file_path"] for line in attributes] == [r["file_path"] for r in records(folder)]
    days = set()
    for line in attributes:
        camera, day, name = line["file_path"].split("/")
        time = datetime.strptime(f"{day} {name.split('_')[0]}", "%Y-%m-%d %H%M%S")
        assert line["camera"] == camera
        assert datetime.fromisoformat(line["time"]) == time
        assert int(name.split("_")[1].removesuffix(".jpg")) == line["id"]
        assert line["view"] in ("front", "back", "left", "right")
        assert {"place", "crop", "occlusion", "gait", "who"} <= line.keys()
        days.add(day)
    assert days <= {"2026-05-01", "2026-05-02", "2026-05-03"}
    assert len(days) > 1


def test_people_are_listed_with_a_description_and_whom_they_resemble(folder: Path) -> None:
    people = lines(folder, "people.jsonl")
    assert [line["id"] for line in people] == list(range(1, PEOPLE + 1))
    assert any("twin_of" in line for line in people)
    for line in people:
        assert line["upper_colour"] in line["description"].lower()
        if "twin_of" in line:
            assert line["twin_of"] == line["id"] - 1
            assert line["differs_in"]


def test_the_sheet_shows_a_row_a_camera(tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.jpg"
    draw(tmp_path / "data", people=4, cameras=3, seed=0, sheet=sheet)
    with Image.open(sheet) as picture:
        assert picture.format == "JPEG"
        assert picture.size == (4 * 67 - 3, 3 * 195 - 3)
        first = next(tmp_path.glob("data/imgs/cam1/*/*_0001.jpg"))
        corner = picture.crop((0, 0, 64, 192))
        with Image.open(first) as drawn:
            ours, theirs = (p.resize((1, 1)).getpixel((0, 0)) for p in (corner, drawn))
    assert all(abs(a - b) < 6 for a, b in zip(ours, theirs, strict=True))


def test_progress_counts_every_picture(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    draw(tmp_path / "data", people=4, cameras=2, seed=0, progress=lambda *at: seen.append(at))
    assert seen == [(done, 8) for done in range(1, 9)]


def test_an_empty_folder_is_used_and_a_full_one_left_alone(tmp_path: Path) -> None:
    draw(tmp_path, people=4, cameras=1, seed=0)
    before = files(tmp_path)
    with pytest.raises(DataError, match="not an empty folder"):
        draw(tmp_path, people=4, cameras=1, seed=1)
    assert files(tmp_path) == before


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"people": 3}, "at least 4"),
        ({"people": 0, "split": "test"}, "at least 1"),
        ({"cameras": 0}, "at least 1"),
        ({"days": 0}, "at least 1"),
        ({"split": "tset"}, "no such split"),
    ],
)
def test_what_cannot_be_drawn_is_a_data_error(tmp_path: Path, wrong: dict, message: str) -> None:
    with pytest.raises(DataError, match=message):
        draw(tmp_path / "data", **{"people": 4, "cameras": 1, "seed": 0, **wrong})
    assert not (tmp_path / "data").exists()


def test_a_place_that_cannot_be_written_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="cannot write"):
        draw(tmp_path / "file" / "data", people=4, cameras=1, seed=0)


def test_without_the_drawing_library_the_message_says_how_to_get_it() -> None:
    program = (
        "import sys; sys.modules['celiagg'] = None\n"
        "from tipr.errors import DependencyError\n"
        "try: import tipr.synthetic.dataset\n"
        "except DependencyError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "pip install celiagg" in done.stdout, done.stderr
