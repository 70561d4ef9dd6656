"""A video to the people in its frames, a stretch at a time, so that it can be gone on with."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from tipr.cores import cores
from tipr.errors import PictureError
from tipr.gallery.film import Film, every
from tipr.gallery.scan import file_of, stat_of
from tipr.gallery.seeing import CHANGED, Seen, identity, ordinary
from tipr.gallery.sight import Eye, Sight
from tipr.gallery.source import Wanted

Look = tuple[int, tuple[Sight, ...]]
"""The time of a frame in ms, and who is in it."""


@dataclass(frozen=True, slots=True)
class Pace:
    """A frame every `step_ms`, and `frames` of them a stretch, which is stored as one."""

    step_ms: int
    frames: int


def watch(
    root: Path, wanted: Wanted, eye: Eye, pace: Pace, *, after_ms: int | None = None
) -> Iterator[Seen]:
    """What is seen in a video, stretch by stretch; the last one has `done_ms` None.

    With `after_ms` it goes on behind that frame: the video is read again up to there, but nobody
    is looked for. What is broken, or was changed meanwhile, is the last stretch's `reason`; what
    could be read is kept.

    Raises:
        DependencyError: PyAV is not installed.
    """
    path = root / wanted.file.path
    before = stat_of(path)
    wanted = replace(wanted, file=file_of(wanted.file.path, before))
    seen = Seen(wanted=wanted, facts=wanted.facts, more=after_ms is not None, steps=0)
    if before is None or not ordinary(before):
        reason = "no such video" if before is None else "is a pipe or device, not a file"
        yield replace(seen, reason=reason)
        return
    looks: list[Look] = []
    try:
        with Film(path) as film:
            coming = _looks(film, eye, every(pace.step_ms, after_ms))
            while True:
                looks = []
                for look in islice(coming, pace.frames):
                    looks.append(look)  # one by one: what came before an error is kept
                if len(looks) < pace.frames:
                    break
                done_ms = looks[-1][0]
                left = max(0, (film.length_ms or done_ms) - done_ms) // pace.step_ms
                yield replace(_with(seen, looks), done_ms=done_ms, ahead=left)
                seen = replace(seen, more=True)
            reason = film.fault
    except PictureError as error:
        reason = str(error).removeprefix(f"{path}: ")
    if identity(stat_of(path)) != identity(before):
        reason = CHANGED
    yield replace(_with(seen, looks), reason=reason or None)


def _with(seen: Seen, looks: list[Look]) -> Seen:
    people = tuple(sight for _, sights in looks for sight in sights)
    return replace(seen, sights=people, steps=len(looks))


def _looks(film: Film, eye: Eye, wanted: Callable[[int], bool]) -> Iterator[Look]:
    """Frames are looked at on all cores, while the next ones are read; only few wait.

    Raises:
        PictureError: the video cannot be read on; all that came before has been given.
    """
    waiting: deque[tuple[int, Future[tuple[Sight, ...]]]] = deque()
    broken: PictureError | None = None
    with ThreadPoolExecutor(cores(), thread_name_prefix="tipr-look") as pool:
        try:
            for time_ms, picture in film.frames(wanted):
                waiting.append((time_ms, pool.submit(eye, picture, time_ms)))
                if len(waiting) > 2 * cores():
                    time_ms, future = waiting.popleft()
                    yield time_ms, future.result()
        except PictureError as error:
            broken = error
        for time_ms, future in waiting:
            yield time_ms, future.result()
    if broken is not None:
        raise broken
