"""The verb that lists the pictures which a gallery holds twice."""

import json
from pathlib import Path
from typing import Annotated

import typer

_SHOWN = 20  # groups that are printed; --json lists all


def duplicates(
    gallery: Annotated[Path, typer.Argument(help="A gallery made by 'tipr index'.")],
    near: Annotated[
        int,
        typer.Option(min=0, max=6, help="Bits of 64 in which looks may differ; 0: equal looks."),
    ] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> None:
    """List pictures that are there twice, pixel by pixel or nearly so, in groups."""
    from tipr.gallery.duplicates import groups
    from tipr.gallery.store import Gallery

    with Gallery.open(gallery) as opened:
        found = groups(opened, near)
        items = opened.items([one for group in found for one in group.ids])
    if as_json:
        told = [
            {
                "exact": group.exact,
                "pictures": [{"id": one, "path": str(items[one].path)} for one in group.ids],
            }
            for group in found
        ]
        typer.echo(json.dumps(told, indent=1))
        return
    for group in found[:_SHOWN]:
        typer.echo("the same pixels:" if group.exact else "nearly the same:")
        for one in group.ids:
            typer.echo(f"  {one}  {items[one].path}")
    if len(found) > _SHOWN:
        typer.echo(f"and {len(found) - _SHOWN:,} groups more; --json lists all")
    exact = sum(group.exact for group in found)
    typer.echo(
        f"{gallery}: {exact:,} groups with the same pixels, {len(found) - exact:,} nearly the same"
    )
