"""A checksum in every row: SQLite finds a broken page, but no flipped bit inside a value."""

import sqlite3
import struct
import zlib
from collections.abc import Iterator
from typing import Any

Value = int | float | str | bytes | None


def checksum(*values: Value) -> int:
    """CRC-32 of the values with their types, in this order; equal values only give equal sums
    when they are of the same type (1 and "1" differ)."""
    total = 0
    for value in values:
        match value:
            case None:
                part = b"n"
            case bytes():
                total = zlib.crc32(b"b%d:" % len(value), total)
                part = value
            case str():
                text = value.encode(errors="surrogateescape")
                part = b"s%d:%b" % (len(text), text)
            case int():
                part = b"i%d;" % value
            case float():
                part = b"f" + struct.pack("<d", value)
            case _:
                raise TypeError(f"a row cannot hold a {type(value).__name__}")
        total = zlib.crc32(part, total)
    return total


def insert(db: sqlite3.Connection, table: str, **values: Value) -> None:
    """Add a row with its checksum; `values` are its columns, all of them, in the table's order."""
    names = ", ".join((*values, "checksum"))
    marks = ", ".join("?" * (len(values) + 1))
    db.execute(
        f"INSERT INTO {table} ({names}) VALUES ({marks})",
        (*values.values(), checksum(*values.values())),
    )


def next_id(db: sqlite3.Connection, table: str) -> int:
    """An id that no row of this AUTOINCREMENT table has ever had."""
    (used,) = db.execute(
        f"SELECT max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = '{table}'), 0), "
        f"coalesce((SELECT max(id) FROM {table}), 0))"
    ).fetchone()
    return used + 1


def change(
    db: sqlite3.Connection, table: str, where: str, parameters: tuple[Value, ...], **values: Value
) -> None:
    """Set columns of the rows that `where` names, and their checksums with them."""
    names = columns(db, table)
    keys = [row[0] for row in db.execute(f"SELECT rowid FROM {table} WHERE {where}", parameters)]
    for key in keys:
        before = db.execute(
            f"SELECT {', '.join(names)} FROM {table} WHERE rowid = ?", [key]
        ).fetchone()
        after = {**dict(zip(names, before, strict=True)), **values}
        sets = ", ".join(f"{name} = ?" for name in (*after, "checksum"))
        db.execute(
            f"UPDATE {table} SET {sets} WHERE rowid = ?",
            (*after.values(), checksum(*after.values()), key),
        )


def columns(db: sqlite3.Connection, table: str) -> list[str]:
    """A table's columns in order, without the checksum."""
    found = db.execute(f"SELECT name FROM pragma_table_info('{table}') ORDER BY cid")
    return [name for (name,) in found if name != "checksum"]


def broken(db: sqlite3.Connection, table: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """(rowid, values by column) of a table's rows that do not agree with their checksum."""
    names = columns(db, table)
    question = f"SELECT rowid, {', '.join(names)}, checksum FROM {table}"
    for row, *values, expected in db.execute(question):
        if checksum(*values) != expected:
            yield row, dict(zip(names, values, strict=True))
