"""The verb of ablations: a plan of rows and seeds to one table."""

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tipr.cli.learn import Data
from tipr.cli.plain import say

if TYPE_CHECKING:
    from tipr.train.ablate import Result


def ablate(
    plan: Annotated[
        Path, typer.Argument(help="A TOML file: a base, seeds, common settings, rows.")
    ],
    out: Annotated[Path, typer.Argument(help="The folder for all runs and the table.")],
    data: Data = None,
    jobs: Annotated[
        int, typer.Option(min=1, help="Runs side by side, each on its share of the cores.")
    ] = 1,
    plot: Annotated[bool, typer.Option(help="Draw plot.svg (needs matplotlib).")] = True,
) -> None:
    """Train rows x seeds and compare them. Ctrl-C saves; the same command goes on."""
    from tipr.cores import cores
    from tipr.train import ablate as work
    from tipr.train import clock, table
    from tipr.train import plot as drawing
    from tipr.train.plan import read_plan

    rows = read_plan(plan, data=data)
    if plot:
        drawing.require_matplotlib()
    command = shlex.join(["tipr", *sys.argv[1:]])
    total = sum(len(row.seeds) for row in rows)

    def write(results: "Sequence[Result]") -> "list[table.Line]":
        found = table.lines(rows, results)
        table.write(out, found, command=command, machine=table.machine(results, cores()))
        return found

    def finished(result: "Result", so_far: "Sequence[Result]") -> None:
        write(so_far)
        say(clock.line(result, so_far, total=total, jobs=jobs))

    results = work.ablate(rows, out, jobs=jobs, finished=finished)
    found = write(results)
    if plot:
        drawing.write(out, found)
    typer.echo((out / table.MARKDOWN).read_text(encoding="utf-8"), nl=False)
    if any(line.failed for line in found):
        raise typer.Exit(2)
