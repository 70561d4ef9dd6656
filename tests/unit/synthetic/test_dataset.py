"""A drawn benchmark: deterministic, in the layout it claims, and described truly."""

import json
import random
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tipr.errors import DataError, StorageError
from tipr.synthetic.captions import COLOUR_WORDS, describe
from tipr.synthetic.dataset import draw, split_of
from tipr.synthetic.drawing import draw_person
from tipr.synthetic.people import COLOURS, Item, Person, invent
from tipr.synthetic.pose import DIRECTIONS, Pose

PEOPLE, CAMERAS = 20, 3


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("drawn") / "data"
    assert draw(target, people=PEOPLE, cameras=CAMERAS, seed=0) == PEOPLE * CAMERAS
    return target


def records(folder: Path) -> list[dict]:
    return json.loads((folder / "reid_raw.json").read_text(encoding="utf-8"))


def files(folder: Path) -> dict[str, bytes]:
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def test_equal_arguments_give_equal_bytes_and_another_seed_does_not(
    folder: Path, tmp_path: Path
) -> None:
    draw(tmp_path / "again", people=PEOPLE, cameras=CAMERAS, seed=0)
    draw(tmp_path / "other", people=PEOPLE, cameras=CAMERAS, seed=1)
    assert files(tmp_path / "again") == files(folder)
    assert files(tmp_path / "other").keys() == files(folder).keys()
    assert files(tmp_path / "other") != files(folder)


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


def test_splits_share_nobody_and_ids_count_on_from_train_to_val_to_test(folder: Path) -> None:
    ids = defaultdict(set)
    for record in records(folder):
        ids[record["split"]].add(record["id"])
    assert ids == {
        "train": set(range(1, 15)),
        "val": set(range(15, 18)),
        "test": set(range(18, 21)),
    }


@pytest.mark.parametrize("people", [4, 5, 7, 40, 1000])
def test_every_split_has_someone_and_train_most(people: int) -> None:
    names = split_of(people)
    count = {name: names.count(name) for name in ("train", "val", "test")}
    assert sum(count.values()) == len(names) == people
    assert count["val"] == count["test"] >= 1
    assert count["train"] >= people / 2


def test_attributes_tell_what_was_drawn_of_each_picture(folder: Path) -> None:
    lines = (folder / "attributes.jsonl").read_text(encoding="utf-8").splitlines()
    attributes = [json.loads(line) for line in lines]
    assert [line["file_path"] for line in attributes] == [r["file_path"] for r in records(folder)]
    for line in attributes:
        assert line["direction"] in DIRECTIONS
        assert line["file_path"].startswith(f"cam{line['camera']}/")


def test_captions_name_the_drawn_colours_and_have_12_to_30_words(folder: Path) -> None:
    lines = (folder / "attributes.jsonl").read_text(encoding="utf-8").splitlines()
    for line, record in zip(map(json.loads, lines), records(folder), strict=True):
        for caption in record["captions"]:
            assert 12 <= len(caption.split()) <= 30
            for garment in (line["upper"], line["lower"]):
                words = COLOUR_WORDS[garment["colour"]]
                assert any(word in caption.lower() for word in words), (caption, garment)


def test_captions_stay_within_their_length_and_tell_no_colour_that_is_not_there() -> None:
    rng = random.Random(5)
    for person in invent(300, rng):
        items = [person.upper, person.lower, person.shoes, person.bag, person.hat]
        worn = {person.hair_colour} | {item.colour for item in items if item}
        worn |= {item.second for item in items if item and item.second}
        allowed = {word for name in worn for word in COLOUR_WORDS[name]}
        for caption in describe(person, rng.choice(DIRECTIONS), rng):
            assert 12 <= len(caption.split()) <= 30
            assert caption[0].isupper()
            assert caption.endswith(".")
            rest = f" {caption.lower().replace(',', ' ').replace('.', ' ')} "
            for word in sorted(allowed, key=len, reverse=True):
                rest = rest.replace(f" {word} ", " ")
            told = {w for words in COLOUR_WORDS.values() for w in words if f" {w} " in rest}
            assert not told, caption


@pytest.mark.parametrize("direction", ["back", "left", "right"])
def test_a_print_is_told_only_from_the_front(direction: str) -> None:
    rng = random.Random(0)
    person = next(p for p in invent(200, rng) if p.upper.pattern == "print")
    assert not any("print" in text for _ in range(50) for text in describe(person, direction, rng))
    assert any("print" in text for _ in range(50) for text in describe(person, "front", rng))


def test_no_two_people_look_alike() -> None:
    looks = [
        (p.sex, p.hair, p.hair_colour, p.upper, p.lower, p.shoes, p.bag, p.hat)
        for p in invent(2000, random.Random(0))
    ]
    assert len(set(looks)) == 2000


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("kind", ["t-shirt", "shirt", "sweater", "hoodie", "jacket", "coat"])
def test_garments_are_drawn_in_their_colours(kind: str, direction: str) -> None:
    person = Person(
        sex="woman",
        build="average",
        height=1.0,
        skin="medium",
        hair="long",
        hair_colour="black",
        upper=Item(kind, "green"),
        lower=Item("trousers", "red"),
        shoes=Item("shoes", "blue"),
        bag=None,
        hat=None,
    )
    pixels = np.asarray(drawn(person, Pose(direction, 0.5))).reshape(-1, 3)
    for name, share in [("green", 0.03), ("red", 0.02), ("blue", 0.001)]:
        assert (pixels == COLOURS[name]).all(axis=1).mean() > share


def test_walking_left_is_the_mirrored_outline_of_walking_right_under_the_same_light() -> None:
    person = invent(1, random.Random(3))[0]
    left, right = (
        np.asarray(drawn(person, Pose(direction, 0.5), width=257))
        for direction in ("left", "right")
    )
    outline_left, outline_right = ((side != 128).any(axis=2) for side in (left, right))
    # Edges are rounded to pixels one way or the other.
    assert (outline_left == outline_right[:, ::-1]).mean() > 0.98
    assert (outline_left == outline_right).mean() < 0.98
    assert (left != right[:, ::-1]).any(axis=2).mean() > 0.02


def drawn(person: Person, pose: Pose, width: int = 256) -> Image.Image:
    canvas = Image.new("RGB", (width, 768), (128, 128, 128))
    draw_person(canvas, person, pose, crown=(128, 20), pixels=720)
    return canvas


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
    ("people", "cameras", "message"), [(3, 1, "at least 4"), (4, 0, "at least 1")]
)
def test_too_few_people_or_cameras_are_a_data_error(
    tmp_path: Path, people: int, cameras: int, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        draw(tmp_path / "data", people=people, cameras=cameras, seed=0)
    assert not (tmp_path / "data").exists()


def test_a_place_that_cannot_be_written_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="cannot write"):
        draw(tmp_path / "file" / "data", people=4, cameras=1, seed=0)
