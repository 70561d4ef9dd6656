"""Frames and videos into a gallery: people found by a graph, interrupted anywhere, told anew."""

import contextlib
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests import detectors, films
from tests.unit.conftest import FakeEncoder

from tipr.errors import GalleryError
from tipr.gallery.build import build
from tipr.gallery.detect import OnnxDetector, load
from tipr.gallery.pattern import Pattern
from tipr.gallery.reading import Search
from tipr.gallery.records import Item
from tipr.gallery.store import Gallery

BATCH = 8  # two frames are stored at once


@pytest.fixture(scope="module")
def detector(tmp_path_factory) -> OnnxDetector:
    return load(detectors.bright(tmp_path_factory.mktemp("detector")))


@pytest.fixture
def find(detector) -> Search:
    return Search(detector=detector, every=0.5, smallest=10)


@pytest.fixture(scope="module")
def drawn_scenes(tmp_path_factory) -> Path:
    """Frames, an empty frame, a broken one, two videos between them and one that is none."""
    folder = tmp_path_factory.mktemp("scenes")
    films.write(folder / "b.mkv", range(0, 4000, 100), empty=range(10, 20))
    films.write(folder / "f.mp4", range(0, 1000, 100))
    for number, name in enumerate(("a1", "a2", "a3", "c", "d", "g1", "g2", "g3")):
        films.frame(number, empty=name == "a2").save(folder / f"{name}.png")
    (folder / "e.png").write_bytes(b"no picture")
    (folder / "h.avi").write_bytes(b"no video")
    return folder


@pytest.fixture
def scenes(drawn_scenes, tmp_path) -> Path:
    return shutil.copytree(drawn_scenes, tmp_path / "scenes")


def everything(path: Path) -> list[list[tuple]]:
    """All rows that indexing writes, but for the moment and the words that are random."""
    with Gallery.open(path) as gallery:
        return [
            gallery.ask(f"SELECT * FROM {table} ORDER BY rowid")
            for table in ("files", "items", "attributes", "vectors", "thumbnails")
        ]


def people(path: Path) -> dict[str, list[Item]]:
    with Gallery.open(path) as gallery:
        found: dict[str, list[Item]] = {}
        for item in gallery.items(gallery.ids("1")).values():
            found.setdefault(item.path.name, []).append(item)
        return found


def test_people_are_found_in_frames_and_videos(scenes, tmp_path, make_encoder, find):
    report = build(make_encoder(), scenes, tmp_path / "g", model="m", find=find, batch=BATCH)
    found = people(tmp_path / "g")
    assert {name: len(items) for name, items in found.items()} == {
        "a1.png": 1, "a3.png": 1, "b.mkv": 6, "c.png": 1, "d.png": 1, "f.mp4": 2,
        "g1.png": 1, "g2.png": 1, "g3.png": 1,
    }  # fmt: skip
    assert [item.frame_ms for item in found["b.mkv"]] == [0, 500, 2000, 2500, 3000, 3500]
    assert found["a3.png"][0].box == films.person(2)
    (left, top, right, bottom), expected = found["b.mkv"][0].box, films.person(0)
    assert all(abs(a - b) <= 1 for a, b in zip((left, top, right, bottom), expected, strict=True))
    assert (report.added, report.people) == (10, 15)
    assert [path.name for path, _ in report.skipped] == ["e.png", "h.avi"]
    with Gallery.open(tmp_path / "g") as gallery:
        assert len(gallery.thumbnails(gallery.ids("1"))) == 15
    again = build(make_encoder(), scenes, tmp_path / "g", model="m", find=find, batch=BATCH)
    assert (again.added, again.unchanged, again.people) == (0, 10, 0)


@pytest.mark.parametrize("stop_after", [1, 2, 3, 5])
def test_interrupted_anywhere_and_continued_equals_undisturbed(
    scenes, tmp_path, make_encoder, find, stop_after
):
    class Sociable(make_encoder):
        """Its vectors say how many pictures came together, as a real model's last bits do."""

        def encode_images(self, pixels_NHWC):
            return super().encode_images(pixels_NHWC + np.uint8(len(pixels_NHWC)))

    whole = Sociable()
    build(whole, scenes, tmp_path / "whole", model="m", find=find, batch=BATCH)
    stored = []

    def interrupt(done: int, total: int) -> None:
        stored.append(done)
        if len(stored) > stop_after:
            raise KeyboardInterrupt

    encoder, ended = Sociable(), False
    for _ in range(20):  # each call gets on by one portion at least, or there is an end to it
        stored.clear()
        with contextlib.suppress(KeyboardInterrupt):
            build(
                encoder, scenes, tmp_path / "g", model="m", find=find, batch=BATCH,
                progress=interrupt,
            )  # fmt: skip
            ended = True
            break
    assert ended
    assert everything(tmp_path / "g") == everything(tmp_path / "whole")
    assert encoder.encoded == whole.encoded


