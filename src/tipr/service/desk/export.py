"""Chosen pictures to take away: a zip, a table, JSON or a sheet to print.

It is written to a file without a name, which is gone with the process: no copy of people's pictures
stays behind on the server. The gallery remembers that a copy was made.
"""

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import IO, Literal

from tipr.errors import MissingError, QueryError, StorageError
from tipr.gallery.export import Entry, as_csv, entry, pack, remember, sha256
from tipr.gallery.reader import Reader
from tipr.gallery.records import Item
from tipr.gallery.store import Gallery
from tipr.gallery.wallclock import now_utc
from tipr.search import sheet
from tipr.search.answer import Answer, Hit
from tipr.search.terms import Query
from tipr.service.desk.desk import Desk
from tipr.service.desk.find import answered
from tipr.service.guard.caller import Caller

Kind = Literal["zip", "csv", "json", "sheet"]

MOST = 500
"""Pictures of one export."""
LOOKED_AT = 2000
"""Best hits of the search, without groups, among which the pictures' scores are found."""

_TYPES: dict[Kind, tuple[str, str]] = {
    "zip": ("application/zip", "zip"),
    "csv": ("text/csv; charset=utf-8", "csv"),
    "json": ("application/json", "json"),
    "sheet": ("text/html; charset=utf-8", "html"),
}


@dataclass(frozen=True, slots=True)
class Export:
    """A file of `size` bytes, at its beginning; closing it is the reader's matter."""

    file: IO[bytes]
    size: int
    media_type: str
    name: str


async def export(
    desk: Desk, caller: Caller, ids: Sequence[int], kind: Kind, query: Query | None = None
) -> Export:
    """What is known of pictures, with their scores if the search is given, and their files.

    `zip` holds the original files (whole frames for pictures cut out of one). Every kind but the
    sheet tells the SHA-256 of the files.

    Raises:
        MissingError: no such picture.
        QueryError: too many pictures or none, one that the search does not find, or a sheet
            without a search.
        GalleryBusyError: the gallery is being repaired.
    """
    await desk.admit(caller, "read")
    ids = _checked(ids, kind, query)
    items = await desk.read(partial(_items, ids=ids))
    answer = None if query is None else await desk.read(partial(_found, desk, query, ids))
    said = {} if query is None else {"query": str(query)}
    made = await desk.read(partial(_written, kind=kind, items=items, answer=answer))

    def note(gallery: Gallery) -> None:
        desk.note_now(caller, "export", items=ids, words={"kind": kind, **said})
        remember(gallery, f"served to {caller.name} as {kind}", len(ids))

    try:
        await desk.remark(note)
    except BaseException:
        made.close()
        raise
    media_type, ending = _TYPES[kind]
    return Export(made, made.seek(0, 2), media_type, f"{desk.name}-{len(ids)}.{ending}")


def _checked(ids: Sequence[int], kind: Kind, query: Query | None) -> list[int]:
    unique = list(dict.fromkeys(ids))
    if not 1 <= len(unique) <= MOST:
        raise QueryError(f"1 to {MOST} pictures are exported at a time, found {len(unique)}")
    if kind == "sheet" and query is None:
        raise QueryError("a sheet shows hits of a search; give the search too")
    return unique


def _items(gallery: Reader, ids: Sequence[int]) -> list[Item]:
    found = gallery.items(ids)
    if missing := [number for number in ids if number not in found]:
        raise MissingError(f"no picture has the id {missing[0]}")
    return [found[number] for number in ids]


def _found(desk: Desk, query: Query, ids: Sequence[int], gallery: Gallery) -> Answer:
    """The search's answer, as if it had found these pictures only."""
    whole = replace(query, k=LOOKED_AT, page=1, order="match", grouping=None)
    answer = answered(desk, gallery, whole)
    hits = {hit.id: hit for hit in answer}
    for number in ids:
        if number not in hits:
            raise QueryError(
                f"picture {number} is not among the best {LOOKED_AT:,} of this search; export it "
                f"without the search"
            )
    chosen = sorted((hits[number] for number in ids), key=lambda hit: hit.rank)
    shown = tuple(replace(hit, path=Path(hit.path.name)) for hit in chosen)
    return replace(answer, query=replace(query, grouping=None), hits=shown)


def _written(
    gallery: Reader, kind: Kind, items: Sequence[Item], answer: Answer | None
) -> IO[bytes]:
    file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - the reader closes it
    try:
        if kind == "zip":
            hits = _by_id(answer)
            pack(file, gallery, items, tell=lambda item: _told(item, hits.get(item.id)))
        else:
            file.write(_content(gallery, kind, items, answer).encode())
        file.flush()
    except OSError as error:
        file.close()
        raise StorageError(
            f"the export cannot be written ({error.strerror or error}); free some space in "
            f"{tempfile.gettempdir()} or export fewer pictures"
        ) from error
    except BaseException:
        file.close()
        raise
    return file


def _content(gallery: Reader, kind: Kind, items: Sequence[Item], answer: Answer | None) -> str:
    if kind == "sheet" and answer is not None:
        return _sheet(gallery, items, answer)
    hits = _by_id(answer)
    entries = [{**_told(item, hits.get(item.id)), "sha256": sha256(item.path)} for item in items]
    if kind == "csv":
        return as_csv(entries)
    told = {
        "made": now_utc(),
        "model": gallery.meta.fingerprint,
        "asked": None if answer is None else str(answer.query),
        "filters": [] if answer is None else answer.query.filters.said,
        "calibrated": answer is not None and answer.calibrated,
        "pictures": entries,
    }
    return json.dumps(told, ensure_ascii=False, indent=1)


def _sheet(gallery: Reader, items: Sequence[Item], answer: Answer) -> str:
    ids = [item.id for item in items]
    return sheet.render(
        [answer],
        gallery.meta,
        datetime.now().astimezone(),
        items=gallery.items([*answer.query.like, *ids]),
        thumbnails=gallery.thumbnails([*answer.query.like, *ids]),
    )


def _told(item: Item, hit: Hit | None) -> Entry:
    """A picture's entry, by its file's name alone and with what the search says of it."""
    known = {**entry(item), "path": item.path.name}
    if hit is None:
        return known
    fit = {"rank": hit.rank, "score": hit.score}
    return {**known, **fit, "probability": hit.probability, "label": hit.label}


def _by_id(answer: Answer | None) -> Mapping[int, Hit]:
    return {} if answer is None else {hit.id: hit for hit in answer}
