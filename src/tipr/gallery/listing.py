"""A list of pictures (see `tables`) to paths with what is known of them, and the rows refused."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from tipr.errors import DataError
from tipr.gallery import tables, wallclock
from tipr.gallery.records import Facts

SUFFIXES = tuple(tables.READERS)
LONGEST = 1000
"""Characters of an entry; a longer one is no name of anything."""


@dataclass(frozen=True, slots=True)
class Listed:
    """`pictures` in the list's order, each path absolute; `refused` are (row, reason)."""

    pictures: dict[Path, Facts] = field(default_factory=dict)
    refused: list[tuple[str, str]] = field(default_factory=list)


def is_list(place: Path) -> bool:
    """Whether this is a file with the name of a list."""
    return place.suffix.lower() in SUFFIXES and place.is_file()


def read(file: Path) -> Listed:
    """What a list says. A relative path starts at the list's own folder.

    `camera` and `time` (a date or a date and time in ISO 8601) are known, any other column is an
    attribute. A row that cannot be used is refused, the others are not harmed by it.

    Raises:
        DataError: the list cannot be read, has no column `path`, or holds no row.
        DependencyError: it is Parquet, and pyarrow is not installed.
    """
    folder = file.parent.resolve()
    found, seen = Listed(), dict[Path, str]()
    for row in tables.rows(file):
        try:
            path, facts = _checked(row, folder)
            if path in seen:
                raise ValueError(f"{_shown(row.values[tables.KEY])}: stands in {seen[path]} too")
        except ValueError as error:
            found.refused.append((f"{file.name}: {row.where}", str(error)))
        else:
            seen[path] = row.where
            found.pictures[path] = facts
    if not found.pictures and not found.refused:
        raise DataError(f"{file}: holds no row below its column names")
    return found


def moment(text: str) -> int:
    """The wall clock of a date or a date and time in ISO 8601, in milliseconds.

    Raises:
        ValueError: it is neither.
    """
    if text.isdigit() and len(text) > 8:
        raise ValueError(
            f"time {_shown(text)} looks like a count of seconds, which no clock on a wall shows; "
            f"write 2026-05-01T08:15:02"
        )
    try:
        return wallclock.of_text(text)
    except (ValueError, OverflowError):
        raise ValueError(
            f"time {_shown(text)} is no date and time; write 2026-05-01T08:15:02 or 2026-05-01"
        ) from None


def _checked(row: tables.Row, folder: Path) -> tuple[Path, Facts]:
    """Where the picture of a row is, and what is known of it.

    Raises:
        ValueError: the row cannot be used; the message says why.
    """
    if row.fault:
        raise ValueError(row.fault)
    for name, text in row.values.items():
        _require_text(name, text)
    told = dict(row.values)
    name = told.pop(tables.KEY, "")
    if not name:
        raise ValueError("names no picture: 'path' is empty")
    told = {key: text.strip() for key, text in told.items()}
    camera, time = told.pop("camera", ""), told.pop("time", "")
    facts = Facts(
        camera=camera or None,
        time_ms=moment(time) if time else None,
        attributes={key: text for key, text in told.items() if text},
    )
    return Path(os.path.normpath(folder / name)), facts


def _require_text(name: str, text: str) -> None:
    shown = _shown(name)
    if len(name) > LONGEST or len(text) > LONGEST:
        raise ValueError(f"{shown} holds {len(text):,} characters; at most {LONGEST:,} are kept")
    try:
        (name + text).encode()
    except UnicodeEncodeError:
        raise ValueError(f"{shown} is not valid UTF-8") from None
    if "\0" in name + text:
        raise ValueError(f"{shown} holds a zero byte")


def _shown(text: str) -> str:
    """Short enough for a message, in quotes, on one line."""
    short = text if len(text) <= 80 else f"{text[:80]}…"
    return ascii(short) if not short.isprintable() else repr(short)
