"""The verb that erases people's pictures from a gallery, and proves it."""

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tipr.cli import mirror

if TYPE_CHECKING:
    from tipr.gallery.forget import Forgotten, Whom
    from tipr.gallery.store import Gallery

SHOWN = 20
"""Pictures that are listed; --json tells all."""


def forget(
    gallery: Annotated[Path, typer.Argument(help="A gallery made by 'tipr index'.")],
    ids: Annotated[
        list[int] | None, typer.Option("--id", help="A picture's id; may be repeated.")
    ] = None,
    source: Annotated[
        Path | None, typer.Option(help="All pictures of an indexed folder or list.")
    ] = None,
    camera: Annotated[str | None, typer.Option(help="All pictures of a camera.")] = None,
    after: Annotated[
        str | None, typer.Option(help="From this day or time on, 2026-05-01 or 2026-05-01T08:00.")
    ] = None,
    before: Annotated[
        str | None, typer.Option(help="Until the end of this day, or this time.")
    ] = None,
    older_than: Annotated[
        int | None, typer.Option(min=0, help="Retention: older than this many days.")
    ] = None,
    verify: Annotated[
        bool, typer.Option(help="Search the gallery's files for what was erased.")
    ] = True,
    dry_run: Annotated[bool, typer.Option(help="Only say what would be erased.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> None:
    """Erase pictures with all that refers to them; what is given must all hold.

    Pictures on the disk and copies made by export stay where they are and are listed.
    Pictures without a time are never meant by a date or an age.
    """
    from tipr.gallery.forget import Whom, remains, select
    from tipr.gallery.forget import forget as erase
    from tipr.gallery.store import Gallery
    from tipr.search.moments import bound

    whom = Whom(
        ids=tuple(ids or ()),
        source=None if source is None else source.resolve(),
        camera=camera,
        after_ms=None if after is None else bound(after, "first"),
        before_ms=_earlier(None if before is None else bound(before, "last") + 1, older_than),
    )
    with Gallery.open(gallery, write=not dry_run) as opened:
        chosen = select(opened, whom)
        untimed = _untimed(opened, whom)
        if dry_run:
            typer.echo(f"{gallery}: {len(chosen):,} pictures would be erased; nothing is changed")
            return
        found = erase(opened, chosen)
        left = remains(opened, found) if verify else None
    if as_json:
        typer.echo(json.dumps(_plain(found, left, untimed), indent=1))
    else:
        _print(gallery, found, left, untimed)
    mirror.follow(gallery)
    if left:
        raise typer.Exit(1)


def _earlier(before_ms: int | None, days: int | None) -> int | None:
    """The earlier of two bounds; an age counts back from this machine's wall clock."""
    from tipr.gallery.wallclock import DAY_MS, of_text

    if days is None:
        return before_ms
    bound = of_text(time.strftime("%Y-%m-%dT%H:%M:%S")) - days * DAY_MS
    return bound if before_ms is None else min(before_ms, bound)


def _untimed(opened: "Gallery", whom: "Whom") -> int:
    if whom.after_ms is None and whom.before_ms is None:
        return 0
    return opened.ask("SELECT count(*) FROM items WHERE time_ms IS NULL")[0][0]


def _plain(found: "Forgotten", left: list[str] | None, untimed: int) -> dict[str, object]:
    counts = ("items", "thumbnails", "feedback", "searches", "uploads")
    return {
        **{name: getattr(found, name) for name in counts},
        "untimed": untimed,
        "pictures_on_disk": [str(path) for path in found.pictures],
        "exports": [
            {"made": made, "place": place, "pictures": count}
            for made, place, count in found.exports
        ],
        "log_emptied": found.log_emptied,
        "remains": left,
    }


def _print(gallery: Path, found: "Forgotten", left: list[str] | None, untimed: int) -> None:
    typer.echo(
        f"{gallery}: erased {found.items:,} pictures with {found.thumbnails:,} thumbnails, "
        f"{found.feedback:,} feedback marks, {found.searches:,} saved searches and "
        f"{found.uploads:,} uploads"
    )
    if untimed:
        typer.echo(f"{untimed:,} pictures have no time, so no date or age can mean them")
    if found.pictures:
        typer.echo(f"out of reach: {len(found.pictures):,} picture files are still on the disk:")
        for path in found.pictures[:SHOWN]:
            typer.echo(f"  {path}")
        if len(found.pictures) > SHOWN:
            typer.echo(f"  and {len(found.pictures) - SHOWN:,} more; --json lists all")
    for made, place, count in found.exports:
        typer.echo(f"out of reach: an export of {count:,} pictures made {made}: {place}")
    if not found.log_emptied:
        typer.echo(
            "another program is reading this gallery, so its write-ahead log still holds old "
            f"pages; close that program, then 'tipr gallery repair {gallery}' empties it"
        )
    if left is not None:
        for place in left[:SHOWN]:
            typer.echo(f"still there: {place}")
        typer.echo(
            f"{len(left):,} traces of it are left in the gallery's files"
            if left
            else "no trace of it is left in the gallery's files"
        )
