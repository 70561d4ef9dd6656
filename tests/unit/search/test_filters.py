from datetime import date, datetime, timedelta
from datetime import time as clock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.search.conftest import ROOT

from tipr.errors import QueryError
from tipr.gallery.store import Gallery
from tipr.search.filters import ALL, Filters, allowed, condition, untimed
from tipr.search.moments import Hours, bound, hours

START = datetime(2026, 5, 1)
EPOCH = datetime(1970, 1, 1)
ITEMS = [
    # camera, hours after START or None, attributes
    ("gate", 0, {"coat": "red"}),
    ("gate", 17.5, {"coat": "blue", "bag": "yes"}),
    ("yard", 23.0, {}),
    ("yard", 24 + 5.5, {"coat": "red"}),
    (None, 24 + 6.001, {"coat": "green"}),
    ("north gate", None, {"bag": "no"}),
    ("gate", -24 * 30000, {}),
]


@pytest.fixture(scope="module")
def gallery(tmp_path_factory):
    import numpy as np

    from tipr.gallery.records import Facts, Reading, Shot
    from tipr.gallery.scan import File

    path = tmp_path_factory.mktemp("filters") / "gallery"
    shots = [
        Shot(
            vector=np.eye(12, dtype=np.float32)[number],
            facts=Facts(
                camera=camera,
                time_ms=None if hour is None else _ms(START + timedelta(hours=hour)),
                attributes=attributes,
            ),
        )
        for number, (camera, hour, attributes) in enumerate(ITEMS)
    ]
    names = ["a/0", "a/1", "ab/2", "a/b/3", "x%_4", "5", "6"]
    with Gallery.create(
        path, fingerprint="aa" * 32, model="m", width=12, image_size=(24, 8)
    ) as filled:
        for folder, part in ((ROOT / "one", slice(0, 4)), (ROOT / "two", slice(4, 7))):
            filled.add(
                folder,
                [
                    Reading(file=File(name, 1, 1), shots=(shot,))
                    for name, shot in zip(names[part], shots[part], strict=True)
                ],
            )
    with Gallery.open(path) as opened:
        yield opened


def _ms(moment: datetime) -> int:
    return round((moment - EPOCH) / timedelta(milliseconds=1))


def found(gallery, **filters) -> list[int]:
    """Which of ITEMS are left, counted from 0."""
    return [int(number) - 1 for number in gallery.ids(*condition(gallery, Filters(**filters)))]


def test_without_filters_all_are_searched(gallery):
    assert allowed(gallery, ALL) is None
    assert found(gallery) == list(range(7))
    assert not ALL
    assert Filters(cameras=("gate",))


def test_several_cameras_are_alternatives(gallery):
    assert found(gallery, cameras=("gate",)) == [0, 1, 6]
    assert found(gallery, cameras=("yard", "north gate")) == [2, 3, 5]
    assert found(gallery, cameras=("Gate' OR 1 --",)) == []


def test_different_kinds_must_all_hold(gallery):
    assert found(gallery, cameras=("gate",), attributes=(("coat", "red"),)) == [0]
    assert found(gallery, attributes=(("coat", "blue"), ("bag", "yes"))) == [1]
    assert found(gallery, attributes=(("coat", "blue"), ("coat", "red"))) == [0, 1, 3]
    assert found(gallery, attributes=(("coat", "red"), ("bag", "yes"))) == []


@pytest.mark.parametrize(
    ("source", "left"),
    [
        ("one", [0, 1, 2, 3]),
        (str(ROOT / "two"), [4, 5, 6]),
        (str(ROOT), [0, 1, 2, 3, 4, 5, 6]),
        (str(ROOT / "one" / "a"), [0, 1, 3]),
        (str(ROOT / "one" / "a" / "b"), [3]),
        (str(ROOT / "tw"), []),
        ("elsewhere", []),
    ],
)
def test_a_source_is_an_indexed_folder_its_name_or_a_folder_below(gallery, source, left):
    assert found(gallery, sources=(source,)) == left


