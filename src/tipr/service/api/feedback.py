"""Marks on hits: this is the person, this is not."""

from typing import Annotated, Self

from fastapi import APIRouter, Query
from pydantic import Field

from tipr.search import feedback
from tipr.search.terms import MAX_CHARACTERS
from tipr.service.api.asked import Body, Id, Text
from tipr.service.api.reach import At, Reads
from tipr.service.api.shown import Shown
from tipr.service.desk.marks import mark, marks

router = APIRouter(tags=["feedback"])


class AskedMark(Body):
    """Somebody's word on a picture that a query found; null takes it back."""

    query: Text = Field(description="as it was typed")
    item: Id
    fits: bool | None


class ShownMark(Shown):
    """Somebody's word on a hit."""

    query: str
    item: int
    fits: bool
    made: str = Field(description="UTC, ISO 8601")

    @classmethod
    def of(cls, mark: feedback.Mark) -> Self:
        return cls(query=mark.query, item=mark.item, fits=mark.fits, made=mark.made)


@router.put("/galleries/{gallery}/feedback", status_code=204)
async def put_mark(caller: Reads, desk: At, asked: AskedMark) -> None:
    """Keep a mark, change it or take it back; on the disk once this is answered."""
    await mark(desk, caller, asked.query, asked.item, asked.fits)


@router.get("/galleries/{gallery}/feedback")
async def list_marks(
    caller: Reads,
    desk: At,
    query: Annotated[str | None, Query(min_length=1, max_length=MAX_CHARACTERS)] = None,
) -> list[ShownMark]:
    """The marks of one query or of all, oldest first."""
    return [ShownMark.of(one) for one in await marks(desk, caller, query)]
