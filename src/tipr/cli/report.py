"""The verb that reports: runs to one HTML file to look at."""

import os
from pathlib import Path
from typing import Annotated

import typer

from tipr.cli.plain import say
from tipr.cli.progress import progress
from tipr.errors import StorageError


def report(
    runs: Annotated[list[Path], typer.Argument(help="Runs or model directories, side by side.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The HTML file to write.")],
    data: Annotated[
        Path | None, typer.Option("--data", help="The benchmark's folder; else the first run's.")
    ] = None,
    split: Annotated[str, typer.Option(help="Which split: val or test.")] = "val",
    format_: Annotated[
        str, typer.Option("--format", help="The benchmark's format; auto looks at its files.")
    ] = "auto",
    queries: Annotated[
        int, typer.Option(min=1, help="Queries shown of each kind: random, worst, best.")
    ] = 4,
    seed: Annotated[int, typer.Option(min=0, help="Draws queries, pictures, hidden patches.")] = 0,
    pictures: Annotated[
        bool,
        typer.Option(
            "--pictures/--no-pictures",
            help="Without: no pixel of a picture and no caption enters the file.",
        ),
    ] = True,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, ...")] = "auto",
    precision: Annotated[str, typer.Option(help="auto, float32 or bfloat16.")] = "auto",
) -> None:
    """Scores, curves, ranked pictures and restorations of runs, as one HTML file."""
    _require_writable(output)  # what can be said at once is said before anything is encoded
    from tipr.report.build import Options, build
    from tipr.report.page import write

    options = Options(
        data=data,
        format=format_,
        split=split,
        queries=queries,
        seed=seed,
        pictures=pictures,
        device=device,
        precision=precision,
    )
    made = build(runs, options, progress)
    size = write(output, made)
    for note in made.notes:
        say(f"tipr: {note}")
    say(f"{output}: {size / 1e6:.1f} MB")


def _require_writable(path: Path) -> None:
    folder = path.absolute().parent
    if path.is_dir():
        raise StorageError(f"{path}: is a folder; give the name of a file in it")
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise StorageError(f"{path}: its folder is not there or not writable; choose another place")
