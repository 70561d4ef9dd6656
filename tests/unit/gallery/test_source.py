import json
from pathlib import Path

import pytest

from tipr.errors import ConfigError, GalleryError
from tipr.gallery import wallclock
from tipr.gallery.pattern import Pattern
from tipr.gallery.records import Facts
from tipr.gallery.scan import File
from tipr.gallery.source import Source, look_through, root_of

MAY = wallclock.of_text("2026-05-01T08:15:02")


def put(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    return path


def facts(source: Source) -> dict[str, Facts]:
    return {one.file.path: one.facts for one in source.wanted}


@pytest.fixture
def folder(tmp_path) -> Path:
    for name in ("gate/b.jpg", "gate/a.jpg", "yard/c.png", "film.MP4", "notes.txt"):
        put(tmp_path / name)
    return tmp_path.resolve()


def test_a_folder_gives_its_pictures_in_path_order_and_counts_the_videos(folder):
    source = look_through(folder)
    assert list(facts(source)) == ["gate/a.jpg", "gate/b.jpg", "yard/c.png"]
    assert (source.root, source.videos) == (folder, 1)
    source = look_through(folder, videos=True)
    assert [one.file.path for one in source.wanted if one.is_video] == ["film.MP4"]
    assert source.videos == 0


def test_a_folder_of_videos_says_what_would_find_people_in_them(tmp_path):
    put(tmp_path / "a.mkv")
    with pytest.raises(GalleryError, match="1 videos; find people in them with --detect"):
        look_through(tmp_path)


def test_a_list_names_pictures_and_its_bad_rows_are_kept_apart(folder):
    (folder / "people.csv").write_text(
        "path,camera,time\nyard/c.png,,2026-05-01\ngate/a.jpg,9,x\ngone.jpg,,\nfilm.MP4,,\n"
    )
    source = look_through(folder / "people.csv")
    assert facts(source) == {
        "gone.jpg": Facts(),
        "yard/c.png": Facts(time_ms=wallclock.of_text("2026-05-01")),
    }
    assert source.wanted[0].file == File("gone.jpg", -1, -1)
    assert [(file.path, file.size) for file, _ in source.refused] == [
        ("film.MP4", -1), ("people.csv: line 3", -1),
    ]  # fmt: skip
    assert "--detect" in source.refused[0][1]


def test_a_pattern_fills_in_what_the_list_leaves_open(folder):
    (folder / "people.csv").write_text(
        "path,camera,shirt\ngate/a.jpg,,red\ngate/b.jpg,two,\nfilm.jpg,,\n"
    )
    source = look_through(folder / "people.csv", pattern=Pattern("{camera}/{shirt}.jpg"))
    assert facts(source) == {
        "film.jpg": Facts(),
        "gate/a.jpg": Facts(camera="gate", attributes={"shirt": "red"}),
        "gate/b.jpg": Facts(camera="two", attributes={"shirt": "b"}),
    }
    assert source.unmatched == 1


def test_a_benchmark_tells_camera_and_time_of_its_split(folder):
    rows = [
        {"image": "gate/a.jpg", "caption": "a man", "person": "1", "split": "val", "camera": "4"},
        {"image": "gate/b.jpg", "caption": "a man", "person": "1", "split": "val"},
        {"image": "yard/c.png", "caption": "a man", "person": "2", "split": "train", "time": "17"},
    ]
    rows[1]["time"] = "2026-05-01T08:15:02"
    (folder / "data.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert facts(look_through(folder, split="val")) == {
        "gate/a.jpg": Facts(camera="4"), "gate/b.jpg": Facts(time_ms=MAY),
    }  # fmt: skip
    assert facts(look_through(folder, split="train")) == {"yard/c.png": Facts()}


def test_what_is_neither_folder_nor_list_is_refused(folder):
    for name, words in (
        ("notes.txt", r"\.csv, \.jsonl, \.parquet"),
        ("gone", "no such folder"),
        ("gone.csv", "no such folder"),
    ):
        with pytest.raises(GalleryError, match=words):
            root_of(folder / name)
    (folder / "l.csv").touch()
    assert root_of(folder / "l.csv") == folder


def test_a_split_is_for_a_folder(folder):
    (folder / "l.csv").write_text("path\ngate/a.jpg\n")
    with pytest.raises(ConfigError, match="--split"):
        look_through(folder / "l.csv", split="val")
