"""Erasing people's pictures: a plan first, then exactly that."""

import time
from pathlib import Path
from typing import Annotated, Self

from fastapi import APIRouter
from pydantic import Field

from tipr.gallery.forget import Whom
from tipr.gallery.wallclock import DAY_MS, of_text
from tipr.search.moments import bound
from tipr.service.api.asked import Body, Id, Name
from tipr.service.api.reach import Administers, At
from tipr.service.api.shown import Shown
from tipr.service.desk import forget as erasure

router = APIRouter(tags=["erasure"])

MOST_IDS = 10_000


class AskedWhom(Body):
    """Which pictures; whatever is given must hold.

    Pictures without a time are never meant by a date or an age.
    """

    ids: tuple[Id, ...] = Field(default=(), max_length=MOST_IDS)
    source: Name | None = Field(default=None, description="an indexed folder, as it is listed")
    camera: Name | None = None
    after: Name | None = Field(default=None, examples=["2026-05-01"])
    before: Name | None = Field(default=None, description="until the end of this day, or moment")
    older_than_days: Annotated[int, Field(ge=0, le=100_000)] | None = None

    def whom(self) -> Whom:
        """Raises:
        QueryError: there is no such date.
        """
        ends = [] if self.before is None else [bound(self.before, "last") + 1]
        if self.older_than_days is not None:
            ends.append(_now_ms() - self.older_than_days * DAY_MS)
        return Whom(
            ids=self.ids,
            source=None if self.source is None else Path(self.source),
            camera=self.camera,
            after_ms=None if self.after is None else bound(self.after, "first"),
            before_ms=min(ends, default=None),
        )


class AskedErasure(AskedWhom):
    """A plan that was looked at."""

    plan: str = Field(min_length=1, max_length=64, description="its word", examples=["5f0c…"])


class ShownPlan(Shown):
    """What would be erased; nothing is changed."""

    pictures: int
    untimed: int = Field(description="are not meant only because their time is not known")
    plan: str = Field(description="stands for exactly these pictures")

    @classmethod
    def of(cls, plan: erasure.Plan) -> Self:
        return cls(pictures=len(plan.ids), untimed=plan.untimed, plan=plan.word)


class ShownCopy(Shown):
    """A copy that was once made of this gallery, which no erasure reaches."""

    made: str
    place: str
    pictures: int


class ShownErasure(Shown):
    """What was erased, and what of it lies where the gallery cannot reach."""

    pictures: int
    thumbnails: int
    feedback: int
    searches: int
    uploads: int
    still_on_disk: tuple[str, ...] = Field(description="the pictures' own files")
    exports: tuple[ShownCopy, ...]
    log_emptied: bool = Field(description="false if a reader keeps old pages for now")
    remains: tuple[str, ...] = Field(
        description="where bytes of it still stand, mirror included; empty is the proof"
    )

    @classmethod
    def of(cls, erased: erasure.Erased) -> Self:
        found = erased.found
        return cls(
            pictures=found.items,
            thumbnails=found.thumbnails,
            feedback=found.feedback,
            searches=found.searches,
            uploads=found.uploads,
            still_on_disk=tuple(map(str, found.pictures)),
            exports=tuple(
                ShownCopy(made=made, place=place, pictures=count)
                for made, place, count in found.exports
            ),
            log_emptied=found.log_emptied,
            remains=erased.left,
        )


@router.post("/galleries/{gallery}/forget/plan")
async def plan_erasure(caller: Administers, desk: At, asked: AskedWhom) -> ShownPlan:
    """How many pictures would be erased; the first step."""
    return ShownPlan.of(await erasure.plan(desk, caller, asked.whom()))


@router.post("/galleries/{gallery}/forget")
async def erase(caller: Administers, desk: At, asked: AskedErasure) -> ShownErasure:
    """Erase the pictures of a plan with all that refers to them, and look for what is left.

    Refused if by now it would be other pictures than those of the plan.
    """
    return ShownErasure.of(await erasure.forget(desk, caller, asked.whom(), asked.plan))


def _now_ms() -> int:
    """This machine's wall clock, as cameras tell theirs."""
    return of_text(time.strftime("%Y-%m-%dT%H:%M:%S"))
