"""Hits as tiles, sections and marks along time."""

import re
from datetime import datetime, timedelta
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipr.gallery.wallclock import of_text
from tipr.search.answer import Answer, Hit
from tipr.search.terms import Query, Words
from tipr.service.page.clock import ago, place_in_film
from tipr.service.page.tiles import PARTS, SLIMMEST, WIDEST, sections, tile
from tipr.service.page.timeline import MOST_BINS, MOST_LANES, REST, timeline

NOW = datetime(2026, 5, 3, 12)


def hit(rank: int, time: str | None = None, **known) -> Hit:
    time_ms = None if time is None else of_text(time)
    known.setdefault("score", 0.5)
    return Hit(rank=rank, id=100 + rank, path=Path(f"/p/{rank}.jpg"), time_ms=time_ms, **known)


def answer(*hits: Hit, order="match", calibrated=False) -> Answer:
    query = Query(texts=(Words("red"),), order=order)
    return Answer(query=query, hits=hits, searched=9, total=9, how="exact", calibrated=calibrated)


@pytest.mark.parametrize(
    ("passed", "said"),
    [
        (timedelta(seconds=-30), "just now"),
        (timedelta(minutes=-2), ""),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=59, seconds=59), "59 min ago"),
        (timedelta(hours=23, minutes=59), "23 h ago"),
        (timedelta(days=20), "20 d ago"),
        (timedelta(days=21), "3 wk ago"),
        (timedelta(days=70), "2 mo ago"),
        (timedelta(days=729), "23 mo ago"),
        (timedelta(days=800), "2 y ago"),
    ],
)
def test_how_long_ago_is_rounded_down(passed: timedelta, said: str) -> None:
    assert ago(NOW - passed, NOW) == said


def test_a_place_in_a_film_is_hours_minutes_seconds() -> None:
    assert place_in_film(3_723_999) == "1:02:03"


def test_a_tile_says_what_is_known_and_nothing_else() -> None:
    bare = tile(hit(1), NOW)
    assert (bare.kind, bare.ago, bare.clock, bare.day, bare.strength, bare.chance) == (
        ("person",) + ("",) * 5
    )
    assert bare.camera == "1.jpg"
    assert bare.spoken == "Hit 1, 1.jpg"
    full = tile(
        hit(2, "2026-05-03T11:00:05", camera="gate", label="strong", probability=0.61,
            others=(7, 8), box=(0, 0, 1, 1)),
        NOW,
    )  # fmt: skip
    assert full.spoken == (
        "Hit 2, strong, 61 %, gate, Sun, 3 May 2026, 11:00:05, and 2 more of this appearance"
    )
    assert (full.kind, full.ago) == ("frame", "59 min ago")
    film = tile(hit(3, frame_ms=61_000, box=(0, 0, 1, 1)), NOW)
    assert (film.kind, film.camera) == ("film", "0:01:01")


def test_by_match_one_header_counts_the_strengths_and_says_what_they_mean() -> None:
    labels = ["strong", "possible", "possible", "weak"]
    hits = [hit(rank, label=label) for rank, label in enumerate(labels, 1)]  # type: ignore[arg-type]
    (only,) = sections(answer(*hits, calibrated=True), NOW, {})
    assert only.title == "1 strong, 2 possible, 1 weak"
    assert "possible: 10 to 50 %" in only.under
    (uncertain,) = sections(answer(hit(1)), NOW, {})
    assert "has not been measured" in uncertain.under


def test_by_time_each_day_has_a_header_and_unknown_times_the_last() -> None:
    hits = [
        hit(2, "2026-05-01T08:00:00"),
        hit(3, "2026-05-01T23:59:59"),
        hit(1, "2026-05-02"),
        hit(4),
    ]
    found = sections(answer(*hits, order="time"), NOW, {})
    assert [(one.title, one.under) for one in found] == [
        ("Fri, 1 May 2026", "2 hits"),
        ("Sat, 2 May 2026", "1 hit"),
        ("Time unknown", "1 hit"),
    ]


