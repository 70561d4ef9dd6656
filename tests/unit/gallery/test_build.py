import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from tipr.errors import (
    DataError,
    FingerprintError,
    GalleryBusyError,
    GalleryError,
    ModelError,
    StorageError,
)
from tipr.gallery import forget, wallclock
from tipr.gallery.build import BuildReport, build
from tipr.gallery.index import INDEX
from tipr.gallery.pattern import Pattern
from tipr.gallery.records import Facts, Reading
from tipr.gallery.scan import File
from tipr.gallery.store import Gallery


def counts(report: BuildReport) -> tuple[int, int, int, int]:
    return report.added, report.changed, report.removed, report.unchanged


def content(path: Path) -> dict[str, bytes]:
    with Gallery.open(path) as gallery:
        ids, vectors = gallery.vectors()
        items = gallery.items(list(ids))
    return {
        items[int(number)].path.as_posix(): vector.tobytes()
        for number, vector in zip(ids, vectors, strict=True)
    }


@pytest.fixture
def goal(tmp_path: Path) -> Path:
    return tmp_path / "gallery"


def test_every_picture_gets_the_vector_of_its_pixels_in_path_order(people, goal, make_encoder):
    encoder = make_encoder()
    report = build(encoder, people, goal, model="m", batch=4)
    assert counts(report) == (10, 0, 0, 0)
    assert encoder.batches == [4, 4, 2]
    with Gallery.open(goal) as gallery:
        ids, vectors = gallery.vectors()
        items = gallery.items(list(ids))
    names = [items[int(number)].path for number in ids]
    assert names == sorted(names)
    for path, vector in zip(names, vectors, strict=True):
        with Image.open(path) as picture:
            pixels = np.asarray(picture.resize((8, 24)).convert("RGB"))
        np.testing.assert_array_equal(vector, encoder.encode_images(pixels[None])[0])


def test_a_second_run_encodes_nothing(people, goal, make_encoder):
    build(make_encoder(), people, goal, model="m")
    again, calls = make_encoder(), []
    report = build(again, people, goal, model="m", progress=lambda *pair: calls.append(pair))
    assert counts(report) == (0, 0, 0, 10)
    assert again.encoded == 0
    assert calls == [(0, 0)]


def test_only_what_changed_is_encoded_and_what_is_gone_is_erased(people, goal, make_encoder, draw):
    build(make_encoder(), people, goal, model="m")
    draw(people / "new.png", 77)
    draw(people / "3.png", 78)
    os.utime(people / "3.png", ns=(1, 1))
    (people / "gate" / "9.png").unlink()
    encoder = make_encoder()
    report = build(encoder, people, goal, model="m")
    assert counts(report) == (1, 1, 1, 8)
    assert encoder.encoded == 2
    fresh = build(make_encoder(), people, goal.with_name("fresh"), model="m")
    assert counts(fresh) == (10, 0, 0, 0)
    assert content(goal) == content(goal.with_name("fresh"))


def test_an_erased_picture_does_not_live_on_in_the_index_file(people, goal, make_encoder):
    build(make_encoder(), people, goal, model="m")
    vector = content(goal)[(people / "5.png").resolve().as_posix()]
    assert vector in (goal / INDEX).read_bytes()
    (people / "5.png").unlink()
    build(make_encoder(), people, goal, model="m")
    assert vector not in b"".join(path.read_bytes() for path in goal.iterdir())


def test_an_interruption_right_after_erasing_leaves_no_old_index(people, goal, make_encoder):
    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    build(make_encoder(), people, goal, model="m")
    (people / "5.png").unlink()
    with pytest.raises(KeyboardInterrupt):
        build(make_encoder(), people, goal, model="m", progress=interrupt)
    assert len(content(goal)) == 9
    assert not (goal / INDEX).exists()


@pytest.mark.parametrize("stop", [KeyboardInterrupt, MemoryError])
def test_interrupted_and_continued_equals_undisturbed(people, goal, make_encoder, stop):
    build(make_encoder(), people, goal.with_name("whole"), model="m", batch=3)

    def interrupt(done: int, total: int) -> None:
        if done >= 6:
            raise stop

    with pytest.raises(stop):
        build(make_encoder(), people, goal, model="m", batch=3, progress=interrupt)
    assert len(content(goal)) == 6
    encoder = make_encoder()
    report = build(encoder, people, goal, model="m", batch=3)
    assert counts(report) == (4, 0, 0, 6)
    assert encoder.batches == [3, 1]
    assert list(content(goal).items()) == list(content(goal.with_name("whole")).items())


