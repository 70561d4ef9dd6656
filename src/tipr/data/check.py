"""A benchmark folder -> a report of what is in it and of everything wrong with it.

Most failed runs of this field start with annotation and pictures that do not match; this opens
every picture once, before training, and lists the faults instead of stopping at the first.
"""

import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tipr.cores import cores
from tipr.data import benchmarks, layout
from tipr.data.layout import FORMATS, Source
from tipr.data.records import Split
from tipr.errors import DataError, PictureError
from tipr.inputs import image

Kind = Literal[
    "annotation name",
    "layout",
    "missing picture",
    "unreadable picture",
    "empty caption",
    "picture without caption",
    "identity in two splits",
    "gap in training ids",
    "picture listed twice",
    "picture in two splits",
]
Progress = Callable[[int, int], None]
_THREADS = 4  # decoding frees the interpreter; more than a few only fight over the disk


@dataclass(frozen=True, slots=True)
class Defect:
    """One fault: its kind, the file, identity or split it is in, and what is wrong there."""

    kind: Kind
    where: str
    what: str


@dataclass(frozen=True, slots=True)
class Spread:
    """Smallest, middle (mean of words, median of pixels) and largest of some numbers."""

    low: float
    middle: float
    high: float


@dataclass(frozen=True, slots=True)
class SplitReport:
    """What one split holds; a Spread is None where there is nothing to measure.

    `words`: caption lengths in words. `widths`, `heights`: pixels, of the readable pictures.
    `cameras`: the names in the annotation, sorted; empty where it tells none.
    """

    name: str
    images: int
    people: int
    captions: int
    words: Spread | None
    widths: Spread | None
    heights: Spread | None
    cameras: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What a benchmark folder holds. `fingerprint` is that of `benchmarks.fingerprint`."""

    folder: Path
    format: str
    annotation: Path
    fingerprint: str
    splits: tuple[SplitReport, ...]
    defects: tuple[Defect, ...]

    @property
    def counts(self) -> dict[Kind, int]:
        """How many defects of each kind, in the order of first appearance."""
        return dict(Counter(defect.kind for defect in self.defects))


def check(
    folder: Path | str,
    *,
    format: str = "auto",  # noqa: A002
    progress: Progress | None = None,
) -> Report:
    """Read the annotation, decode every picture, and report.

    Args:
        folder: the benchmark; if its annotation lies one level away or has another name, that
            is a defect of the report.
        format: as in `benchmarks.read_splits`.
        progress: is told (pictures done, pictures in all) after each picture.

    Raises:
        DataError: nothing in the folder can be read as a benchmark.
    """
    folder = layout.absolute(Path(folder))
    source, defects = _find(folder, format)
    splits = benchmarks.read_source(source)
    opened = _open_all(splits.values(), progress)
    defects += _picture_defects(source, opened)
    defects += _caption_defects(splits.values())
    defects += _identity_defects(splits)
    defects += _listing_defects(splits.values())
    return Report(
        folder=folder,
        format=source.format.name,
        annotation=source.file,
        fingerprint=benchmarks.fingerprint(splits),
        splits=tuple(_summary(split, opened) for split in splits.values()),
        defects=tuple(defects),
    )


def _find(folder: Path, form: str) -> tuple[Source, list[Defect]]:
    try:
        return layout.locate(folder, form), []
    except DataError:
        if not folder.is_dir():
            raise
        if near := layout.nearby(folder, form):
            what = f"{near.file.name} lies in {near.folder}; give that folder"
            return near, [Defect("layout", str(folder), what)]
        other = benchmarks.misnamed(folder, form)
        if other is None:
            raise
        alike = [row for row in FORMATS.values() if row.fields == other.format.fields]
        names = " or ".join(f"{row.expected} ({row.name})" for row in alike)
        what = f"it has the fields of a benchmark; name it {names}"
        return other, [Defect("annotation name", str(other.file), what)]


_Opened = dict[Path, tuple[int, int] | PictureError]
"""(width, height) in pixels of each picture, or why it cannot be read."""


def _open_all(splits: Iterable[Split], progress: Progress | None) -> _Opened:
    paths = list(dict.fromkeys(picture.path for split in splits for picture in split.pictures))
    opened: _Opened = {}
    with ThreadPoolExecutor(min(_THREADS, cores())) as pool:
        try:
            for path, outcome in zip(paths, pool.map(_size, paths), strict=True):
                opened[path] = outcome
                if progress is not None:
                    progress(len(opened), len(paths))
        finally:
            pool.shutdown(cancel_futures=True)  # stopped by the user: do not read on
    return opened


def _size(path: Path) -> tuple[int, int] | PictureError:
    try:
        return image.read(path).size
    except PictureError as error:
        return error


def _picture_defects(source: Source, opened: _Opened) -> Iterator[Defect]:
    missing = [path for path in opened if not path.exists()]
    if missing and len(missing) == len(opened):
        # One wrong folder is one fault, not forty thousand.
        yield Defect("layout", str(source.folder), _where_they_are(source, missing))
        return
    for path, outcome in opened.items():
        if isinstance(outcome, PictureError):
            kind = "unreadable picture" if path.exists() else "missing picture"
            yield Defect(kind, str(path), str(outcome).removeprefix(f"{path}: "))


def _where_they_are(source: Source, missing: Sequence[Path]) -> str:
    text = f"none of the {len(missing)} pictures is there, e.g. {missing[0]}"
    expected = source.folder / source.format.pictures[0]
    inside = missing[0].relative_to(expected) if missing[0].is_relative_to(expected) else None
    if inside is None:
        return text
    below = sorted(path for path in source.folder.glob("*/") if path.is_dir())
    deeper = sorted(path for path in source.folder.glob("*/*/") if path.is_dir())
    for place in (source.folder, *below, *deeper, source.folder.parent):
        if (place / inside).is_file():
            return f"{text}; {place / inside} was found, so move what is in {place} to {expected}"
    return text


def _caption_defects(splits: Iterable[Split]) -> Iterator[Defect]:
    for split in splits:
        described = {caption.picture for caption in split.captions}
        for index, picture in enumerate(split.pictures):
            if index not in described:
                yield Defect("picture without caption", str(picture.path), f"in {split.name}")
        for caption in split.captions:
            if not caption.text.strip():
                path = split.pictures[caption.picture].path
                yield Defect("empty caption", str(path), f"in {split.name}")


def _identity_defects(splits: dict[str, Split]) -> Iterator[Defect]:
    homes: dict[str, list[str]] = defaultdict(list)
    for split in splits.values():
        for person in split.people:
            homes[person].append(split.name)
    for person, names in homes.items():
        if len(names) > 1:
            yield Defect("identity in two splits", person, f"in {' and '.join(names)}")
    people = splits["train"].people if "train" in splits else ()
    if people and all(person.isdecimal() for person in people):
        numbers = {int(person) for person in people}
        low, high = min(numbers), max(numbers)
        gaps = high - low + 1 - len(numbers)
        if gaps:
            first = next(number for number in range(low, high) if number not in numbers)
            what = f"of the ids {low} to {high} {gaps} are not used, the first is {first}"
            yield Defect("gap in training ids", "train", what)


def _listing_defects(splits: Iterable[Split]) -> Iterator[Defect]:
    homes: dict[Path, Counter[str]] = defaultdict(Counter)
    for split in splits:
        for picture in split.pictures:
            homes[picture.path][split.name] += 1
    for path, names in homes.items():
        if len(names) > 1:
            yield Defect("picture in two splits", str(path), f"in {' and '.join(names)}")
        for name, times in names.items():
            if times > 1:
                yield Defect("picture listed twice", str(path), f"{times} times in {name}")


def _summary(split: Split, opened: _Opened) -> SplitReport:
    sizes = [size for one in split.pictures if isinstance(size := opened[one.path], tuple)]
    cameras = {one.camera for one in split.pictures if one.camera is not None}
    return SplitReport(
        name=split.name,
        images=len(split.pictures),
        people=len(split.people),
        captions=len(split.captions),
        words=_spread([len(one.text.split()) for one in split.captions], statistics.fmean),
        widths=_spread([width for width, _ in sizes], statistics.median),
        heights=_spread([height for _, height in sizes], statistics.median),
        cameras=tuple(sorted(cameras)),
    )


def _spread(values: list[int], middle: Callable[[list[int]], float]) -> Spread | None:
    return Spread(min(values), middle(values), max(values)) if values else None
