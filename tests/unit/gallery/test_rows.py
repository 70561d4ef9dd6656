import sqlite3
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipr.gallery import rows

VALUES = st.none() | st.integers(-(2**63), 2**63 - 1) | st.text() | st.binary() | st.floats()


@pytest.fixture
def db():
    made = sqlite3.connect(":memory:", isolation_level=None)
    made.execute(
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT, b BLOB, checksum INTEGER)"
    )
    yield made
    made.close()


@given(st.lists(VALUES, max_size=4), st.lists(VALUES, max_size=4))
def test_different_rows_have_different_sums(one, other):
    def plain(values):
        return [(type(v), struct.pack("<d", v) if isinstance(v, float) else v) for v in values]

    assert (rows.checksum(*one) == rows.checksum(*other)) == (plain(one) == plain(other))


def test_where_one_value_ends_and_the_next_begins_is_part_of_the_sum():
    assert rows.checksum("ab", "c") != rows.checksum("a", "bc")
    assert rows.checksum(1) != rows.checksum("1") != rows.checksum(b"1")


def test_the_sum_is_the_same_on_every_machine():
    spelled = b"s4:gatei7;nb2:\0\xfff" + struct.pack("<d", 0.5)
    assert rows.checksum("gate", 7, None, b"\0\xff", 0.5) == zlib.crc32(spelled)


@pytest.mark.parametrize("statement", ["a = 'y'", "b = x'00'", "a = NULL", "id = 5"])
def test_a_changed_row_is_found_and_others_are_not(db, statement):
    for number, text in ((1, "x"), (2, "y")):
        rows.insert(db, "t", id=number, a=text, b=b"\1")
    assert list(rows.broken(db, "t")) == []
    db.execute(f"UPDATE t SET {statement} WHERE id = 1")
    assert [row["id"] for _, row in rows.broken(db, "t")] in ([1], [5])


def test_change_keeps_the_sum_right(db):
    rows.insert(db, "t", id=1, a="x", b=None)
    rows.insert(db, "t", id=2, a="x", b=None)
    rows.change(db, "t", "a = ?", ("x",), b=b"new")
    assert db.execute("SELECT id, a, b FROM t").fetchall() == [(1, "x", b"new"), (2, "x", b"new")]
    assert list(rows.broken(db, "t")) == []


def test_an_id_is_never_given_twice(db):
    rows.insert(db, "t", id=rows.next_id(db, "t"), a="x", b=None)
    rows.insert(db, "t", id=rows.next_id(db, "t"), a="y", b=None)
    db.execute("DELETE FROM t")
    assert rows.next_id(db, "t") == 3
