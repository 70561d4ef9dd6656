"""Which row of a feature file stands for which picture and caption of a split.

Rows are found by their ids, so a file may be in any order and may hold more than the split.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from tipr.data.layout import Source
from tipr.data.records import Split
from tipr.errors import DataError


def rows_of_pictures(split: Split, ids: Sequence[str], source: Source) -> list[int]:
    """For each picture of the split the row whose id is its path.

    An id is absolute, or relative to the benchmark's folder, or to the folder of its pictures
    (as the annotation file has it).

    Raises:
        DataError: a picture has no row, or two rows.
    """
    wanted = [os.path.normpath(picture.path) for picture in split.pictures]
    roots = [source.folder, *(source.folder / name for name in source.format.pictures)]
    found = [_by_path(root, ids) for root in dict.fromkeys(roots)]
    rows = max(found, key=lambda rows: len(rows.keys() & set(wanted)))
    missing = [path for path in wanted if path not in rows]
    if missing:
        raise DataError(
            f"{len(missing)} of the {len(wanted)} pictures of {split.name} have no vector, e.g. "
            f"{missing[0]}; ids must be paths relative to {source.folder}, found e.g. {ids[0]!r}"
        )
    twice = [path for path in wanted if len(rows[path]) > 1]
    if twice:
        raise DataError(f"{twice[0]} has {len(rows[twice[0]])} vectors; give each picture one")
    return [rows[path][0] for path in wanted]


def rows_of_captions(split: Split, ids: Sequence[str]) -> list[int]:
    """For each caption of the split the row whose id is its text, or its number from 0.

    Numbers count the split's captions in the order of the annotation file. Equal sentences have
    equal vectors, so of several rows with one text the first is taken.

    Raises:
        DataError: neither fits.
    """
    count = len(split.captions)
    if sorted(ids) == sorted(map(str, range(count))):
        place = {number: row for row, number in enumerate(ids)}
        return [place[str(number)] for number in range(count)]
    first = {_plain(text): row for row, text in reversed(list(enumerate(ids)))}
    rows = [first.get(_plain(caption.text)) for caption in split.captions]
    if None in rows:
        lost = split.captions[rows.index(None)].text
        raise DataError(
            f"{rows.count(None)} of the {count} captions of {split.name} have no vector, e.g. "
            f"{lost[:60]!r}; ids must be the sentences or the numbers 0 to {count - 1}, found "
            f"e.g. {ids[0][:60]!r}"
        )
    return [row for row in rows if row is not None]


def _by_path(root: Path, ids: Sequence[str]) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = {}
    for row, name in enumerate(ids):
        rows.setdefault(os.path.normpath(root / name), []).append(row)
    return rows


def _plain(text: str) -> str:
    return " ".join(text.split())
