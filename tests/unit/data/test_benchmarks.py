"""Each benchmark's layout, in miniature; no picture is opened, so none need exist."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tipr.data.benchmarks import fingerprint, read_benchmark, read_splits
from tipr.data.layout import FORMATS
from tipr.errors import DataError

ROWS = [
    {"split": "test", "id": 9, "file_path": "a/9.png", "captions": ["a man"]},
    {"split": "train", "id": 1, "file_path": "a/1.png", "captions": ["a woman", "a red coat"]},
    {"split": "train", "id": 1, "file_path": "b/1.png", "captions": []},
    {"split": "train", "id": 2, "file_path": "b/2.png", "captions": ["a bag"], "more": 1},
]
LINES = [
    {"image": "p/1.jpg", "caption": "red", "person": "ann", "split": "train", "camera": 3},
    {"image": "p/2.jpg", "caption": ["blue", "green"], "person": "ben", "split": "train"},
    {"image": "p/1.jpg", "caption": "coat", "person": "ann", "split": "train", "weather": "dry"},
    {"image": "p/3.jpg", "caption": "bag", "person": "eve", "split": "val", "time": "2026-05-01"},
]


def write(path: Path, content: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = content if isinstance(content, str) else json.dumps(content)
    path.write_text(text, encoding="utf-8")
    return path.parent


def lines(rows: list[dict]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def rename(rows: list[dict], old: str, new: str) -> list[dict]:
    return [{new if key == old else key: value for key, value in row.items()} for row in rows]


@pytest.mark.parametrize(
    ("file", "field", "name"),
    [
        ("reid_raw.json", "file_path", "cuhk-pedes"),
        ("ICFG-PEDES.json", "file_path", "icfg-pedes"),
        ("ICFG_PEDES.json", "file_path", "icfg-pedes"),
        ("data_captions.json", "img_path", "rstpreid"),
    ],
)
def test_the_three_benchmarks_read_alike(file: str, field: str, name: str, tmp_path: Path) -> None:
    write(tmp_path / file, rename(ROWS, "file_path", field))
    (tmp_path / "imgs").mkdir()
    splits = read_splits(tmp_path)
    assert splits == read_splits(str(tmp_path), format=name)
    assert list(splits) == ["train", "test"]
    train = splits["train"]
    assert [picture.path for picture in train.pictures] == [
        tmp_path / "imgs" / name for name in ("a/1.png", "b/1.png", "b/2.png")
    ]
    assert train.people == ("1", "2")
    assert [(one.text, one.picture) for one in train.captions] == [
        ("a woman", 0),
        ("a red coat", 0),
        ("a bag", 2),
    ]
    assert all(one.camera is None and one.time is None for one in train.pictures)
    assert read_benchmark(tmp_path, "test") == splits["test"]


def test_pictures_are_looked_for_beside_the_annotation_too(tmp_path: Path) -> None:
    write(tmp_path / "reid_raw.json", ROWS)
    write(tmp_path / "a" / "9.png", "")
    assert read_benchmark(tmp_path, "test").pictures[0].path == tmp_path / "a" / "9.png"


def test_jsonl_joins_the_lines_of_a_picture(tmp_path: Path) -> None:
    write(tmp_path / "data.jsonl", lines(LINES) + "\n\n")
    train, val = read_splits(tmp_path).values()
    assert (train.name, val.name) == ("train", "val")
    assert [(one.path, one.person, one.camera) for one in train.pictures] == [
        (tmp_path / "p/1.jpg", "ann", "3"),
        (tmp_path / "p/2.jpg", "ben", None),
    ]
    assert [(one.text, one.picture) for one in train.captions] == [
        ("red", 0),
        ("blue", 1),
        ("green", 1),
        ("coat", 0),
    ]
    assert val.pictures[0].time == "2026-05-01"


def test_a_jsonl_of_any_name_will_do_but_not_two(tmp_path: Path) -> None:
    write(tmp_path / "my.jsonl", lines(LINES))
    write(tmp_path / "log.jsonl", "not even json")
    write(tmp_path / "attributes.jsonl", '{"person": "7", "hair": "red"}\n')
    assert len(read_splits(tmp_path)) == 2
    write(tmp_path / "other.jsonl", lines(LINES))
    with pytest.raises(DataError, match=r"my\.jsonl \(jsonl\), other\.jsonl \(jsonl\)"):
        read_splits(tmp_path)
    write(tmp_path / "captions.jsonl", lines(LINES[:1]))
    assert list(read_splits(tmp_path)) == ["train"]


def test_a_stray_jsonl_does_not_hide_a_benchmark(tmp_path: Path) -> None:
    write(tmp_path / "log.jsonl", "")
    write(tmp_path / "log2.jsonl", "")
    write(tmp_path / "reid_raw.json", ROWS)
    assert list(read_splits(tmp_path)) == ["train", "test"]


def test_two_benchmarks_in_one_folder_need_a_choice(tmp_path: Path) -> None:
    write(tmp_path / "reid_raw.json", ROWS)
    write(tmp_path / "data.jsonl", lines(LINES))
    with pytest.raises(DataError, match=r"reid_raw\.json \(cuhk-pedes\), data\.jsonl \(jsonl\)"):
        read_splits(tmp_path)
    assert list(read_splits(tmp_path, format="jsonl")) == ["train", "val"]


def test_an_absent_split_is_answered_with_those_there(tmp_path: Path) -> None:
    write(tmp_path / "ICFG-PEDES.json", ROWS)
    with pytest.raises(DataError, match="no split 'val'; this benchmark has train, test"):
        read_benchmark(tmp_path, "val")


def test_an_empty_folder_is_answered_with_what_was_looked_for(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError) as caught:
        read_splits(tmp_path / "empty")
    for form in FORMATS.values():
        assert all(file in str(caught.value) for file in form.files)
    assert str(tmp_path / "empty") in str(caught.value)


@pytest.mark.parametrize("asked", ["CUHK", "CUHK/PEDES/imgs"])
def test_a_folder_one_level_off_is_put_right(asked: str, tmp_path: Path) -> None:
    write(tmp_path / "CUHK" / "PEDES" / "reid_raw.json", ROWS)
    (tmp_path / "CUHK" / "PEDES" / "imgs").mkdir()
    with pytest.raises(DataError) as caught:
        read_splits(tmp_path / asked)
    assert str(caught.value).endswith(f"give {tmp_path / 'CUHK' / 'PEDES'}")


def test_no_folder_and_a_file_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such folder"):
        read_splits(tmp_path / "gone")
    write(tmp_path / "reid_raw.json", ROWS)
    with pytest.raises(DataError, match="is a file; give the folder"):
        read_splits(tmp_path / "reid_raw.json")


def test_an_unknown_format_is_answered_with_those_known(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="unknown format 'coco'; known: auto, cuhk-pedes"):
        read_splits(tmp_path, format="coco")


def without(name: str) -> list[dict]:
    return [ROWS[0], {key: value for key, value in ROWS[1].items() if key != name}]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[{]", r"reid_raw\.json: not valid JSON: .*line 1"),
        ("", "not valid JSON"),
        ("[" * 200_000, "not valid JSON"),
        ({"rows": []}, "expected a list of rows, found dict"),
        ([], "holds no rows"),
        ([ROWS[0], 5], "row 2: expected an object, found int"),
        (without("split"), "row 2: no field 'split'; expected split, id, file_path, captions"),
        (without("id"), "row 2: no field 'id'"),
        (without("file_path"), "row 2: no field 'file_path'"),
        (without("captions"), "row 2: no field 'captions'"),
        ([ROWS[0] | {"captions": [1]}], "row 1: 'captions' must be text"),
        ([ROWS[0] | {"captions": {"a": 1}}], "row 1: 'captions' must be text"),
        ([ROWS[0] | {"file_path": 7}], "row 1: 'file_path' must be the path"),
        ([ROWS[0] | {"file_path": " "}], "row 1: 'file_path' must be the path"),
        ([ROWS[0] | {"id": 1.5}], "row 1: 'id' must be text or a whole number, found 1.5"),
        ([ROWS[0] | {"id": True}], "row 1: 'id' must be"),
        ([ROWS[0] | {"split": ""}], "row 1: 'split' must be"),
        ([ROWS[0] | {"camera": []}], "row 1: 'camera' must be"),
    ],
)
def test_a_malformed_annotation_is_named_with_its_row(
    content: Any, message: str, tmp_path: Path
) -> None:
    write(tmp_path / "reid_raw.json", content)
    with pytest.raises(DataError, match=message) as caught:
        read_splits(tmp_path)
    assert str(tmp_path / "reid_raw.json") in str(caught.value)


def test_a_malformed_line_is_named_by_its_place_in_the_file(tmp_path: Path) -> None:
    write(tmp_path / "data.jsonl", lines(LINES[:1]) + "\n{broken\n")
    with pytest.raises(DataError, match=r"data\.jsonl: line 3: not valid JSON"):
        read_splits(tmp_path)
    write(tmp_path / "data.jsonl", "\n" + lines([{"image": "a.png", "person": 1}]))
    with pytest.raises(DataError, match=r"line 2: no field 'split'"):
        read_splits(tmp_path)


def test_text_that_is_not_utf8_is_refused_and_a_byte_order_mark_is_not(tmp_path: Path) -> None:
    (tmp_path / "reid_raw.json").write_bytes(b"\xff\xfe[]")
    with pytest.raises(DataError, match="cannot be read"):
        read_splits(tmp_path)
    (tmp_path / "reid_raw.json").write_text(json.dumps(ROWS), encoding="utf-8-sig")
    assert "train" in read_splits(tmp_path)


def test_the_fingerprint_moves_with_the_content_and_not_with_the_folder(tmp_path: Path) -> None:
    write(tmp_path / "here" / "reid_raw.json", ROWS)
    shutil.copytree(tmp_path / "here", tmp_path / "there" / "deeper")
    here = fingerprint(read_splits(tmp_path / "here"))
    assert here == fingerprint(read_splits(tmp_path / "there" / "deeper"))
    changes = [
        ROWS[:3],
        [ROWS[0] | {"captions": ["a Man"]}, *ROWS[1:]],
        [ROWS[0] | {"id": 10}, *ROWS[1:]],
        [ROWS[0] | {"split": "val"}, *ROWS[1:]],
        [ROWS[0] | {"file_path": "a/8.png"}, *ROWS[1:]],
        [ROWS[0] | {"camera": "c1"}, *ROWS[1:]],
    ]
    seen = {here}
    for rows in changes:
        write(tmp_path / "here" / "reid_raw.json", rows)
        seen.add(fingerprint(read_splits(tmp_path / "here")))
    assert len(seen) == len(changes) + 1
    assert fingerprint({}) == fingerprint({})


def test_the_real_subset_has_its_published_counts(shared: Path) -> None:
    splits = read_splits(shared / "data" / "cuhk-pedes-subset")
    assert {
        name: (len(split.pictures), len(split.people), len(split.captions))
        for name, split in splits.items()
    } == {"train": (3779, 959, 7560), "val": (1202, 304, 2404)}
    assert all(split.pictures[0].path.is_file() for split in splits.values())