def test_interrupted_before_the_first_batch_leaves_nothing(people, goal, make_encoder):
    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(make_encoder(), people, goal, model="m", progress=interrupt)
    assert not goal.exists()


def test_unreadable_pictures_are_listed_and_left_alone_until_they_change(
    people, goal, make_encoder, draw
):
    (people / "broken.jpg").write_bytes(b"not a picture")
    (people / "empty.png").touch()
    (people / "gone.png").symlink_to(people / "nowhere.png")
    first = build(make_encoder(), people, goal, model="m")
    assert first.added == 10
    assert [path.name for path, _ in first.skipped] == ["broken.jpg", "empty.png", "gone.png"]
    assert all(reason and str(people) not in reason for _, reason in first.skipped)

    draw(people / "empty.png", 60)
    encoder, calls = make_encoder(), []
    second = build(encoder, people, goal, model="m", progress=lambda *pair: calls.append(pair))
    assert counts(second) == (1, 0, 0, 10)
    assert encoder.encoded == 1
    assert calls[-1] == (1, 1)
    assert [path.name for path, _ in second.skipped] == ["broken.jpg", "gone.png"]

    (people / "broken.jpg").unlink()
    third = build(make_encoder(), people, goal, model="m")
    assert counts(third) == (0, 0, 0, 11)
    assert [path.name for path, _ in third.skipped] == ["gone.png"]


def test_a_picture_that_becomes_unreadable_is_no_longer_found(people, goal, make_encoder):
    build(make_encoder(), people, goal, model="m")
    (people / "4.png").write_bytes(b"overwritten")
    report = build(make_encoder(), people, goal, model="m")
    assert [path.name for path, _ in report.skipped] == ["4.png"]
    assert len(content(goal)) == 9


def test_a_picture_that_vanishes_while_indexing_is_skipped(people, goal, make_encoder):
    def delete(done: int, total: int) -> None:
        if done == 0:
            (people / "0.png").unlink()

    report = build(make_encoder(), people, goal, model="m", progress=delete)
    assert report.added == 9
    assert [path.name for path, _ in report.skipped] == ["0.png"]


def test_nothing_readable_is_an_error_and_leaves_no_gallery(tmp_path, goal, make_encoder):
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "a.jpg").write_bytes(b"x")
    with pytest.raises(GalleryError, match=r"none of its 1 pictures can be read.*a\.jpg"):
        build(make_encoder(), tmp_path / "bad", goal, model="m")
    assert not goal.exists()
    goal.mkdir()
    with pytest.raises(GalleryError, match="none of its 1"):
        build(make_encoder(), tmp_path / "bad", goal, model="m")


def test_a_folder_without_pictures_does_not_erase_the_gallery(people, goal, make_encoder):
    build(make_encoder(), people, goal, model="m")
    shutil.rmtree(people)
    people.mkdir()
    with pytest.raises(GalleryError, match="no pictures found"):
        build(make_encoder(), people, goal, model="m")
    assert len(content(goal)) == 10


def test_another_model_is_refused_and_the_gallery_stays(people, goal, make_encoder):
    build(make_encoder(), people, goal, model="m")
    before = content(goal)
    with pytest.raises(FingerprintError, match="tipr gallery switch"):
        build(make_encoder("bb" * 32), people, goal, model="other")
    assert content(goal) == before


def test_the_place_of_a_moved_model_is_remembered(people, goal, make_encoder):
    build(make_encoder(), people, goal, model="old")
    build(make_encoder(), people, goal, model="new")
    with Gallery.open(goal) as gallery:
        assert gallery.meta.model == "new"


def test_a_folder_that_is_no_gallery_is_not_touched(people, make_encoder):
    with pytest.raises(GalleryError, match="no gallery and holds other things"):
        build(make_encoder(), people, people, model="m")
    assert not (people / "gallery.sqlite").exists()


def test_a_second_build_at_once_is_turned_away(people, goal, make_encoder):
    build(make_encoder(), people, goal, model="m")
    with Gallery.open(goal, write=True), pytest.raises(GalleryBusyError):
        build(make_encoder(), people, goal, model="m")


