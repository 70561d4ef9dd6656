"""What is to be indexed: a folder, a list or a benchmark's split, as files with what is known."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from tipr.errors import ConfigError, GalleryError
from tipr.gallery import listing, wallclock
from tipr.gallery.pattern import Pattern
from tipr.gallery.records import Facts
from tipr.gallery.scan import File, file_of, folder_of, name_in, scan, stat_of
from tipr.inputs import image

VIDEOS = frozenset(
    {".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".ts", ".mts", ".mpg", ".mpeg"}
)
"""Endings (lower case) of the files that are read as videos."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file to be indexed, with what list and pattern say of it."""

    file: File
    facts: Facts = field(default_factory=Facts)

    @property
    def is_video(self) -> bool:
        return os.path.splitext(self.file.path)[1].lower() in VIDEOS  # noqa: PTH122 - it is text


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The files of one `root`, by path, and what cannot be one with the reason.

    `unmatched` counts the paths that the pattern does not fit, `videos` those left out because
    there is no detector.
    """

    root: Path
    wanted: tuple[Wanted, ...]
    refused: tuple[tuple[File, str], ...] = ()
    unmatched: int = 0
    videos: int = 0


def root_of(place: Path) -> Path:
    """The folder by which a gallery remembers what is indexed from `place`.

    Raises:
        GalleryError: it is neither a folder nor a list.
    """
    if listing.is_list(place):
        return place.parent.resolve()
    if place.is_file():
        raise GalleryError(
            f"{place}: neither a folder nor a list; give the folder that holds the pictures, or a "
            f"list of them ({', '.join(listing.SUFFIXES)})"
        )
    return folder_of(place)


def look_through(
    place: Path, *, split: str | None = None, pattern: Pattern | None = None, videos: bool = False
) -> Source:
    """What lies at `place`, with what list, annotations and pattern tell of it (in this order).

    Raises:
        GalleryError: `place` is missing, unreadable, or holds no picture.
        ConfigError: a split of a list.
        DataError: the list or the benchmark's annotations cannot be read.
        DependencyError: the list is Parquet, and pyarrow is not installed.
    """
    root = root_of(place)
    if listing.is_list(place):
        if split is not None:
            raise ConfigError(f"--split is for a benchmark's folder, and {place} is a list")
        listed = listing.read(place)
        source = _source(root, listed.pictures.items(), videos=videos)
        rows = tuple((File(row, -1, -1), reason) for row, reason in listed.refused)
        source = replace(source, refused=(*source.refused, *rows))
    elif split is not None:
        source = _source(root, _benchmark(root, split), videos=videos)
    else:
        source = _folder(place, root, videos=videos)
    return source if pattern is None else _matched(source, pattern)


def _folder(place: Path, root: Path, *, videos: bool) -> Source:
    files = scan(place, image.SUFFIXES | VIDEOS)
    wanted, refused = _nameable(Wanted(file) for file in files)
    films = sum(one.is_video for one in wanted)
    if videos or not films:
        return Source(root=root, wanted=wanted, refused=refused)
    wanted = tuple(one for one in wanted if not one.is_video)
    if not wanted and not refused:
        raise GalleryError(
            f"{place}: no pictures found but {films:,} videos; find people in them with --detect"
        )
    return Source(root=root, wanted=wanted, refused=refused, videos=films)


def _source(root: Path, told: Iterable[tuple[Path, Facts]], *, videos: bool) -> Source:
    """Pictures that were named one by one, each once."""
    named = {name_in(root, path): (path, facts) for path, facts in told}
    wanted, refused = _nameable(
        Wanted(file_of(name, stat_of(path)), facts) for name, (path, facts) in named.items()
    )
    films = [] if videos else [one for one in wanted if one.is_video]
    reason = "a video; people are found in it with --detect"
    return Source(
        root=root,
        wanted=tuple(one for one in wanted if videos or not one.is_video),
        # As if it could not be looked at: with a detector it then counts as changed.
        refused=(*refused, *((File(one.file.path, -1, -1), reason) for one in films)),
    )


def _benchmark(root: Path, split: str) -> list[tuple[Path, Facts]]:
    # Annotations are read only here: whoever indexes a plain folder never loads that part.
    from tipr.data.benchmarks import read_benchmark

    told: dict[Path, Facts] = {}
    for picture in read_benchmark(root, split).pictures:
        told.setdefault(picture.path, Facts(camera=picture.camera, time_ms=_time(picture.time)))
    return list(told.items())


def _time(text: str | None) -> int | None:
    """A benchmark's time, where it is one: some have the number of a frame in its place."""
    try:
        return None if text is None else wallclock.of_text(text)
    except ValueError:
        return None


def _nameable(wanted: Iterable[Wanted]) -> tuple[tuple[Wanted, ...], tuple[tuple[File, str], ...]]:
    """In path order; names that are no text, which no database or JSON could hold, set aside."""
    good: list[Wanted] = []
    bad: list[tuple[File, str]] = []
    for one in wanted:
        try:
            one.file.path.encode()
        except UnicodeEncodeError:
            shown = one.file.path.encode(errors="backslashreplace").decode()
            bad.append((File(shown, -1, -1), "the file name is not valid UTF-8; rename it"))
        else:
            good.append(one)
    return tuple(sorted(good, key=lambda one: one.file.path)), tuple(bad)


def _matched(source: Source, pattern: Pattern) -> Source:
    """What the pattern tells, where nobody told better."""
    wanted: list[Wanted] = []
    unmatched = 0
    for one in source.wanted:
        found = pattern.facts(one.file.path)
        if found is None:
            unmatched += 1
            wanted.append(one)
            continue
        told = one.facts
        facts = Facts(
            camera=found.camera if told.camera is None else told.camera,
            time_ms=found.time_ms if told.time_ms is None else told.time_ms,
            attributes={**found.attributes, **told.attributes},
        )
        wanted.append(replace(one, facts=facts))
    return replace(source, wanted=tuple(wanted), unmatched=unmatched)
