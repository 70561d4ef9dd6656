"""The verb that lists the models one can name."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tipr.cli.plain import plain

if TYPE_CHECKING:
    from tipr.catalogue import Entry


def models(
    places: Annotated[
        list[Path] | None, typer.Argument(help="Where model folders are looked for; default: here.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the list as JSON.")] = False,
) -> None:
    """List what can be named as a MODEL: in the box, on the hub, and folders found here."""
    from tipr.catalogue import entries

    found = entries(places or [Path()])
    if as_json:
        typer.echo(json.dumps([asdict(entry) for entry in found]))
    else:
        _print(found)


def _print(found: "list[Entry]") -> None:
    """A name a line, with what is known of it in lines below: names and notes are long."""
    console = plain()
    for entry in found:
        height, width = entry.image_size
        known = [_where(entry), f"{entry.megabytes:.0f} MB", f"pictures {height}x{width}"]
        told = [what for what in (entry.language, entry.licence) if what != "unknown"]
        console.print(entry.name, style="bold")
        console.print("  " + ", ".join(known + told))
        if entry.R1:
            scores = ", ".join(f"{name} {value:.4g} %" for name, value in entry.R1.items())
            console.print(f"  R@1: {scores} ({entry.scores})")
        if entry.note:
            console.print(f"  {entry.note}")


def _where(entry: "Entry") -> str:
    if entry.kind == "hub":
        return "on the hub, fetched" if entry.here else "on the hub, fetched on first use"
    return "in the box" if entry.kind == "box" else "a folder here"