def test_a_full_disk_keeps_what_was_finished(people, goal, make_encoder, monkeypatch):
    stored, calls = Gallery.add, []

    def fails_the_second_time(self, folder, readings):
        calls.append(1)
        if len(calls) == 2:
            (pages,) = self._db.execute("PRAGMA page_count").fetchone()
            self._db.execute(f"PRAGMA max_page_count = {pages + 2}")
            readings = [Reading(file=File("bad", 1, 1), reason="a reason of many pages" * 9000)]
        stored(self, folder, readings)

    monkeypatch.setattr(Gallery, "add", fails_the_second_time)
    with pytest.raises(StorageError, match="free some space"):
        build(make_encoder(), people, goal, model="m", batch=4)
    monkeypatch.setattr(Gallery, "add", stored)
    assert len(content(goal)) == 4
    assert counts(build(make_encoder(), people, goal, model="m", batch=4)) == (6, 0, 0, 4)


def test_vectors_that_are_not_finite_are_refused(people, goal, make_encoder):
    encoder = make_encoder()
    encoder.encode_images = lambda pixels: np.full((len(pixels), 12), np.nan, np.float32)
    with pytest.raises(ModelError, match="not finite"):
        build(encoder, people, goal, model="m")
    assert not goal.exists()


def test_several_folders_live_in_one_gallery(people, goal, make_encoder, draw, tmp_path):
    draw(tmp_path / "night" / "1.png", 90)
    build(make_encoder(), people, goal, model="m")
    report = build(make_encoder(), tmp_path / "night", goal, model="m")
    assert counts(report) == (1, 0, 0, 0)
    assert len(content(goal)) == 11


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
def test_a_name_that_is_no_text_is_skipped(people, goal, make_encoder):
    try:
        shutil.copy(people / "1.png", os.fsencode(people) + b"/bad\xff.png")
    except OSError:
        pytest.skip("this file system takes only text")
    report = build(make_encoder(), people, goal, model="m")
    assert report.added == 10
    ((path, reason),) = report.skipped
    assert "UTF-8" in reason
    str(path).encode()


