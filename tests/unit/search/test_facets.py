from collections import Counter

import pytest
from tests.unit.search.conftest import ROOT

from tipr.search import nothing
from tipr.search.facets import facets
from tipr.search.filters import Filters
from tipr.search.moments import bound

DAY = 86_400.0
MAY_1 = 20574 * DAY  # 2026-05-01 in seconds
SHOTS = [
    # camera, day, colour
    ("gate", 0, "red"),
    ("gate", 0.99, "blue"),
    ("yard", 1, "red"),
    ("yard", 1, None),
    ("yard", None, "red"),
    (None, -1, "green"),
]


@pytest.fixture
def gallery(fill, shot):
    made = [
        shot(
            number,
            camera=camera,
            time_s=None if day is None else MAY_1 + day * DAY,
            **({} if colour is None else {"colour": colour}),
        )
        for number, (camera, day, colour) in enumerate(SHOTS)
    ]
    fill(made[:4], ROOT / "one")
    return fill(made[4:], ROOT / "two")


def test_facets_count_everything_without_filters(gallery):
    found = facets(gallery)
    assert found.total == 6
    assert list(found.cameras.items()) == [("yard", 3), ("gate", 2)]
    assert found.sources == {str(ROOT / "one"): 4, str(ROOT / "two"): 2}
    assert list(found.days.items()) == [("2026-04-30", 1), ("2026-05-01", 2), ("2026-05-02", 2)]
    assert found.attributes == {"colour": {"red": 3, "blue": 1, "green": 1}}


def test_a_kinds_own_filter_does_not_narrow_its_own_counts(gallery):
    chosen = Filters(cameras=("gate",), attributes=(("colour", "red"),))
    found = facets(gallery, chosen)
    assert found.total == 1
    red = [item for item in SHOTS if item[2] == "red"]
    assert found.cameras == dict(Counter(camera for camera, *_ in red))
    gate = [item for item in SHOTS if item[0] == "gate"]
    assert found.attributes == {"colour": dict(Counter(colour for *_, colour in gate))}
    assert found.days == {"2026-05-01": 1}
    assert found.sources == {str(ROOT / "one"): 1}


def test_days_are_counted_without_the_range_but_with_the_hours(gallery):
    chosen = Filters(after_ms=bound("2026-05-02", "first"))
    assert facets(gallery, chosen).total == 2
    assert facets(gallery, chosen).days == facets(gallery).days


@pytest.mark.parametrize(
    ("filters", "told"),
    [
        (Filters(cameras=("Gate",)), "(camera Gate): the gallery has cameras yard, gate"),
        (Filters(sources=("three",)), f"the gallery has sources {ROOT / 'one'}, {ROOT / 'two'}"),
        (
            Filters(attributes=(("colour", "pink"),)),
            "(colour pink): the gallery has of colour red, blue, green",
        ),
        (Filters(attributes=(("size", "2"),)), "the gallery has no size"),
        (
            Filters(after_ms=bound("2030-01-01", "first")),
            "the gallery's times go from 2026-04-30T00:00:00 to 2026-05-02T00:00:00",
        ),
        (
            Filters(cameras=("yard",), before_ms=bound("2026-05-01", "last")),
            "(camera yard, until 2026-05-01): each of these alone finds some",
        ),
    ],
)
def test_filters_that_leave_nothing_are_explained(gallery, filters, told):
    assert facets(gallery, filters).total == 0
    line = nothing.why(gallery, filters)
    assert line.startswith("no picture fits the filters (")
    assert told in line


def test_many_values_are_cut_and_a_gallery_may_know_nothing(fill, shot):
    gallery = fill([shot(number, camera=f"camera {number}") for number in range(11)])
    line = nothing.why(gallery, Filters(cameras=("x",), after_ms=0))
    assert "camera 7 and 3 more" not in line  # they are in the order of counts, then of names
    assert line.count("camera ") == 1 + 8
    assert "and 3 more" in line
    assert "the gallery knows no picture's time" in line
