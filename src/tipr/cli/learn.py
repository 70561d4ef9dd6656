"""The verbs of learning: train, resume, evaluate."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tipr.cli.progress import progress

Data = Annotated[Path | None, typer.Option("--data", help="The benchmark's folder.")]


def add_to(app: typer.Typer) -> None:
    """Register the verbs."""
    app.command()(train)
    app.command()(resume)
    app.command()(evaluate)


def train(
    config: Annotated[str, typer.Argument(help="A TOML file of settings, or a preset's name.")],
    run: Annotated[Path, typer.Argument(help="A new folder for the run.")],
    data: Data = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="section.key=value; may be repeated."),
    ] = None,
) -> None:
    """Train a model. SIGINT (Ctrl-C) saves everything; `tipr resume` continues."""
    from tipr.config import load
    from tipr.train import loop

    overrides = list(set_ or [])
    if data is not None:
        overrides.append(f"data.dir={json.dumps(str(data.absolute()))}")
    settings = load(config, overrides)
    _report(run, loop.train(settings, run))


def resume(run: Annotated[Path, typer.Argument(help="The folder of a run.")]) -> None:
    """Continue a run from its last save, exactly."""
    from tipr.train import loop

    _report(run, loop.resume(run))


def evaluate(
    run: Annotated[Path, typer.Argument(help="A run or a model directory.")],
    data: Annotated[Path, typer.Option("--data", help="The benchmark's folder.")],
    split: Annotated[str, typer.Option(help="Which split: val or test.")] = "val",
    format_: Annotated[
        str, typer.Option("--format", help="The benchmark's format; auto looks at its files.")
    ] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print the scores as JSON.")] = False,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, ...")] = "auto",
    precision: Annotated[str, typer.Option(help="auto, float32 or bfloat16.")] = "auto",
) -> None:
    """Score a model: R@1, R@5, R@10, mAP and mINP, in both directions."""
    from tipr.data.benchmarks import read_benchmark
    from tipr.encoder import load_encoder
    from tipr.evaluate import evaluate as score

    records = read_benchmark(data, split, format=format_)
    encoder = load_encoder(run, device=device, precision=precision)
    with progress("encoding") as moved:
        scores = score(encoder, records, progress=moved).as_json()
    if as_json:
        typer.echo(json.dumps(scores))
        return
    table = Table(
        title=f"{run} on {split}: {scores['captions']} captions, "
        f"{scores['images']} images, {scores['people']} people"
    )
    names = ["R1", "R5", "R10", "mAP", "mINP"]
    table.add_column("percent")
    for name in names:
        table.add_column(name, justify="right")
    for direction in ("text_to_image", "image_to_text"):
        row = [f"{scores[direction][name]:.2f}" for name in names]
        table.add_row(direction.replace("_", " "), *row)
    Console().print(table)


def _report(run: Path, progress: object) -> None:
    from tipr.train.state import Progress

    if isinstance(progress, Progress):
        typer.echo(
            f"{run}: {progress.step} steps; best R@1 {progress.best_R1:.2f} %, "
            f"mAP {progress.best_mAP:.2f} % at step {progress.best_step}"
        )