def test_progress_counts_pictures_and_frames_and_ends_at_its_total(
    scenes, tmp_path, make_encoder, find
):
    calls = []
    build(
        make_encoder(), scenes, tmp_path / "g", model="m", find=find, batch=BATCH,
        progress=lambda *pair: calls.append(pair),
    )  # fmt: skip
    assert calls[0] == (0, 12)
    assert calls[-1] == (9 + 8 + 2, 9 + 8 + 2)
    assert [done for done, _ in calls] == sorted(done for done, _ in calls)
    assert all(done <= total for done, total in calls)


def test_other_facts_of_a_video_are_told_to_its_frames(scenes, tmp_path, make_encoder, find):
    (scenes / "b.mkv").rename(scenes / "gate 2026-05-01 08-15-00.mkv")
    build(make_encoder(), scenes, tmp_path / "g", model="m", find=find, batch=BATCH)
    encoder = make_encoder()
    report = build(
        encoder, scenes, tmp_path / "g", model="m", find=find, batch=BATCH,
        pattern=Pattern("{camera} {time}.mkv"),
    )  # fmt: skip
    assert (report.told, report.unmatched, encoder.encoded) == (1, 11, 0)
    fresh = tmp_path / "fresh"
    build(
        make_encoder(), scenes, fresh, model="m", find=find, batch=BATCH,
        pattern=Pattern("{camera} {time}.mkv"),
    )  # fmt: skip
    assert everything(tmp_path / "g") == everything(fresh)
    items = people(fresh)["gate 2026-05-01 08-15-00.mkv"]
    first = items[0].facts.time_ms
    assert first is not None
    assert [item.facts.time_ms for item in items] == [
        first + (item.frame_ms or 0) for item in items
    ]


def test_a_changed_video_is_watched_anew_and_a_begun_one_that_changed_too(
    scenes, tmp_path, make_encoder, find
):
    def interrupt(done: int, total: int) -> None:
        if done > 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(
            make_encoder(), scenes, tmp_path / "g", model="m", find=find, batch=BATCH,
            progress=interrupt,
        )  # fmt: skip
    with Gallery.open(tmp_path / "g") as gallery:
        assert gallery.known(scenes)["b.mkv"].done_ms is not None
    films.write(scenes / "b.mkv", range(0, 1000, 250))
    build(make_encoder(), scenes, tmp_path / "g", model="m", find=find, batch=BATCH)
    assert [item.frame_ms for item in people(tmp_path / "g")["b.mkv"]] == [0, 500]
    films.write(scenes / "f.mp4", range(0, 2000, 250))
    report = build(make_encoder(), scenes, tmp_path / "g", model="m", find=find, batch=BATCH)
    assert (report.changed, report.people) == (1, 4)


def test_a_video_that_breaks_off_keeps_its_people_and_is_listed(
    scenes, tmp_path, make_encoder, find
):
    path = films.write(scenes / "b.mkv", range(0, 20_000, 100))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    report = build(make_encoder(), scenes, tmp_path / "g", model="m", find=find, batch=BATCH)
    assert len(people(tmp_path / "g")["b.mkv"]) > 5
    assert "0:00:20 long" in {path.name: reason for path, reason in report.skipped}["b.mkv"]
    again = build(make_encoder(), scenes, tmp_path / "g", model="m", find=find, batch=BATCH)
    assert (again.people, len(again.skipped)) == (0, 3)
    once_more = build(
        make_encoder(), scenes, tmp_path / "g", model="m", find=find, batch=BATCH, retry=True
    )
    assert once_more.people == len(people(tmp_path / "g")["b.mkv"])


def test_a_folder_is_looked_at_in_one_way(scenes, tmp_path, make_encoder, find, detector):
    build(make_encoder(), scenes, tmp_path / "g", model="m", find=find, batch=BATCH)
    before = everything(tmp_path / "g")
    other = Search(detector=detector, every=2, smallest=10)
    for way in (None, other):
        with pytest.raises(GalleryError, match=r"holds people of 10 pixels .* would hold"):
            build(make_encoder(), scenes, tmp_path / "g", model="m", find=way, batch=BATCH)
    assert everything(tmp_path / "g") == before


def test_frames_in_which_nobody_is_are_no_fault(tmp_path, make_encoder, find):
    (tmp_path / "night").mkdir()
    for number in range(3):
        films.frame(0, empty=True).save(tmp_path / "night" / f"{number}.png")
    report = build(make_encoder(), tmp_path / "night", tmp_path / "g", model="m", find=find)
    assert (report.added, report.people, report.skipped) == (3, 0, [])


@settings(max_examples=5, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["png", "jpg", "mp4", "mkv"]), st.binary(max_size=60), st.integers(0, 3)
        ),
        max_size=6,
    )
)
def test_hostile_files_are_all_accounted_for(tmp_path_factory, detector, hostile):
    folder = tmp_path_factory.mktemp("hostile")
    films.frame(1).save(folder / "good.png")
    heads = (b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"\x00\x00\x00\x20ftypisom")
    for number, (kind, content, head) in enumerate(hostile):
        (folder / f"{number}.{kind}").write_bytes(heads[head] + content)
    find = Search(detector=detector)
    report = build(FakeEncoder(), folder, folder.parent / f"{folder.name}-g", model="m", find=find)
    assert report.added + len(report.skipped) == len(hostile) + 1
