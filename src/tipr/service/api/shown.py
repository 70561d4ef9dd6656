"""Hits and pictures as JSON, without paths on the disk: a file is called by its name alone."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

from tipr.gallery.records import Box, Item
from tipr.gallery.wallclock import as_text
from tipr.search import answer as answers
from tipr.search.calibration import Label

Time = Annotated[str, Field(examples=["2026-05-01T08:15:02"])]
"""Of the camera's own clock, ISO 8601 without a zone."""


class Shown(BaseModel):
    """A part of an answer."""

    model_config = ConfigDict(frozen=True)


class Fault(Shown):
    """What was wrong, what was expected and what to do, in one line."""

    error: str
    request: str = Field(description="the request's number, under which the log tells more")


class ShownItem(Shown):
    """A picture of the gallery; what is not known, or does not apply, is null."""

    id: int
    file: str = Field(examples=["0001.jpg"])
    camera: str | None
    time: Time | None
    box: Box | None = Field(description="left, top, right, bottom in pixels of its frame")
    frame_ms: int | None = Field(description="where in its video")
    attributes: dict[str, str]

    @classmethod
    def of(cls, item: Item) -> Self:
        return cls(
            id=item.id,
            file=item.path.name,
            camera=item.facts.camera,
            time=time(item.facts.time_ms),
            box=item.box,
            frame_ms=item.frame_ms,
            attributes=item.facts.attributes,
        )


class ShownHit(ShownItem):
    """A picture that was found: a lead to be checked by a person, never an identification."""

    rank: int
    score: float = Field(description="cosine similarity, -1 to 1, and no probability")
    probability: float | None = Field(description="of a calibrated gallery")
    label: Label | None = Field(description="the probability in a word")
    others: tuple[int, ...] = Field(description="the rest of its group, best first")

    @classmethod
    def found(cls, hit: answers.Hit) -> Self:
        return cls(
            id=hit.id,
            file=hit.path.name,
            camera=hit.camera,
            time=time(hit.time_ms),
            box=hit.box,
            frame_ms=hit.frame_ms,
            attributes=hit.attributes,
            rank=hit.rank,
            score=hit.score,
            probability=hit.probability,
            label=hit.label,
            others=hit.others,
        )


class ShownAnswer(Shown):
    """A page of hits, with what must be known to read them."""

    gallery: str
    asked: str
    filters: tuple[str, ...]
    page: int
    more: bool = Field(description="there is a next page")
    searched: int
    total: int
    how: str
    calibrated: bool
    nobody: bool = Field(description="the described person seems not to be there at all")
    notes: tuple[str, ...]
    hits: tuple[ShownHit, ...]

    @classmethod
    def of(cls, gallery: str, answer: answers.Answer) -> Self:
        return cls(
            gallery=gallery,
            asked=str(answer.query),
            filters=tuple(answer.query.filters.said),
            page=answer.query.page,
            more=answer.more,
            searched=answer.searched,
            total=answer.total,
            how=answer.how,
            calibrated=answer.calibrated,
            nobody=answer.nobody,
            notes=answer.notes,
            hits=tuple(map(ShownHit.found, answer)),
        )


def time(time_ms: int | None) -> str | None:
    """A camera's time for people and programs; None where it is not known."""
    return None if time_ms is None else as_text(time_ms)
