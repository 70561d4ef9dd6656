"""Everything that is to be read, in portions that are stored one by one, with the progress."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from tipr.encoder.protocol import Encoder
from tipr.gallery.progress import Progress
from tipr.gallery.records import Reading
from tipr.gallery.sight import Detector, Eye, People, Whole
from tipr.gallery.source import Wanted
from tipr.gallery.video import Pace, watch
from tipr.gallery.work import Batch, Work, encoded, local

_CROWD = 4  # a frame may hold many people: so many times fewer frames make a portion


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Look for people in frames and videos, instead of taking every picture for one person's.

    Of a video the first frame of every `every` seconds is looked at; people less than `smallest`
    pixels high are left out.
    """

    detector: Detector
    every: float = 1.0
    smallest: int = 32


@dataclass(frozen=True, slots=True)
class How:
    """The way in which files are read: what is seen in them, and how many are stored at once."""

    eye: Eye
    pace: Pace
    files: int
    people: int

    @classmethod
    def of(cls, size: tuple[int, int], find: Search | None, batch: int) -> "How":
        """For an encoder of this image size, which gets at most `batch` pictures at once.

        Raises:
            ValueError: a number is not positive.
        """
        if batch < 1:
            raise ValueError(f"batch must be >= 1, found {batch}")
        if find is None:
            return cls(Whole(size), Pace(1000, batch), batch, batch)
        if find.every < 0.001 or find.smallest < 1:
            raise ValueError(f"every and smallest must be positive, found {find}")
        eye = People(size, find.detector, find.smallest)
        frames = max(1, batch // _CROWD)
        return cls(eye, Pace(round(find.every * 1000), frames), frames, batch)

    @property
    def method(self) -> str:
        """In words for people; equal words promise equal answers."""
        if isinstance(self.eye, Whole):
            return self.eye.method
        return f"{self.eye.method}, looking every {self.pace.step_ms / 1000:g} s of a video"


def portions(
    encoder: Encoder,
    root: Path,
    wanted: Sequence[Wanted],
    how: How,
    *,
    begun: Mapping[str, int],
    progress: Progress,
    work: Work | None = None,
) -> Iterator[list[Reading]]:
    """What came of files, in their order; each portion is to be stored before the next is asked.

    Where a portion ends depends on the files alone: going on behind any of them gives the same
    portions as an undisturbed run. `begun` videos go on behind so many milliseconds.
    """
    work = work or local(encoder, how.eye, how.people)
    done, left = 0, len(wanted)
    progress(done, left)
    for is_video, some in groupby(wanted, key=lambda one: one.is_video):
        if not is_video:
            for readings in work(_batches(root, list(some), how.files)):
                yield readings
                done, left = done + len(readings), left - len(readings)
                progress(done, done + left)
            continue
        for one in some:
            left -= 1
            for seen in watch(root, one, how.eye, how.pace, after_ms=begun.get(one.file.path)):
                yield encoded(encoder, [seen], how.people)
                done += seen.steps
                progress(done, done + seen.ahead + left)


def _batches(root: Path, wanted: Sequence[Wanted], size: int) -> Iterator[Batch]:
    for start in range(0, len(wanted), size):
        yield Batch(root, tuple(wanted[start : start + size]))