def test_both_ends_of_a_range_belong_to_it(gallery):
    first, last = bound("2026-05-01", "first"), bound("2026-05-01", "last")
    assert found(gallery, after_ms=first, before_ms=last) == [0, 1, 2]
    assert found(gallery, after_ms=first) == [0, 1, 2, 3, 4]
    at = bound("2026-05-01T17:30", "last")
    assert found(gallery, before_ms=at) == [0, 1, 6]
    assert found(gallery, after_ms=at, before_ms=at) == [1]


def test_a_time_of_day_may_pass_midnight(gallery):
    assert found(gallery, hours=hours("17:30-23")) == [1, 2]
    assert found(gallery, hours=hours("23-6")) == [0, 2, 3, 6]
    assert found(gallery, hours=hours("22-6:01"), after_ms=bound("2026-05-02", "first")) == [3, 4]


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 1439),
    st.integers(0, 1440),
    st.none() | st.dates(date(2026, 4, 30), date(2026, 5, 3)),
    st.sets(st.sampled_from(["gate", "yard", "nowhere"])),
)
def test_filters_equal_asking_each_picture(gallery, first, last, until, cameras):
    """The oracle knows calendars, not milliseconds."""
    chosen = Filters(
        cameras=tuple(sorted(cameras)),
        hours=Hours(first * 60_000, last * 60_000),
        before_ms=None if until is None else bound(str(until), "last"),
    )

    def fits(camera, hour, _):
        if hour is None or (cameras and camera not in cameras):
            return False
        moment = START + timedelta(hours=hour)
        end = clock.max if last == 1440 else clock(*divmod(last, 60))
        start, now = clock(*divmod(first, 60)), moment.time()
        passes = first > last
        inside = now >= start or now <= end if passes else start <= now <= end
        return inside and (until is None or moment.date() <= until)

    ids = gallery.ids(*condition(gallery, chosen))
    assert [int(number) - 1 for number in ids] == [
        number for number, item in enumerate(ITEMS) if fits(*item)
    ]


def test_pictures_that_fail_only_for_want_of_a_time_are_counted(gallery):
    today = {"after_ms": bound("2026-05-01", "first")}
    assert untimed(gallery, Filters(**today)) == 1
    assert untimed(gallery, Filters(cameras=("gate",), **today)) == 0


def test_filters_add_up_and_may_not_contradict():
    gate, yard = Filters(cameras=("gate",)), Filters(cameras=("yard", "gate"))
    assert (gate | yard).cameras == ("gate", "yard")
    assert gate | ALL == ALL | gate == gate
    assert Filters(after_ms=1) | Filters(before_ms=2) == Filters(after_ms=1, before_ms=2)
    with pytest.raises(QueryError, match="after is said twice"):
        _ = Filters(after_ms=1) | Filters(after_ms=2)
    with pytest.raises(QueryError, match=r"nothing is after .* and before .*; exchange"):
        Filters(after_ms=2, before_ms=1)


def test_filters_are_said_as_people_say_them():
    chosen = Filters(
        cameras=("gate", "yard"),
        after_ms=bound("2026-05-01", "first"),
        before_ms=bound("2026-05-02T17:30", "last"),
        hours=hours("22-6"),
        attributes=(("coat", "red"), ("coat", "blue"), ("bag", "yes")),
    )
    assert chosen.said == [
        "camera gate or yard",
        "from 2026-05-01",
        "until 2026-05-02T17:30:00",
        "at 22:00-06:00",
        "coat red or blue",
        "bag yes",
    ]
    assert Filters(before_ms=bound("2026-05-02", "last")).said == ["until 2026-05-02"]
    day = {"after_ms": bound("2026-05-02", "first"), "before_ms": bound("2026-05-02", "last")}
    assert str(Filters(**day)) == "on 2026-05-02"
