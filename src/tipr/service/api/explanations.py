"""Why a picture was found."""

from typing import Literal, Self

from fastapi import APIRouter
from pydantic import Field

from tipr.search import explain as explanations
from tipr.service.api.asked import Body, Id, Text
from tipr.service.api.reach import At, Reads
from tipr.service.api.shown import Shown
from tipr.service.desk.explain import explain

router = APIRouter(tags=["pictures"])


class AskedSentence(Body):
    """The description that a picture is held against."""

    sentence: Text


class ShownWord(Shown):
    """A word of the sentence over the picture; null for one that says nothing of looks."""

    word: str
    adds: float | None = Field(description="what the score would lose without the word")
    matched: bool | None
    map: tuple[tuple[float, ...], ...] = Field(description="a row for each row of patches")


class ShownExplanation(Shown):
    """A sentence over a picture."""

    sentence: str
    score: float
    maps_hold: Literal["shares of the score", "cosines with patches"]
    start_and_end: float | None
    words: tuple[ShownWord, ...]
    matched_nothing: tuple[str, ...]

    @classmethod
    def of(cls, found: explanations.Explanation) -> Self:
        return cls.model_validate(found.as_json())


@router.post("/galleries/{gallery}/items/{item}/explanation")
async def explain_hit(caller: Reads, desk: At, item: Id, asked: AskedSentence) -> ShownExplanation:
    """Which word of a sentence met which part of the picture, and which words matched nothing."""
    return ShownExplanation.of(await explain(desk, caller, asked.sentence, item))
