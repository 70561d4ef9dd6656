"""The verbs of benchmarks: draw one of invented people, check one before training."""

import json
from collections import defaultdict
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tipr.cli.plain import plain
from tipr.cli.progress import progress

if TYPE_CHECKING:
    from tipr.data.check import Report, Spread

SHOWN = 20
"""Defects of one kind that are printed; the rest is counted."""

app = typer.Typer(help="Draw or check a benchmark.", no_args_is_help=True)


@app.command()
def draw(
    folder: Annotated[Path, typer.Argument(help="A new or empty folder.")],
    people: Annotated[int, typer.Option(help="How many people to invent.")] = 200,
    cameras: Annotated[int, typer.Option(help="Pictures of each, by as many cameras.")] = 4,
    seed: Annotated[int, typer.Option(min=0, help="Equal seeds draw equal pictures.")] = 0,
    days: Annotated[int, typer.Option(help="Days over which the pictures are spread.")] = 3,
    split: Annotated[
        str | None, typer.Option(help="Put everybody into this split instead of all three.")
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="A third caption: everything about the person.")
    ] = False,
    sheet: Annotated[
        Path | None, typer.Option(help="Also write a contact sheet of the first people (JPEG).")
    ] = None,
) -> None:
    """Draw pedestrians who do not exist, with captions, in the layout of CUHK-PEDES."""
    from tipr.synthetic import dataset

    with progress("drawing") as moved:
        pictures = dataset.draw(
            folder,
            people=people,
            cameras=cameras,
            seed=seed,
            days=days,
            split=split,
            full=full,
            sheet=sheet,
            progress=moved,
        )
    typer.echo(f"{folder}: {pictures} pictures of {people} people by {cameras} cameras")


@app.command()
def check(
    folder: Annotated[Path, typer.Argument(help="The benchmark's folder.")],
    format_: Annotated[
        str, typer.Option("--format", help="The benchmark's format; auto looks at its files.")
    ] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Open every picture and list what is wrong; exit code 2 if anything is."""
    from tipr.data.check import check as inspect

    with progress("opening pictures") as moved:
        report = inspect(folder, format=format_, progress=moved)
    if as_json:
        typer.echo(json.dumps({**asdict(report), "counts": report.counts}, default=str))
    else:
        _print(report)
    if report.defects:
        raise typer.Exit(2)


def _print(report: "Report") -> None:
    from rich import box
    from rich.table import Table

    console = plain()
    console.print(f"{report.annotation} ({report.format}), fingerprint {report.fingerprint}")
    table = Table(
        box=box.SIMPLE,
        padding=(0, 1, 0, 0),
        caption="smallest-largest (mean words, median pixels)",
    )
    seen = any(split.cameras for split in report.splits)
    names = ("images", "people", "captions", "words", "width", "height")
    table.add_column("split")
    for name in (*names, "cameras") if seen else names:
        table.add_column(name, justify="right", no_wrap=True)
    for split in report.splits:
        sizes = (_range(spread) for spread in (split.words, split.widths, split.heights))
        counts = (str(count) for count in (split.images, split.people, split.captions))
        cameras = (str(len(split.cameras) or "?"),) if seen else ()
        table.add_row(split.name, *counts, *sizes, *cameras)
    console.print(table, soft_wrap=False)

    by_kind = defaultdict(list)
    for defect in report.defects:
        by_kind[defect.kind].append(defect)
    for kind, defects in by_kind.items():
        console.print(f"{kind}: {len(defects)}")
        for defect in defects[:SHOWN]:
            console.print(f"  {defect.where}: {defect.what}")
        if len(defects) > SHOWN:
            console.print(f"  and {len(defects) - SHOWN} more; --json lists all")
    if not report.defects:
        console.print("no defects")


def _range(spread: "Spread | None") -> str:
    """Smallest to largest, and the middle in brackets; one number where all are equal."""
    if spread is None:
        return "?"
    if spread.low == spread.high:
        return f"{spread.low:g}"
    return f"{spread.low:g}-{spread.high:g} ({spread.middle:.3g})"
