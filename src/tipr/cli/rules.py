"""The verb that says what a gallery demands of whoever serves it."""

from pathlib import Path
from typing import Annotated

import typer


def rules(
    gallery: Annotated[Path, typer.Argument(help="A gallery made by 'tipr index'.")],
    reason: Annotated[
        bool | None, typer.Option(help="Every search and view on the page must say why.")
    ] = None,
    keep_days: Annotated[
        int | None, typer.Option(min=0, help="Erase pictures this old by itself; 0 keeps them.")
    ] = None,
    words_days: Annotated[
        int | None,
        typer.Option(min=0, help="Erase the audit log's words this old; 0 keeps them."),
    ] = None,
) -> None:
    """Show or change what 'tipr serve' must keep to in this gallery; its copies keep the rules."""
    from tipr.gallery.store import Gallery
    from tipr.service.desk.rules import rules_of, set_rules

    given = {"reason": reason, "keep_days": keep_days, "words_days": words_days}
    change = {name: value or None for name, value in given.items() if value is not None}
    if reason is not None:
        change["reason"] = reason
    with Gallery.open(gallery, write=bool(change)) as opened:
        found = rules_of(opened)
        if change:
            found = found.model_copy(update=change)
            set_rules(opened, found)
    typer.echo(f"reason: {'demanded' if found.reason else 'not demanded'}")
    typer.echo(f"pictures: {_for(found.keep_days)}")
    typer.echo(f"words of the audit log: {_for(found.words_days)}")


def _for(days: int | None) -> str:
    return "kept" if days is None else f"erased after {days:,} days"
