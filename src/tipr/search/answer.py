"""What a search gives back: hits, and what must be known to read them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, overload

from tipr.gallery.records import Box
from tipr.search.calibration import Label
from tipr.search.terms import Query

_EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Hit:
    """A picture that was found.

    `rank` counts from 1, through all pages, by how well it fits; `score` is the cosine similarity
    of query and picture, from -1 to 1, and no probability; `path` is absolute; `id` is the
    picture's in its gallery. `camera`, `time_ms` (of the camera's wall clock), `box` and
    `frame_ms` are None where they are not known or do not apply. `others` are the ids of the rest
    of its group, best first. `probability` and `label` are there where the gallery is calibrated.
    """

    rank: int
    score: float
    path: Path
    id: int
    camera: str | None = None
    time_ms: int | None = None
    box: Box | None = None
    frame_ms: int | None = None
    attributes: dict[str, str] = field(default_factory=dict)
    others: tuple[int, ...] = ()
    probability: float | None = None
    label: Label | None = None

    @property
    def time(self) -> datetime | None:
        """The camera's wall clock, without a zone."""
        return None if self.time_ms is None else _EPOCH + timedelta(milliseconds=self.time_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Sequence[Hit]):
    """The hits of a page, in the order asked for; it is the sequence of them.

    `searched` pictures of the gallery's `total` were compared, the others were filtered out;
    `how` says whether all of them were looked at. `more`: there is a next page. `calibrated`: the
    hits have probabilities; `nobody` is then whether the described person seems not to be there
    at all. `notes` are lines for people.
    """

    query: Query
    hits: tuple[Hit, ...]
    searched: int
    total: int
    how: str
    more: bool = False
    calibrated: bool = False
    nobody: bool = False
    notes: tuple[str, ...] = ()

    @overload
    def __getitem__(self, index: int) -> Hit: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Hit, ...]: ...
    def __getitem__(self, index: int | slice) -> Any:
        return self.hits[index]

    def __len__(self) -> int:
        return len(self.hits)

    def __iter__(self) -> Iterator[Hit]:
        return iter(self.hits)
