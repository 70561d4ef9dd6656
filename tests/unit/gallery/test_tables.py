import json
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tipr.errors import DataError, DependencyError
from tipr.gallery.tables import Row, rows


def told(file: Path) -> list[tuple[str, dict[str, str], str]]:
    return [(row.where, row.values, row.fault) for row in rows(file)]


def csv(folder: Path, content: bytes) -> Path:
    (folder / "list.csv").write_bytes(content)
    return folder / "list.csv"


def test_the_same_rows_from_csv_and_jsonl_and_parquet(tmp_path):
    table = [
        {"path": "a.jpg", "camera": "gate", "shirt": "rød"},
        {"path": "b.jpg", "camera": "yard"},
    ]
    (tmp_path / "l.csv").write_text(
        "\ufeffpath,camera,shirt\na.jpg,gate,rød\nb.jpg,yard,\n", "utf-8"
    )
    (tmp_path / "l.jsonl").write_text("\n".join(map(json.dumps, table)), "utf-8")
    pq.write_table(pa.Table.from_pylist(table), tmp_path / "l.parquet")
    for name, where in (("l.csv", "line 2"), ("l.jsonl", "line 1"), ("l.parquet", "row 1")):
        found = list(rows(tmp_path / name))
        assert [row.values for row in found] == table, name
        assert found[0].where == where


def test_a_faulty_csv_line_is_told_and_harms_no_other(tmp_path):
    file = csv(
        tmp_path,
        b'path,camera\n"a.jpg"x,1\nb.jpg,1,2\nc.jpg\n\n"d\ne.jpg",2\nf.jpg,\xff\n'
        + b"g" * 140_000
        + b"\nh,3\n",
    )
    assert [(where, bool(fault)) for where, _, fault in told(file)] == [
        ("line 2", True), ("line 3", True), ("line 4", False), ("lines 6 to 7", False),
        ("line 8", False), ("line 9", True), ("line 10", False),
    ]  # fmt: skip
    assert told(file)[1][2] == "3 entries for 2 columns"
    assert told(file)[2][1] == {"path": "c.jpg"}
    assert told(file)[3][1] == {"path": "d\ne.jpg", "camera": "2"}


def test_a_quote_that_is_never_closed_is_a_fault_of_all_lines_behind_it(tmp_path):
    assert [where for where, _, fault in told(csv(tmp_path, b'path\na\n"b\nc\nd\n')) if fault] == [
        "lines 3 to 5"
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"name,camera\n1,2\n", "no column 'path' but name, camera"),
        (b"path,camera,camera\n", "two columns are called 'camera'"),
        (b"path,,camera\n", "a column has no name"),
        (b"\xff\xfep\x00a\x00t\x00h\x00\n\x00", "no column 'path'"),
        (b'"path', "no line of column names"),
    ],
)
def test_a_csv_without_usable_columns_is_refused_whole(tmp_path, content, words):
    with pytest.raises(DataError, match=words) as caught:
        told(csv(tmp_path, content))
    assert "\n" not in str(caught.value)
    str(caught.value).encode()


def test_json_values_become_texts_and_what_has_none_is_a_fault(tmp_path):
    lines = [
        '{"path": "a", "n": 3, "x": 3.0, "y": 0.25, "yes": true, "none": null, "empty": ""}',
        "[1]",
        '{"path": ["a"]}',
        "{",
        "[" * 100_000,
        '{"path": 1' + "0" * 5000 + "}",
    ]
    (tmp_path / "l.jsonl").write_text("\n".join(lines))
    first, *others = told(tmp_path / "l.jsonl")
    assert first[1] == {"path": "a", "n": "3", "x": "3", "y": "0.25", "yes": "true"}
    assert [where for where, _, fault in others if fault] == [f"line {n}" for n in range(2, 7)]


def test_parquet_times_are_what_the_clock_on_the_spot_showed(tmp_path):
    east = timezone(timedelta(hours=2))
    moment = datetime(2026, 5, 1, 8, 15, 2)
    table = pa.table(
        {
            "path": ["a", None],
            "plain": pa.array([moment, None], pa.timestamp("ns")),
            "zoned": pa.array([moment.replace(tzinfo=UTC)] * 2, pa.timestamp("us", "+02:00")),
            "day": pa.array([date(2026, 5, 1)] * 2),
            "far": pa.array([2**60] * 2, pa.timestamp("ms")),
            "camera": pa.array(["gate", "yard"]).dictionary_encode(),
            "number": pa.array([1.0, None]),
            "nothing": pa.nulls(2),
        }
    )
    pq.write_table(table, tmp_path / "l.parquet")
    first, second = rows(tmp_path / "l.parquet")
    assert first.values == {
        "path": "a",
        "plain": "2026-05-01T08:15:02",
        "zoned": moment.replace(tzinfo=UTC).astimezone(east).replace(tzinfo=None).isoformat(),
        "day": "2026-05-01T00:00:00",
        "far": f"{2**60} ms",
        "camera": "gate",
        "number": "1",
    }
    assert "path" not in second.values
    assert second.where == "row 2"


def test_parquet_text_that_is_no_utf8_stays_recognisable(tmp_path):
    broken = pa.Array.from_buffers(
        pa.string(), 2, [*pa.array(["ab", "cd"]).buffers()[:2], pa.py_buffer(b"\xffbcd")]
    )
    pq.write_table(pa.table({"path": broken}), tmp_path / "l.parquet")
    assert [row.values["path"] for row in rows(tmp_path / "l.parquet")] == ["\udcffb", "cd"]


def test_parquet_that_is_none_or_holds_lists_is_refused(tmp_path):
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 and nothing")
    pq.write_table(pa.table({"path": [["a"]]}), tmp_path / "lists.parquet")
    for name, words in (
        ("bad", "cannot be read as Parquet"),
        ("lists", "column 'path' holds list"),
    ):
        with pytest.raises(DataError, match=words):
            told(tmp_path / f"{name}.parquet")


def test_parquet_without_pyarrow_names_what_to_install(tmp_path, monkeypatch):
    import sys

    (tmp_path / "l.parquet").touch()
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(DependencyError, match=r"pip install 'tipr\[lists\]'"):
        told(tmp_path / "l.parquet")


def test_a_list_that_is_gone_is_an_error_of_ours(tmp_path):
    with pytest.raises(DataError, match="cannot be read"):
        told(tmp_path / "gone.csv")


def test_rows_are_values():
    assert Row("line 1", {"path": "a"}) == Row("line 1", {"path": "a"})
