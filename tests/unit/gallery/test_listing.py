from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tipr.errors import DataError
from tipr.gallery import listing, wallclock
from tipr.gallery.records import Facts


def write(folder: Path, *lines: str) -> Path:
    (folder / "people.csv").write_text("\n".join(lines), "utf-8", errors="surrogateescape")
    return folder / "people.csv"


def test_a_row_tells_path_camera_time_and_attributes(tmp_path):
    outside = tmp_path.parent / "far.jpg"
    found = listing.read(
        write(
            tmp_path,
            "path,camera,time,shirt,bag",
            "gate/a.jpg, gate2 ,2026-05-01T08:15:02+02:00,red,",
            f"{outside},,2026-05-01,,",
            "./x/../b.jpg,,,,",
        )
    )
    root = tmp_path.resolve()
    assert found.pictures == {
        root / "gate" / "a.jpg": Facts(
            camera="gate2",
            time_ms=wallclock.of_text("2026-05-01T08:15:02"),
            attributes={"shirt": "red"},
        ),
        outside: Facts(time_ms=wallclock.of_text("2026-05-01")),
        root / "b.jpg": Facts(),
    }
    assert found.refused == []


def test_rows_that_cannot_be_used_are_refused_with_the_reason(tmp_path):
    found = listing.read(
        write(
            tmp_path,
            "path,time,note",
            "a.jpg,31.02.2026,",
            "b.jpg,1767225600,",
            "c.jpg,,",
            "./c.jpg,,again",
            ",2026-05-01,",
            f"d.jpg,,{'x' * 2000}",
            "e.jpg,,\udcff",
            "f.jpg,,a\0b",
        )
    )
    assert [path.name for path in found.pictures] == ["c.jpg"]
    reasons = dict(found.refused)
    assert list(reasons) == [f"people.csv: line {n}" for n in (2, 3, 5, 6, 7, 8, 9)]
    for number, words in {
        2: "'31.02.2026' is no date",
        3: "count of seconds",
        5: "stands in line 4 too",
        6: "names no picture",
        7: "2,000 characters",
        8: "not valid UTF-8",
        9: "zero byte",
    }.items():
        assert words in reasons[f"people.csv: line {number}"]
    assert all("\n" not in reason and reason.isprintable() for reason in reasons.values())


def test_a_list_without_rows_is_an_error(tmp_path):
    with pytest.raises(DataError, match="no row"):
        listing.read(write(tmp_path, "path,camera"))


@pytest.mark.parametrize(
    "text",
    ["2026-05-01", "20260501", "2026-05-01T08:15", "2026-05-01 08:15:02.5", "20260501T081502Z"],
)
def test_iso_dates_and_times_are_read(text):
    assert wallclock.as_text(listing.moment(text)).startswith("2026-05-01T")


@pytest.mark.parametrize(
    "text", ["yesterday", "2026", "1767225600000", "12:00", "2026-05-01T25:00"]
)
def test_anything_else_is_no_time(text):
    with pytest.raises(ValueError, match=r"write 2026-05-01"):
        listing.moment(text)


CELLS = st.text(st.characters(codec="utf-8", exclude_characters='\r\n",'), max_size=12)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(CELLS | st.text(max_size=5), min_size=1, max_size=4), min_size=1, max_size=6)
)
def test_every_row_of_any_table_is_accounted_for(tmp_path_factory, table):
    import csv
    import io

    text = io.StringIO()
    csv.writer(text).writerows([["path", "time", "x"], *table])
    folder = tmp_path_factory.mktemp("any")
    file = folder / "people.csv"
    file.write_bytes(text.getvalue().encode(errors="surrogatepass"))
    found = listing.read(file)
    assert len(found.pictures) + len(found.refused) == len(table)
    for reason in dict(found.refused).values():
        assert reason.encode()
