"""The audit log: who did what, when, and why."""

from functools import partial
from typing import Annotated, Any, Self

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from tipr.errors import AuditError
from tipr.service.api.reach import The
from tipr.service.api.shown import Shown
from tipr.service.guard.needs import Needs
from tipr.service.state import audit

router = APIRouter(tags=["audit"])

ADMIN = [Depends(Needs("admin"))]
Word = Annotated[str | None, Query(min_length=1, max_length=200)]


class ShownEntry(Shown):
    """What was noted; `words` is null where there are none, or where they were erased."""

    number: int
    made: str = Field(description="UTC, ISO 8601")
    who: str
    act: str
    gallery: str
    items: tuple[int, ...]
    request: str
    words: dict[str, Any] | None
    erased: bool = Field(description="there were words once")
    hash: str

    @classmethod
    def of(cls, entry: audit.Entry) -> Self:
        return cls.model_validate(entry, from_attributes=True)


class ShownVerdict(Shown):
    """Whether the log agrees with itself; `fault` says where it does not."""

    sound: bool
    entries: int | None = None
    erased: int | None = None
    head: str | None = Field(default=None, description="keep it elsewhere; a later one contains it")
    fault: str | None = None


@router.get("/audit", dependencies=ADMIN)
async def list_entries(
    service: The,
    gallery: Word = None,
    who: Word = None,
    act: Word = None,
    below: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[ShownEntry]:
    """The latest entries first; `below` the smallest number of one page gives the next."""
    question = partial(audit.entries, gallery=gallery, who=who, act=act, below=below, limit=limit)
    return [ShownEntry.of(entry) for entry in await service.state.read(question)]


@router.get("/audit/verify", dependencies=ADMIN)
async def verify_audit(service: The, head: Word = None) -> ShownVerdict:
    """Follow the whole chain of hashes, through a `head` that was noted earlier if one is given."""
    try:
        found = await service.state.read(partial(audit.verify, head=head))
    except AuditError as error:
        return ShownVerdict(sound=False, fault=str(error))
    return ShownVerdict(sound=True, entries=found.entries, erased=found.erased, head=found.head)
