import pytest

from tipr.errors import QueryError
from tipr.gallery.wallclock import DAY_MS, of_text
from tipr.search.moments import Hours, bound, hours


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-05-01", "2026-05-01T00:00:00.000", "2026-05-01T23:59:59.999"),
        (" 2026-05-01T17:30 ", "2026-05-01T17:30:00.000", "2026-05-01T17:30:00.000"),
        ("2026-05-01 17:30:05", "2026-05-01T17:30:05.000", "2026-05-01T17:30:05.000"),
        ("1969-12-31", "1969-12-31T00:00:00.000", "1969-12-31T23:59:59.999"),
        ("2024-02-29", "2024-02-29T00:00:00.000", "2024-02-29T23:59:59.999"),
    ],
)
def test_a_date_stands_for_its_day_and_a_moment_for_itself(text, first, last):
    assert bound(text, "first") == of_text(first)
    assert bound(text, "last") == of_text(last)


@pytest.mark.parametrize(
    "text",
    [
        *("", "yesterday", "2026-5-1", "2026-13-01", "2025-02-29", "20260501"),
        *("2026-05-01T25:00", "2026-05-01T17:30Z", "2026-05-01T", "01.05.2026"),
    ],
)
def test_what_is_no_date_is_refused_with_an_example(text):
    with pytest.raises(QueryError, match=r"is no date; expected .* 2026-05-01T17:30"):
        bound(text, "first")


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("17:00-19:30", 17 * 60, 19 * 60 + 30),
        ("22-6", 22 * 60, 6 * 60),
        ("0-24", 0, 24 * 60),
        ("7:05 - 7:06", 425, 426),
    ],
)
def test_a_time_of_day_may_pass_midnight(text, first, last):
    assert hours(text) == Hours(first * 60_000, last * 60_000)


@pytest.mark.parametrize(
    "text", ["", "17", "17-17", "25-3", "3-25", "17:60-18", "1-2-3", "a-b", "24-3"]
)
def test_what_is_no_time_of_day_is_refused_with_an_example(text):
    with pytest.raises(QueryError, match="is no time of day; expected FROM-TO"):
        hours(text)


def test_a_time_of_day_is_shown_as_it_is_typed():
    assert str(hours("22-6")) == "22:00-06:00"
    assert hours("0-24").last_ms == DAY_MS
