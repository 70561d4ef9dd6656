import pytest

from tipr.errors import ConfigError
from tipr.gallery import wallclock
from tipr.gallery.pattern import Pattern
from tipr.gallery.records import Facts

WHOLE = "{camera}/{date}/{time}_{number}.jpg"


def told(pattern: str, path: str) -> tuple[str | None, str | None, dict[str, str]] | None:
    found = Pattern(pattern).facts(path)
    if found is None:
        return None
    time = None if found.time_ms is None else wallclock.as_text(found.time_ms)
    return found.camera, time, found.attributes


@pytest.mark.parametrize("date", ["2026-05-01", "20260501", "2026_05_01", "2026.05.01"])
@pytest.mark.parametrize("time", ["08-15-02", "081502", "08:15:02", "08_15_02", "08.15.02"])
def test_the_usual_spellings_of_date_and_time(date, time):
    assert told(WHOLE, f"gate/{date}/{time}_7.jpg") == (
        "gate", "2026-05-01T08:15:02", {"number": "7"},
    )  # fmt: skip


def test_a_time_may_have_fractions_or_no_seconds():
    assert told(WHOLE, "g/20260501/081502.25_1.jpg") == (
        "g",
        "2026-05-01T08:15:02.250",
        {"number": "1"},
    )
    assert told(WHOLE, "g/20260501/08-15_1.jpg") == ("g", "2026-05-01T08:15:00", {"number": "1"})


@pytest.mark.parametrize(
    "moment", ["20260501T081502", "2026-05-01 08:15:02", "2026-05-01_08-15-02", "20260501081502"]
)
def test_without_a_date_the_time_holds_it(moment):
    assert told("{camera}_{time}*", f"gate_2_{moment}.jpg") == ("gate_2", "2026-05-01T08:15:02", {})


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("{camera}/", "gate/a/b.jpg", ("gate", None, {})),
        ("**/{camera}/*", "x/y/gate/b.jpg", ("gate", None, {})),
        ("{camera}_{rest}.jpg", "a_b_c.jpg", ("a", None, {"rest": "b_c"})),
        ("{}_{shirt}.jpg", "_red.jpg", (None, None, {"shirt": "red"})),
        ("{camera}{date}*", "gate20260501x", ("gate", "2026-05-01T00:00:00", {})),
        ("{{{camera}}}/*", "{gate}/a.jpg", ("gate", None, {})),
        ("{camera}/{date}/*", "gate/2026-02-30/a.jpg", None),
        ("{camera}/*.jpg", "gate/below/a.jpg", None),
        ("{camera}/*.jpg", "gate/a.png", None),
        ("{camera}/*", "/a.jpg", None),
    ],
)
def test_parts_of_names(pattern, path, expected):
    assert told(pattern, path) == expected


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("", "empty"),
        ("{camera", "single '{'"),
        ("a}", "single '}'"),
        ("{two words}", "no name"),
        ("{1}", "no name"),
        ("{a}/{a}", "twice"),
        ("{a}{b}", "touch"),
        ("{a}*", "touch"),
        ("***", "'\\*' is one part"),
    ],
)
def test_a_pattern_that_means_nothing_is_refused(pattern, words):
    with pytest.raises(ConfigError, match=words) as caught:
        Pattern(pattern)
    assert "\n" not in str(caught.value)


def test_a_name_made_to_be_slow_is_not():
    """A regular expression would go through 255 over 7 choices, which is more than 10^12."""
    assert Pattern("*_*_*_*_*_*_*_x").facts("_" * 255) is None


def test_nothing_in_the_path_is_no_facts():
    assert Pattern("*").facts("a.jpg") == Facts()
