"""Which file and folder make a benchmark: a table, and the search for its rows in a folder.

| format     | annotation file                     | pictures   | one row is              |
|------------|-------------------------------------|------------|-------------------------|
| cuhk-pedes | reid_raw.json                       | imgs/      | a picture, its captions |
| icfg-pedes | ICFG-PEDES.json or ICFG_PEDES.json  | imgs/      | a picture, its captions |
| rstpreid   | data_captions.json                  | imgs/      | a picture, its captions |
| jsonl      | data.jsonl, captions.jsonl, *.jsonl | beside it  | a picture, caption(s)   |
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from tipr.errors import DataError


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """How one benchmark is laid out: file names, picture folders, and the names of its fields.

    Of `files` the first that is found wins, of `pictures` the first folder that holds the first
    picture.
    """

    name: str
    files: tuple[str, ...]
    pictures: tuple[str, ...] = ("imgs", ".")
    path: str = "file_path"
    captions: str = "captions"
    person: str = "id"
    lines: bool = False

    @property
    def expected(self) -> str:
        """The names of its annotation file, for messages."""
        return " or ".join(self.files)

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that every row must have."""
        return ("split", self.person, self.path, self.captions)


FORMATS = {
    row.name: row
    for row in (
        Format(name="cuhk-pedes", files=("reid_raw.json",)),
        Format(name="icfg-pedes", files=("ICFG-PEDES.json", "ICFG_PEDES.json")),
        Format(name="rstpreid", files=("data_captions.json",), path="img_path"),
        Format(
            name="jsonl",
            files=("data.jsonl", "captions.jsonl"),
            pictures=(".",),
            path="image",
            captions="caption",
            person="person",
            lines=True,
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Source:
    """An annotation file that was found, how to read it, and the folder its pictures lie below."""

    format: Format
    file: Path
    folder: Path


def locate(folder: Path, format: str = "auto") -> Source:  # noqa: A002
    """Find the annotation file: by its name, or a JSONL of any name by its first line.

    Raises:
        DataError: there is none, there are several and the format does not choose, or the format
            is not one of FORMATS.
    """
    wanted = rows_of(format)
    folder = absolute(folder)
    if not folder.is_dir():
        what = "is a file; give the folder that holds it" if folder.exists() else "no such folder"
        raise DataError(f"{folder}: {what}")
    found = [source for row in wanted if (source := _in_folder(folder, row))]
    found = found or [source for row in wanted if row.lines for source in _by_content(folder, row)]
    if len(found) > 1:
        names = ", ".join(f"{source.file.name} ({source.format.name})" for source in found)
        raise DataError(f"{folder}: several annotation files: {names}; say which with data.format")
    if found:
        return found[0]
    looked = "; ".join(f"{row.name}: {row.expected}" for row in wanted)
    near = nearby(folder, format)
    hint = f". {near.file} was found: give {near.folder}" if near else ""
    raise DataError(f"{folder}: no annotation file there; looked for {looked}{hint}")


def rows_of(format: str) -> tuple[Format, ...]:  # noqa: A002
    """The table's rows that a format's name stands for.

    Raises:
        DataError: there is no such format.
    """
    if format == "auto":
        return tuple(FORMATS.values())
    if format not in FORMATS:
        raise DataError(f"unknown format {format!r}; known: auto, {', '.join(FORMATS)}")
    return (FORMATS[format],)


def absolute(folder: Path) -> Path:
    """The folder from the root on; symbolic links stay as the user gave them."""
    try:
        return Path(os.path.abspath(folder.expanduser()))  # noqa: PTH100 - resolve() follows links
    except RuntimeError as error:
        raise DataError(f"{folder}: {error}") from None


def nearby(folder: Path, format: str = "auto") -> Source | None:  # noqa: A002
    """An annotation file one level below or above a folder that has none, if there is one."""
    rows = rows_of(format)
    try:
        below = sorted(path for path in folder.iterdir() if path.is_dir())
    except OSError as error:
        raise DataError(f"{folder}: cannot be read: {error}") from None
    for place in (*below, folder.parent):
        for row in rows:
            if found := _in_folder(place, row):
                return found
    return None


def _in_folder(folder: Path, row: Format) -> Source | None:
    for name in row.files:
        if (folder / name).is_file():
            return Source(row, folder / name, folder)
    return None


def _by_content(folder: Path, row: Format) -> list[Source]:
    """JSONL files of other names whose first line has the fields; logs and exports have not."""
    return [
        Source(row, path, folder)
        for path in sorted(folder.glob("*.jsonl"))
        if set(row.fields) <= _first_fields(path)
    ]


def _first_fields(path: Path) -> set[str]:
    try:
        with path.open(encoding="utf-8-sig") as file:
            first = json.loads(file.readline())
    except (OSError, ValueError):  # no JSONL, so not a benchmark of another name
        return set()
    return set(first) if isinstance(first, dict) else set()
