"""What a service answers, as values; docs/http.md says what each field means.

Times are ISO 8601: those of pictures by their cameras' own clocks, `made` and `ended` in UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Self

Count = dict[str, int]


@dataclass(frozen=True, slots=True)
class Result:
    """A part of an answer; what a newer service tells besides is left out."""

    PARTS: ClassVar[Mapping[str, type["Result"]]] = {}
    """Of the fields that are lists of results: what each is a list of."""

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """From JSON."""
        parts = {name: [kind.of(part) for part in told[name]] for name, kind in cls.PARTS.items()}
        known = {field.name for field in fields(cls)}
        values = {**told, **parts}
        return cls(**{name: _frozen(value) for name, value in values.items() if name in known})


@dataclass(frozen=True, slots=True)
class Item(Result):
    """A picture of a gallery."""

    id: int
    file: str
    camera: str | None
    time: str | None
    box: tuple[int, int, int, int] | None
    frame_ms: int | None
    attributes: dict[str, str]


@dataclass(frozen=True, slots=True)
class Hit(Item):
    """A picture that was found: a lead to be checked by a person, never an identification."""

    rank: int
    score: float
    probability: float | None
    label: str | None
    others: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Answer(Result):
    """A page of hits."""

    PARTS: ClassVar = {"hits": Hit}

    gallery: str
    asked: str
    filters: tuple[str, ...]
    page: int
    more: bool
    searched: int
    total: int
    how: str
    calibrated: bool
    nobody: bool
    notes: tuple[str, ...]
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Source(Result):
    """An indexed folder or list."""

    source: str
    files: int
    pictures: int
    unreadable: int


@dataclass(frozen=True, slots=True)
class Gallery(Result):
    """A gallery at a glance."""

    PARTS: ClassVar = {"sources": Source}

    name: str
    pictures: int
    sources: tuple[Source, ...]
    cameras: Count
    first: str | None
    last: str | None
    timed: int
    attributes: Count
    twins: int
    calibrated: bool
    feedback: int
    searches: int
    exports: int
    model: str
    image_size: tuple[int, int]
    created: str
    bytes_on_disk: int


@dataclass(frozen=True, slots=True)
class Facets(Result):
    """Pictures by camera, source, day and attribute."""

    total: int
    cameras: Count
    sources: Count
    days: Count
    attributes: dict[str, Count]


@dataclass(frozen=True, slots=True)
class Word(Result):
    """A word over a picture; `map` has a row of numbers for each row of patches."""

    word: str
    adds: float | None
    matched: bool | None
    map: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Explanation(Result):
    """A sentence over a picture."""

    PARTS: ClassVar = {"words": Word}

    sentence: str
    score: float
    maps_hold: str
    start_and_end: float | None
    words: tuple[Word, ...]
    matched_nothing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mark(Result):
    """Somebody's word on a hit."""

    query: str
    item: int
    fits: bool
    made: str


@dataclass(frozen=True, slots=True)
class Saved(Result):
    """A search that is kept under a name."""

    name: str
    made: str


@dataclass(frozen=True, slots=True)
class Job(Result):
    """An indexing: waiting, running, done, failed or cancelled."""

    id: int
    gallery: str
    folder: str
    pattern: str | None
    retry: bool
    who: str
    made: str
    stage: str
    done: int
    total: int
    outcome: dict[str, Any] | None
    fault: str | None
    ended: str | None


@dataclass(frozen=True, slots=True)
class Plan(Result):
    """What would be erased; `plan` is the word to hand to `Client.forget`."""

    pictures: int
    untimed: int
    plan: str


@dataclass(frozen=True, slots=True)
class Copy(Result):
    """A copy that no erasure reaches."""

    made: str
    place: str
    pictures: int


@dataclass(frozen=True, slots=True)
class Erasure(Result):
    """What was erased; `remains` is empty where the proof succeeded."""

    PARTS: ClassVar = {"exports": Copy}

    pictures: int
    thumbnails: int
    feedback: int
    searches: int
    uploads: int
    still_on_disk: tuple[str, ...]
    exports: tuple[Copy, ...]
    log_emptied: bool
    remains: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry(Result):
    """An entry of the audit log."""

    number: int
    made: str
    who: str
    act: str
    gallery: str
    items: tuple[int, ...]
    request: str
    words: dict[str, Any] | None
    erased: bool
    hash: str


@dataclass(frozen=True, slots=True)
class Verdict(Result):
    """Whether the audit log agrees with itself."""

    sound: bool
    entries: int | None
    erased: int | None
    head: str | None
    fault: str | None


def _frozen(value: Any) -> Any:
    """Lists as tuples, however deep."""
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
