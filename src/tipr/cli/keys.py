"""The verbs that give out keys of the service, and take them back."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tipr.cli.plain import plain, say
from tipr.cli.serve import StateFolder

if TYPE_CHECKING:
    from tipr.service.state.state import State

app = typer.Typer(help="Keys to the service.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Whose key it is, or what for.")]


@app.command()
def add(
    name: Name,
    scope: Annotated[
        str, typer.Option(help="read: search and view; index: also index; admin: everything.")
    ] = "read",
    state: StateFolder = None,
) -> None:
    """Make a key, print it once. From the first key on everybody needs one."""
    from tipr.service.guard.keyring import make

    with record(state, make_one=True) as opened:
        _, text = make(opened, name, scope)
    typer.echo(text)
    say(f"tipr: this key is shown only now, keep it; with it {name} may {scope}")


@app.command("list")
def list_(state: StateFolder = None) -> None:
    """List the keys that were given out; the keys themselves are kept nowhere."""
    from tipr.service.state import keys

    with record(state) as opened, opened.reading() as db:
        found = keys.everyone(db)
    from rich.table import Table

    table = Table("number", "name", "scope", "made", "revoked", box=None, pad_edge=False)
    for key in found:
        table.add_row(str(key.id), key.name, key.scope, key.made, key.revoked or "")
    plain().print(table)


@app.command()
def revoke(name: Name, state: StateFolder = None) -> None:
    """End a key, and every login made with it, at once."""
    from tipr.service.guard.keyring import revoke as end

    with record(state) as opened:
        key = end(opened, name)
    typer.echo(f"{name}: key {key.id} is revoked")


@contextmanager
def record(folder: Path | None, *, make_one: bool = False) -> "Iterator[State]":
    """The service's record, opened."""
    from tipr.service.settings import state_folder
    from tipr.service.state.state import State

    with State.open(folder or state_folder(), make=make_one) as opened:
        yield opened
