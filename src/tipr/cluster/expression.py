"""Filters to a Milvus expression, and a picture's facts to the fields it speaks of.

Both stand here because they must agree: what `tipr.search.filters` says in SQL over a gallery's
tables is said here over these fields. Milvus 2.3 knows no missing value, no remainder in a
comparison, and takes the keys of a JSON field apart at brackets and quotes; hence `NO_CAMERA` and
`NO_TIME`, the field `clock_ms`, and keys in hexadecimal digits.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from tipr.gallery.records import Facts
from tipr.gallery.wallclock import DAY_MS
from tipr.search.filters import Filters
from tipr.search.moments import Hours

NO_CAMERA = "\0"
NO_TIME = -(2**62)
NO_CLOCK = -1

Field = str | int | dict[str, str]


def fields(source: str, path: str, facts: Facts) -> dict[str, Field]:
    """What is filtered by: of a picture in the file `path` of an indexed folder `source`."""
    time = facts.time_ms
    return {
        "source": source,
        "path": path,
        "camera": NO_CAMERA if facts.camera is None else facts.camera,
        "time_ms": NO_TIME if time is None else time,
        "clock_ms": NO_CLOCK if time is None else time % DAY_MS,
        "attributes": {_key(key): value for key, value in facts.attributes.items()},
    }


def expression(filters: Filters, roots: Sequence[str]) -> str:
    """What Milvus is to be asked for; '' for every picture. `roots` are the indexed folders."""
    return " and ".join(f"({part})" for part in _parts(filters, [Path(root) for root in roots]))


def quoted(text: str) -> str:
    """A text as Milvus reads it in an expression."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else _escape(c) for c in escaped) + '"'


def _parts(filters: Filters, roots: list[Path]) -> Iterator[str]:
    if filters.cameras:
        yield f"camera in {_list(filters.cameras)}"
    if filters.sources:
        parts = [part for source in filters.sources for part in _in_source(source, roots)]
        yield " or ".join(f"({part})" for part in parts) or "id < 0"
    if filters.after_ms is not None or filters.before_ms is not None:
        yield f"time_ms > {NO_TIME}"
    if filters.after_ms is not None:
        yield f"time_ms >= {filters.after_ms}"
    if filters.before_ms is not None:
        yield f"time_ms <= {filters.before_ms}"
    if filters.hours is not None:
        yield _in_hours(filters.hours)
    for key in dict.fromkeys(key for key, _ in filters.attributes):
        values = [value for name, value in filters.attributes if name == key]
        yield f'attributes["{_key(key)}"] in {_list(values)}'


def _in_source(source: str, roots: list[Path]) -> Iterator[str]:
    path = Path(source)
    for root in roots:
        if source == root.name or root.is_relative_to(path):
            yield f"source == {quoted(str(root))}"
        elif path.is_relative_to(root):
            # "0" is the character behind "/": what begins with "a/" lies between "a/" and "a0".
            below = path.relative_to(root).as_posix()
            yield (
                f"source == {quoted(str(root))} and path >= {quoted(f'{below}/')} "
                f"and path < {quoted(f'{below}0')}"
            )


def _in_hours(hours: Hours) -> str:
    if hours.first_ms <= hours.last_ms:
        return f"clock_ms >= {hours.first_ms} and clock_ms <= {hours.last_ms}"
    # NO_CLOCK lies below every hour
    return f"clock_ms >= {hours.first_ms} or (clock_ms >= 0 and clock_ms <= {hours.last_ms})"


def _key(key: str) -> str:
    return f"x{key.encode().hex()}"


def _list(values: Sequence[str]) -> str:
    return f"[{', '.join(map(quoted, values))}]"


def _escape(character: str) -> str:
    return f"\\U{ord(character):08x}"