def test_exactly_the_pictures_of_the_split_are_indexed(tmp_path, goal, make_encoder, draw):
    rows = []
    for number in range(9):
        split = ("train", "val", "test")[number % 3]
        draw(tmp_path / "bench" / "pictures" / f"{number}.png", number)
        for caption in ("a person", "someone"):
            rows.append(
                {
                    "image": f"pictures/{number}.png",
                    "caption": caption,
                    "person": str(number // 3),
                    "split": split,
                }
            )
    lines = "\n".join(json.dumps(row) for row in rows)
    (tmp_path / "bench" / "data.jsonl").write_text(lines)
    encoder = make_encoder()
    report = build(encoder, tmp_path / "bench", goal, model="m", split="val")
    assert counts(report) == (3, 0, 0, 0)
    assert [Path(path).name for path in content(goal)] == ["1.png", "4.png", "7.png"]
    assert counts(build(encoder, tmp_path / "bench", goal, model="m", split="test")) == (3, 0, 3, 0)
    with pytest.raises(DataError):
        build(encoder, tmp_path / "bench", goal, model="m", split="nonsense")


def test_a_batch_of_nothing_is_the_callers_bug(people, goal, make_encoder):
    with pytest.raises(ValueError, match="batch"):
        build(make_encoder(), people, goal, model="m", batch=0)


def facts(path: Path) -> dict[str, Facts]:
    with Gallery.open(path) as gallery:
        return {item.path.name: item.facts for item in gallery.items(gallery.ids("1")).values()}


def test_a_list_is_indexed_and_its_bad_rows_are_quarantined(people, goal, make_encoder):
    (people / "l.csv").write_text(
        "path,camera,time,shirt\n0.png,gate,2026-05-01,red\n1.png,gate,once,\n"
        "gate/8.png,,,\ngone.png,,,\n0.png,yard,,\n"
    )
    report = build(make_encoder(), people / "l.csv", goal, model="m")
    assert (report.added, report.people) == (2, 2)
    assert [path.name for path, _ in report.skipped] == [
        "gone.png",
        "l.csv: line 3",
        "l.csv: line 6",
    ]
    may = wallclock.of_text("2026-05-01")
    assert facts(goal) == {
        "0.png": Facts(camera="gate", time_ms=may, attributes={"shirt": "red"}),
        "8.png": Facts(),
    }
    (people / "l.csv").write_text(
        "path,camera,time,shirt\n0.png,yard,,blue\n1.png,gate,2026-05-01,\n"
    )
    encoder = make_encoder()
    report = build(encoder, people / "l.csv", goal, model="m")
    assert (report.added, report.told, report.removed, report.skipped) == (1, 1, 1, [])
    assert encoder.encoded == 1
    assert facts(goal) == {
        "0.png": Facts(camera="yard", attributes={"shirt": "blue"}),
        "1.png": Facts(camera="gate", time_ms=may),
    }


def test_a_list_of_nothing_usable_is_an_error(people, goal, make_encoder):
    (people / "l.csv").write_text("path,time\n0.png,once\n")
    with pytest.raises(GalleryError, match=r"none of its 1 .*'once' is no date"):
        build(make_encoder(), people / "l.csv", goal, model="m")
    assert not goal.exists()


def test_a_pattern_tells_camera_and_time_and_another_one_is_told_without_reading(
    people, goal, make_encoder
):
    report = build(make_encoder(), people, goal, model="m", pattern=Pattern("{camera}/*.png"))
    assert (report.added, report.unmatched) == (10, 8)
    assert facts(goal)["8.png"] == Facts(camera="gate")
    encoder = make_encoder()
    report = build(encoder, people, goal, model="m", pattern=Pattern("{shirt}.png"))
    assert (report.told, report.unmatched, report.unchanged, encoder.encoded) == (10, 2, 10, 0)
    assert facts(goal)["8.png"] == Facts()
    assert facts(goal)["3.png"] == Facts(attributes={"shirt": "3"})


def test_the_cameras_own_time_is_a_fallback_that_other_facts_do_not_erase(
    tmp_path, goal, make_encoder
):
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2026:05:01 08:15:02"
    (tmp_path / "p").mkdir()
    Image.new("RGB", (8, 8)).save(tmp_path / "p" / "gate_20250101T000000.jpg", exif=exif)
    taken, told = map(wallclock.of_text, ("2026-05-01T08:15:02", "2025-01-01"))
    for pattern, expected in (
        ("{camera}_*", Facts(camera="gate", time_ms=taken)),
        ("{camera}_{time}.jpg", Facts(camera="gate", time_ms=told)),
        ("*", Facts(time_ms=taken)),
    ):
        report = build(make_encoder(), tmp_path / "p", goal, model="m", pattern=Pattern(pattern))
        assert list(facts(goal).values()) == [expected]
    assert report.told == 1
    assert build(make_encoder(), tmp_path / "p", goal, model="m", pattern=Pattern("*")).told == 0


def test_what_was_erased_on_purpose_does_not_come_back(people, goal, make_encoder):
    build(make_encoder(), people, goal, model="m")
    with Gallery.open(goal, write=True) as gallery:
        forget.forget(gallery, [3])
    report = build(make_encoder(), people, goal, model="m")
    assert counts(report) == (0, 0, 0, 9)
    assert report.kept_out == 1


def test_what_could_not_be_read_is_told_at_once_and_tried_again_on_demand(
    people, goal, make_encoder, monkeypatch
):
    told = []
    (people / "a.png").write_bytes(b"no picture")
    build(make_encoder(), people, goal, model="m", skip=lambda *one: told.append(one))
    assert [(path.name, reason[:13]) for path, reason in told] == [("a.png", "not a picture")]
    told.clear()
    build(make_encoder(), people, goal, model="m", skip=lambda *one: told.append(one))
    assert told == []
    report = build(
        make_encoder(), people, goal, model="m", retry=True, skip=lambda *one: told.append(one)
    )
    assert (len(told), counts(report)) == (1, (0, 0, 0, 10))


def test_a_picture_keeps_a_digest_of_its_pixels_and_a_look(people, goal, make_encoder, draw):
    shutil.copy(people / "1.png", people / "copy.png")
    build(make_encoder(), people, goal, model="m")
    with Gallery.open(goal) as gallery:
        items = {item.path.name: item for item in gallery.items(gallery.ids("1")).values()}
    assert items["1.png"].content == items["copy.png"].content != items["2.png"].content
    assert len(items["1.png"].content) == 8