@given(st.floats(0.01, 100))
def test_a_tile_is_as_wide_as_its_picture_within_an_eighth_or_as_wide_as_tiles_get(shape) -> None:
    width = tile(hit(1), NOW, shape).width / PARTS
    assert SLIMMEST / PARTS <= width <= WIDEST / PARTS
    if SLIMMEST / PARTS <= shape <= WIDEST / PARTS:
        assert width == pytest.approx(shape, rel=1 / 8)


def test_a_picture_that_cannot_be_read_has_the_shape_of_a_person() -> None:
    (only,) = sections(answer(hit(1), hit(2)), NOW, {102: 1.0})
    assert [one.width / PARTS for one in only.tiles] == [1 / 3, 1.0]


def test_every_width_has_its_style() -> None:
    sheet = resources.files("tipr.service.page").joinpath("static/widths.css").read_text()
    found = {
        int(name): float(ratio) for name, ratio in re.findall(r"\.w(\d+) {[^:]+: ([\d.]+)", sheet)
    }
    assert list(found) == list(range(SLIMMEST, WIDEST + 1))
    assert all(ratio == pytest.approx(name / PARTS, abs=1e-4) for name, ratio in found.items())


def test_fewer_than_two_times_make_no_timeline() -> None:
    assert timeline([hit(1, "2026-05-01"), hit(2)]) is None


times = st.lists(
    st.tuples(
        st.datetimes(datetime(1999, 1, 1), datetime(2030, 1, 1)),
        st.sampled_from([None, *(f"cam{number}" for number in range(8))]),
    ),
    min_size=2,
    max_size=40,
)


@given(times)
def test_every_hit_lies_in_the_bin_of_its_time_and_in_one_lane(known) -> None:
    hits = [
        hit(rank, time.isoformat(timespec="seconds"), camera=camera)
        for rank, (time, camera) in enumerate(known, 1)
    ]
    line = timeline(hits)
    assert line
    assert len(line.bins) <= MOST_BINS
    assert len(line.lanes) <= MOST_LANES
    by_id = {one.id: one for one in hits}
    assert sorted(number for one in line.bins for number in one.ids) == sorted(by_id)
    ends = [*(one.start for one in line.bins[1:]), datetime.max]
    for part, end in zip(line.bins, ends, strict=True):
        inside = [by_id[number] for number in part.ids]
        assert all(part.start <= one.time < end for one in inside if one.time)
        assert [one.rank for one in inside] == sorted(one.rank for one in inside)
        assert len(part.marks) == len(line.lanes)
        for lane, mark in zip(line.lanes, part.marks, strict=True):
            mine = [
                one for one in inside
                if (one.camera if one.camera in line.lanes else REST) == lane
            ]  # fmt: skip
            assert mark.count == len(mine)
            assert (mark.level == 0) == (mark.count == 0)
            assert mark.level <= 4


def test_the_busiest_cameras_have_lanes_and_the_rest_share_one() -> None:
    cameras = ["a"] * 3 + ["b"] * 2 + list("cdef")
    hits = [hit(rank, "2026-05-01", camera=camera) for rank, camera in enumerate(cameras, 1)]
    line = timeline(hits)
    assert line
    assert line.lanes == ("a", "b", "c", "d", REST)
    assert line.bins[0].spoken == "1 May, 00:00: 3 at a, 2 at b, 1 at c, 1 at d, 2 at others"


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("north gate", "NG"),
        ("cam12", "C12"),
        ("station", "St"),
        ("Gate-2 (west)", "G2W"),
        ("…", "…"),
    ],
)
def test_a_lane_shows_what_there_is_room_for(name: str, short: str) -> None:
    line = timeline([hit(1, "2026-05-01", camera=name), hit(2, "2026-05-02", camera=name)])
    assert line
    assert line.initials == [(name, short)]
