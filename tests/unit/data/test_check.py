"""Every kind of fault is planted once in a small drawn benchmark, and found."""

import json
from pathlib import Path

import pytest
from PIL import Image

from tipr.data.benchmarks import fingerprint, read_splits
from tipr.data.check import Defect, Report, Spread, check
from tipr.errors import DataError


def row(split: str, person: int | str, path: str, *captions: str) -> dict:
    return {"split": split, "id": person, "file_path": path, "captions": list(captions)}


GOOD = [
    row("train", 1, "1a.png", "a red coat", "a woman in a long red coat"),
    row("train", 1, "1b.png", "a coat"),
    row("train", 2, "2.png", "blue jeans"),
    row("val", 3, "3.png", "a bag"),
]


def make(folder: Path, rows: list[dict], *, pictures: str = "imgs", file: str = "") -> Path:
    for at, one in enumerate(rows):
        path = folder / pictures / one["file_path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (10 + at, 20 + 2 * at), "red").save(path)
    (folder / (file or "reid_raw.json")).write_text(json.dumps(rows))
    return folder


def kinds(report: Report) -> list[tuple[str, str]]:
    return [(defect.kind, Path(defect.where).name) for defect in report.defects]


def test_a_sound_benchmark_is_counted_and_has_no_defects(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    report = check(make(tmp_path, GOOD), progress=lambda done, total: told.append((done, total)))
    assert report.defects == ()
    assert report.counts == {}
    assert (report.folder, report.format) == (tmp_path, "cuhk-pedes")
    assert report.annotation == tmp_path / "reid_raw.json"
    assert report.fingerprint == fingerprint(read_splits(tmp_path))
    train, val = report.splits
    assert (train.name, train.images, train.people, train.captions) == ("train", 3, 2, 4)
    assert train.words == Spread(2, (3 + 7 + 2 + 2) / 4, 7)
    assert train.widths == Spread(10, 11, 12)
    assert train.heights == Spread(20, 22, 24)
    assert (val.images, val.people, val.captions, val.cameras) == (1, 1, 1, ())
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_pictures_that_cannot_be_read_are_listed(tmp_path: Path) -> None:
    make(tmp_path, GOOD)
    (tmp_path / "imgs" / "1a.png").unlink()
    whole = (tmp_path / "imgs" / "2.png").read_bytes()
    (tmp_path / "imgs" / "2.png").write_bytes(whole[: len(whole) // 2])
    report = check(tmp_path)
    assert kinds(report) == [("missing picture", "1a.png"), ("unreadable picture", "2.png")]
    assert report.defects[0].what == "no such picture"
    assert "truncated" in report.defects[1].what
    assert report.splits[0].widths == Spread(11, 11, 11)


def test_captions_that_say_nothing_are_listed(tmp_path: Path) -> None:
    rows = [*GOOD, row("val", 3, "x.png"), row("val", 3, "y.png", "  ", "a bag")]
    assert kinds(check(make(tmp_path, rows))) == [
        ("picture without caption", "x.png"),
        ("empty caption", "y.png"),
    ]


def test_a_person_in_two_splits_is_listed(tmp_path: Path) -> None:
    report = check(make(tmp_path, [*GOOD, row("test", 2, "t.png", "a bag")]))
    assert report.defects == (Defect("identity in two splits", "2", "in train and test"),)


def test_unused_training_ids_are_one_defect(tmp_path: Path) -> None:
    rows = [*GOOD, row("train", 9, "9.png", "a bag"), row("train", 7, "7.png", "a bag")]
    (defect,) = check(make(tmp_path, rows)).defects
    assert defect.kind == "gap in training ids"
    assert defect.what == "of the ids 1 to 9 5 are not used, the first is 3"
    assert not check(make(tmp_path, [row("train", "ann", "1a.png", "a bag")])).defects


def test_a_picture_listed_more_than_once_is_told_by_where(tmp_path: Path) -> None:
    rows = [*GOOD, row("train", 2, "2.png", "again"), row("val", 3, "1a.png", "a bag")]
    report = check(make(tmp_path, rows))
    assert kinds(report) == [("picture in two splits", "1a.png"), ("picture listed twice", "2.png")]
    assert report.counts == {"picture in two splits": 1, "picture listed twice": 1}


def test_a_wrong_picture_folder_is_one_defect_that_says_where_they_are(tmp_path: Path) -> None:
    (defect,) = check(make(tmp_path, GOOD, pictures="imgs/images")).defects
    assert defect.kind == "layout"
    assert "none of the 4 pictures" in defect.what
    assert f"move what is in {tmp_path / 'imgs' / 'images'} to {tmp_path / 'imgs'}" in defect.what


def test_pictures_that_are_nowhere_are_one_defect(tmp_path: Path) -> None:
    make(tmp_path, GOOD)
    for path in (tmp_path / "imgs").iterdir():
        path.unlink()
    (defect,) = check(tmp_path).defects
    assert defect.kind == "layout"
    assert defect.what.endswith("1a.png")


def test_an_annotation_of_another_name_is_read_and_reported(tmp_path: Path) -> None:
    make(tmp_path, GOOD, file="annotations.json")
    (tmp_path / "aaa.json").write_text("not json")
    report = check(tmp_path)
    assert kinds(report) == [("annotation name", "annotations.json")]
    assert "name it reid_raw.json (cuhk-pedes) or ICFG-PEDES.json" in report.defects[0].what
    assert report.splits[0].images == 3


@pytest.mark.parametrize("asked", ["", "PEDES/imgs"])
def test_an_annotation_one_level_off_is_read_and_reported(asked: str, tmp_path: Path) -> None:
    make(tmp_path / "PEDES", GOOD)
    report = check(tmp_path / asked)
    assert [defect.kind for defect in report.defects] == ["layout"]
    assert str(tmp_path / "PEDES") in report.defects[0].what
    assert report.annotation.parent == tmp_path / "PEDES"


def test_a_folder_that_is_no_benchmark_cannot_be_checked(tmp_path: Path) -> None:
    (tmp_path / "list.json").write_text("[1, 2]")
    with pytest.raises(DataError, match="no annotation file"):
        check(tmp_path)
    with pytest.raises(DataError, match="no such folder"):
        check(tmp_path / "gone")


def test_cameras_are_listed_where_the_annotation_tells_them(tmp_path: Path) -> None:
    Image.new("RGB", (4, 8)).save(tmp_path / "a.png")
    line = {"image": "a.png", "caption": "a bag", "person": "x", "split": "train", "camera": "c2"}
    (tmp_path / "data.jsonl").write_text(json.dumps(line))
    report = check(tmp_path)
    assert report.splits[0].cameras == ("c2",)
    assert not report.defects


def test_a_check_that_is_stopped_stops(tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check(make(tmp_path, GOOD), progress=stop)
