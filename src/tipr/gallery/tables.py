"""Lists in CSV, JSONL and Parquet: any of them to rows of text, faulty rows to their fault."""

import csv
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from tipr.errors import DataError, DependencyError
from tipr.gallery import wallclock

KEY = "path"
"""The one column that every list has."""


@dataclass(frozen=True, slots=True)
class Row:
    """What a row says, empty entries left out; or the `fault` for which it says nothing."""

    where: str
    values: dict[str, str] = field(default_factory=dict)
    fault: str = ""


def rows(file: Path) -> Iterator[Row]:
    """The rows of a list, whose `where` ("line 7") counts from 1.

    Raises:
        DataError: it cannot be read as what its name says, or has no column `path`.
        DependencyError: it is Parquet, and pyarrow is not installed.
    """
    try:
        yield from READERS[file.suffix.lower()](file)
    except OSError as error:
        raise DataError(f"{file}: cannot be read: {_line(error)}") from None


def _csv(file: Path) -> Iterator[Row]:
    # What is no UTF-8 stays recognisable, so that it is the fault of its own row only.
    with file.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as opened:
        reader = csv.reader(opened, strict=True)
        names: list[str] | None = None
        while True:
            first = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                if names is None:
                    raise DataError(f"{file}: no line of column names: {_line(error)}") from None
                yield Row(_lines(first, reader.line_num), fault=f"not valid CSV: {_line(error)}")
                continue
            if names is None:
                names = _columns(file, [name.strip() for name in cells])
            elif cells:
                yield _of_cells(_lines(first, reader.line_num), names, cells)


def _of_cells(where: str, names: list[str], cells: list[str]) -> Row:
    if len(cells) > len(names):
        return Row(where, fault=f"{len(cells)} entries for {len(names)} columns")
    told = dict(zip(names, cells, strict=False))
    return Row(where, {name: cell for name, cell in told.items() if cell})


def _lines(first: int, last: int) -> str:
    return f"line {first}" if last <= first else f"lines {first} to {last}"


def _jsonl(file: Path) -> Iterator[Row]:
    with file.open(encoding="utf-8-sig", errors="surrogateescape", newline="\n") as opened:
        for number, line in enumerate(opened, start=1):
            if line.strip():
                yield _of_json(f"line {number}", line)


def _of_json(where: str, line: str) -> Row:
    try:
        told = json.loads(line)
    except (ValueError, RecursionError) as error:
        return Row(where, fault=f"not valid JSON: {_line(error)}")
    if not isinstance(told, dict):
        return Row(where, fault=f"expected an object, found {type(told).__name__}")
    try:
        texts = {name: _text(value) for name, value in told.items()}
    except TypeError as error:
        return Row(where, fault=str(error))
    return Row(where, {name: text for name, text in texts.items() if text})


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return str(value).lower()
        case float() if value.is_integer():  # a column of numbers with gaps comes as 3.0
            return str(int(value))
        case int() | float():
            return str(value)
    raise TypeError(f"expected text or a number, found {type(value).__name__}")


def _parquet(file: Path) -> Iterator[Row]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise DependencyError(f"{file} needs pyarrow: pip install 'tipr[lists]'") from None
    numbers = count(1)
    try:
        with pq.ParquetFile(file) as opened:
            names = _columns(file, opened.schema_arrow.names)
            for batch in opened.iter_batches(batch_size=4096):
                columns = [_plain(pa, name, batch.column(name)) for name in names]
                for values in zip(*columns, strict=True):
                    told = dict(zip(names, values, strict=True))
                    yield Row(
                        f"row {next(numbers)}", {name: text for name, text in told.items() if text}
                    )
    except (pa.ArrowException, TypeError) as error:
        raise DataError(f"{file}: cannot be read as Parquet: {_line(error)}") from None


def _plain(pa: Any, name: str, column: Any) -> list[str]:
    """A column as texts, '' where it holds nothing.

    Raises:
        TypeError: it holds neither text, numbers, truths nor times.
    """
    import pyarrow.compute as pc

    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.dictionary_decode(), kind.value_type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        # As bytes, because one text that is no UTF-8 would take its whole block with it.
        parts = column.cast(pa.large_binary()).to_pylist()
        return [(part or b"").decode(errors="surrogateescape") for part in parts]
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        if pa.types.is_timestamp(kind) and kind.tz is not None:
            column = pc.call_function("local_timestamp", [column])  # what the clock there shows
        milliseconds = column.cast(pa.timestamp("ms"), safe=False).cast(pa.int64())
        return [_moment(value) for value in milliseconds.to_pylist()]
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind):
        return [_text(value) for value in column.to_pylist()]
    if pa.types.is_null(kind):
        return [""] * len(column)
    raise TypeError(f"column {name!r} holds {kind}; expected text, numbers or times")


def _moment(time_ms: int | None) -> str:
    if time_ms is None:
        return ""
    try:
        return wallclock.as_text(time_ms)
    except OverflowError:  # beyond the year 9999: as it stands, the row's own fault
        return f"{time_ms} ms"


READERS: dict[str, Callable[[Path], Iterator[Row]]] = {
    ".csv": _csv,
    ".jsonl": _jsonl,
    ".parquet": _parquet,
}


def _columns(file: Path, names: Sequence[str]) -> list[str]:
    shown = re.sub(r"\s+", " ", ", ".join(names))[:200]
    if KEY not in names:
        raise DataError(
            f"{file}: no column {KEY!r} but {shown.encode(errors='replace').decode()}; the first "
            f"line names the columns, separated by commas, in UTF-8"
        )
    if twice := next((name for name in names if list(names).count(name) > 1), None):
        raise DataError(f"{file}: two columns are called {twice!r}")
    if "" in names:
        raise DataError(f"{file}: a column has no name; found {shown}")
    return list(names)


def _line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
