"""A file to what is to be seen in it, or why nothing is; never a picture half old, half new."""

import os
import stat
from dataclasses import dataclass, field, replace
from pathlib import Path

from tipr.errors import PictureError
from tipr.gallery.records import Facts
from tipr.gallery.scan import file_of, stat_of
from tipr.gallery.sight import Eye, Sight
from tipr.gallery.source import Wanted
from tipr.gallery.taken import taken_ms
from tipr.inputs import image

CHANGED = "was changed while it was read; it is tried again next time"
_ATTEMPTS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What came of a file, or of a stretch of a video, before its people are encoded.

    `wanted.file` is the file as it was when it was read. `facts` are those of a picture in it, at
    the start of a video; the rest as in `records.Reading`. `steps` pictures or frames were looked
    at, and about `ahead` more of the same file are to come.
    """

    wanted: Wanted
    sights: tuple[Sight, ...] = ()
    facts: Facts = field(default_factory=Facts)
    reason: str | None = None
    done_ms: int | None = None
    more: bool = False
    steps: int = 1
    ahead: int = 0


def see(root: Path, wanted: Wanted, eye: Eye) -> Seen:
    """Read a picture; once more if it was changed meanwhile."""
    path = root / wanted.file.path
    seen = Seen(wanted=wanted)
    for _ in range(_ATTEMPTS):
        before = stat_of(path)
        now = replace(wanted, file=file_of(wanted.file.path, before))
        if ordinary(before):
            seen = _read(path, now, eye)
        else:
            seen = Seen(wanted=now, reason="is a pipe or device, not a file")
        if identity(stat_of(path)) == identity(before):
            return seen
    # With the time of before the last attempt, so that the next indexing finds it changed.
    return Seen(wanted=seen.wanted, reason=CHANGED)


def identity(found: os.stat_result | None) -> tuple[int, int, int] | None:
    """Differs when a file was replaced or written to."""
    return None if found is None else (found.st_ino, found.st_size, found.st_mtime_ns)


def known_of(path: Path, wanted: Wanted) -> Facts:
    """What is known of a picture: what was said, and where no time was, what the camera wrote."""
    if wanted.facts.time_ms is not None or wanted.is_video:
        return wanted.facts
    return replace(wanted.facts, time_ms=taken_ms(path))


def ordinary(found: os.stat_result | None) -> bool:
    """Not a pipe or device, which one could wait for endlessly."""
    return found is None or stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)


def _read(path: Path, wanted: Wanted, eye: Eye) -> Seen:
    try:
        sights = eye(image.read(path))
    except PictureError as error:
        return Seen(wanted=wanted, reason=str(error).removeprefix(f"{path}: "))
    return Seen(wanted=wanted, sights=sights, facts=known_of(path, wanted))
