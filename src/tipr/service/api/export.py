"""Chosen pictures to take away."""

from collections.abc import Iterator
from typing import IO, Any
from urllib.parse import quote

from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from pydantic import Field

from tipr.service.api.asked import Asked, Body, Id
from tipr.service.api.reach import At, Reads
from tipr.service.desk.export import MOST, Kind, export

router = APIRouter(tags=["export"])

_BLOCK = 1 << 16
_FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in ("application/zip", "text/csv", "application/json", "text/html")
        },
        "description": "the file",
    }
}


class AskedExport(Body):
    """Which pictures, as what; with the search they were found by, their scores are told."""

    ids: tuple[Id, ...] = Field(min_length=1, max_length=MOST, examples=[[17, 4]])
    kind: Kind = "zip"
    search: Asked | None = None


@router.post("/galleries/{gallery}/export", response_class=StreamingResponse, responses=_FILES)
async def export_pictures(caller: Reads, desk: At, asked: AskedExport) -> StreamingResponse:
    """A zip with the original files, a table, JSON with SHA-256 and scores, or a sheet to print."""
    query = None if asked.search is None else await desk.read(asked.search.query)
    made = await export(desk, caller, asked.ids, asked.kind, query)
    return StreamingResponse(
        _blocks(made.file),
        media_type=made.media_type,
        headers={
            "content-length": str(made.size),
            "content-disposition": f"attachment; filename*=UTF-8''{quote(made.name)}",
        },
    )


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while block := file.read(_BLOCK):
            yield block
