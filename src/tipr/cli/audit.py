"""The verbs that read the service's audit log and make sure of it."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from tipr.cli.keys import record
from tipr.cli.serve import StateFolder

if TYPE_CHECKING:
    import sqlite3

    from tipr.service.state.audit import Entry

app = typer.Typer(help="Who searched for what, when and why.", no_args_is_help=True)


@app.command()
def verify(
    head: Annotated[
        str | None, typer.Option(help="A head printed earlier: the log must still hold it.")
    ] = None,
    state: StateFolder = None,
) -> None:
    """Follow the chain from its first entry, and print its head; keep that somewhere else."""
    from tipr.service.state import audit

    with record(state) as opened, opened.reading() as db:
        found = audit.verify(db, head)
    typer.echo(
        f"{found.entries:,} entries agree with each other; the words of {found.erased:,} are erased"
    )
    typer.echo(found.head)


@app.command()
def show(
    count: Annotated[int, typer.Option("-n", min=1, help="How many of the latest.")] = 20,
    gallery: Annotated[str | None, typer.Option(help="Only of this gallery.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
    state: StateFolder = None,
) -> None:
    """List the latest entries, newest first."""
    from tipr.service.state import audit

    with record(state) as opened, opened.reading() as db:
        found = audit.entries(db, limit=count, gallery=gallery)
    if as_json:
        typer.echo(json.dumps([asdict(entry) for entry in found], indent=1, ensure_ascii=False))
        return
    for entry in found:
        typer.echo(_line(entry))


@app.command()
def erase(
    numbers: Annotated[list[int], typer.Argument(help="Numbers of entries, as 'show' lists them.")],
    state: StateFolder = None,
) -> None:
    """Erase the words of entries for good; that they were made stays on record."""
    from tipr.service.state import audit

    def erased(db: "sqlite3.Connection") -> None:
        for number in numbers:
            audit.erase_words_of(db, number)
        words = {"entries": numbers}
        audit.append(db, [audit.Act(who="terminal", act="words erased", words=words)])

    with record(state) as opened:
        opened.write(erased).result()
        opened.empty_log()
    typer.echo(f"the words of {len(numbers):,} entries are erased")


def _line(entry: "Entry") -> str:
    words = "(words erased)" if entry.erased else json.dumps(entry.words or {}, ensure_ascii=False)
    pictures = f"{len(entry.items)} pictures " if entry.items else ""
    return f"{entry.number} {entry.made} {entry.who} {entry.act} {entry.gallery} {pictures}{words}"
