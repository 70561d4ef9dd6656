"""Searches that are kept under a name."""

from dataclasses import replace
from typing import Annotated, Self

from fastapi import APIRouter, Path
from pydantic import Field

from tipr.search import saved as kept
from tipr.search.saved import MAX_NAME
from tipr.service.api.asked import Asked, K, Page
from tipr.service.api.reach import At, Reads
from tipr.service.api.shown import Shown, ShownAnswer
from tipr.service.desk.find import search
from tipr.service.desk.saved import delete, load, save, saved

router = APIRouter(tags=["saved searches"])

Name = Annotated[str, Path(min_length=1, max_length=MAX_NAME)]


class ShownSaved(Shown):
    """A search that is kept under a name."""

    name: str
    made: str = Field(description="UTC, ISO 8601")

    @classmethod
    def of(cls, saved: kept.Saved) -> Self:
        return cls(name=saved.name, made=saved.made)


@router.get("/galleries/{gallery}/searches")
async def list_searches(caller: Reads, desk: At) -> list[ShownSaved]:
    """The kept searches, by name."""
    return [ShownSaved.of(one) for one in await saved(desk, caller)]


@router.get("/galleries/{gallery}/searches/{name}")
async def run_search(
    caller: Reads, desk: At, name: Name, k: K | None = None, page: Page = 1
) -> ShownAnswer:
    """What a kept search finds now; its notes tell of examples that were erased since."""
    query = await load(desk, caller, name)
    query = replace(query, k=query.k if k is None else k, page=page)
    return ShownAnswer.of(desk.name, await search(desk, caller, query))


@router.put("/galleries/{gallery}/searches/{name}", status_code=204)
async def save_search(
    caller: Reads, desk: At, name: Name, asked: Asked, replace: bool = False
) -> None:
    """Keep a search; a name that is taken is refused, unless it is to be replaced."""
    query = await desk.read(asked.query)
    await save(desk, caller, name, query, replace=replace)


@router.delete("/galleries/{gallery}/searches/{name}", status_code=204)
async def delete_search(caller: Reads, desk: At, name: Name) -> None:
    """Erase a kept search."""
    await delete(desk, caller, name)
