"""Annotation files of all benchmarks (rows of the table in `layout`) -> Splits, by one reader.

A JSONL line is {"image", "caption", "person", "split"} and, if known, "camera" and "time"; other
keys are let be. Lines of the same picture and person are joined into one Picture, of which the
first line tells camera and time.

Reading opens no picture; `tipr.data.check` does.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tipr.data.holdout import hold_out
from tipr.data.layout import Format, Source, locate, rows_of
from tipr.data.records import Caption, Picture, Split
from tipr.errors import DataError

_USUAL_ORDER = ("train", "val", "test")


def read_benchmark(
    folder: Path | str,
    split: str,
    *,
    format: str = "auto",  # noqa: A002
    holdout: float = 0.0,
) -> Split:
    """One split of the benchmark in `folder`, as a run with this `data.holdout` sees it.

    Raises:
        DataError: as `read_splits` and `hold_out`; or the split is not there (the message names
            those that are).
    """
    return pick(read_splits(folder, format=format), split, folder=folder, holdout=holdout)


def pick(
    splits: dict[str, Split], split: str, *, folder: Path | str, holdout: float = 0.0
) -> Split:
    """One of the splits that were read from `folder`; see `read_benchmark`.

    Raises:
        DataError: as `hold_out`; or the split is not there.
    """
    splits = hold_out(splits, holdout)
    if split not in splits:
        hint = ", where data.holdout makes a val for training" if split == "val" else ""
        raise DataError(
            f"{folder}: no split {split!r}; this benchmark has {', '.join(splits)}{hint}"
        )
    return splits[split]


def read_splits(folder: Path | str, *, format: str = "auto") -> dict[str, Split]:  # noqa: A002
    """Every split by name: train, val, test, then others; each in the order of the file.

    Args:
        folder: where the annotation file lies.
        format: a key of FORMATS, or "auto": told by the name of the annotation file.

    Raises:
        DataError: no annotation file (the message says what was looked for, and whether it lies
            a level above or below), or it is malformed (file, row and field are named).
    """
    return read_source(locate(Path(folder), format))


def read_source(source: Source) -> dict[str, Split]:
    """The splits of an annotation file that `locate` found.

    Raises:
        DataError: it is unreadable or malformed; file, row and field are named.
    """
    drafts: dict[str, _Draft] = {}
    pictures: Path | None = None
    for number, row in _rows(source):
        where = f"{source.file}: {'line' if source.format.lines else 'row'} {number}"
        told = _checked(row, source.format, where)
        pictures = pictures or _picture_folder(source, told.path)
        draft = drafts.setdefault(told.split, _Draft())
        draft.add(told, pictures, join=source.format.lines)
    if not drafts:
        raise DataError(f"{source.file}: holds no rows")
    order = [name for name in _USUAL_ORDER if name in drafts]
    order += [name for name in drafts if name not in _USUAL_ORDER]
    return {
        name: Split(name, tuple(drafts[name].pictures), tuple(drafts[name].captions))
        for name in order
    }


def fingerprint(splits: dict[str, Split]) -> str:
    """sha256 (hex) of what was read: names, paths, persons, cameras, times and captions.

    Paths count relative to the pictures' common folder: the benchmark may be moved.
    """
    paths = [picture.path for split in splits.values() for picture in split.pictures]
    root = os.path.commonpath([path.parent for path in paths]) if paths else ""
    digest = hashlib.sha256()
    for name, split in splits.items():
        rows: list[list[Any]] = [
            [Path(os.path.relpath(one.path, root)).as_posix(), one.person, one.camera, one.time]
            for one in split.pictures
        ]
        said = [[caption.text, caption.picture] for caption in split.captions]
        digest.update(json.dumps([name, rows, said]).encode() + b"\n")
    return digest.hexdigest()


def misnamed(folder: Path, format: str = "auto") -> Source | None:  # noqa: A002
    """A .json file in the folder that has a benchmark's fields under another name, if any."""
    rows = rows_of(format)
    for file in sorted(folder.glob("*.json")):
        for row in rows:
            source = Source(row, file, folder)
            if not row.lines and _begins_like(source):
                return source
    return None


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of an annotation file, checked."""

    split: str
    person: str
    path: str
    captions: tuple[str, ...]
    camera: str | None
    time: str | None


@dataclass(slots=True)
class _Draft:
    """A split while it is being read; `seen` finds the picture that a later row speaks of."""

    pictures: list[Picture] = field(default_factory=list)
    captions: list[Caption] = field(default_factory=list)
    seen: dict[tuple[Path, str], int] = field(default_factory=dict)

    def add(self, row: _Row, folder: Path, *, join: bool) -> None:
        path = Path(os.path.normpath(folder / row.path))
        index = self.seen.get((path, row.person)) if join else None
        if index is None:
            index = len(self.pictures)
            self.seen[path, row.person] = index
            self.pictures.append(Picture(path, row.person, row.camera, row.time))
        self.captions += [Caption(text, index) for text in row.captions]


def _begins_like(source: Source) -> bool:
    try:
        _, first = next(_rows(source), (0, None))
    except DataError:  # not even JSON, so not a benchmark under another name
        return False
    return isinstance(first, dict) and set(source.format.fields) <= set(first)


def _picture_folder(source: Source, first: str) -> Path:
    """The folder that holds the first picture; if none does, the one the benchmark documents."""
    places = [source.folder / name for name in source.format.pictures]
    return next((place for place in places if (place / first).is_file()), places[0])


def _rows(source: Source) -> Iterator[tuple[int, Any]]:
    """(number from 1, row) of the annotation file; in JSONL the number is that of the line."""
    try:
        text = source.file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{source.file}: cannot be read: {error}") from None
    if source.format.lines:
        for number, line in enumerate(text.split("\n"), start=1):
            if line.strip():
                yield number, _parsed(line, f"{source.file}: line {number}")
        return
    rows = _parsed(text, str(source.file))
    if not isinstance(rows, list):
        raise DataError(f"{source.file}: expected a list of rows, found {type(rows).__name__}")
    yield from enumerate(rows, start=1)


def _parsed(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{where}: not valid JSON: {error}") from None


def _checked(row: Any, form: Format, where: str) -> _Row:
    if not isinstance(row, dict):
        raise DataError(f"{where}: expected an object, found {type(row).__name__}")
    for name in form.fields:
        if row.get(name) is None:
            raise DataError(f"{where}: no field {name!r}; expected {', '.join(form.fields)}")
    captions = row[form.captions]
    if isinstance(captions, str):
        captions = [captions]
    if not isinstance(captions, list) or not all(isinstance(text, str) for text in captions):
        raise DataError(f"{where}: {form.captions!r} must be text or a list of texts")
    if not isinstance(row[form.path], str) or not row[form.path].strip():
        raise DataError(f"{where}: {form.path!r} must be the path of a picture")
    return _Row(
        split=_text(row, "split", where),
        person=_text(row, form.person, where),
        path=row[form.path],
        captions=tuple(captions),
        camera=_optional(row, "camera", where),
        time=_optional(row, "time", where),
    )


def _text(row: dict[str, Any], name: str, where: str) -> str:
    """A name or a whole number, as text: annotation files number people, ours may name them."""
    value = row[name]
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise DataError(f"{where}: {name!r} must be text or a whole number, found {value!r}")
    return str(value)


def _optional(row: dict[str, Any], name: str, where: str) -> str | None:
    return None if row.get(name) is None else _text(row, name, where)
