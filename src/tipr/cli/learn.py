"""The verbs of learning: train, resume."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tipr.errors import ConfigError

if TYPE_CHECKING:
    from tipr.train.state import Progress

Data = Annotated[Path | None, typer.Option("--data", help="The benchmark's folder.")]


def train(
    config: Annotated[str, typer.Argument(help="A TOML file of settings, or a preset's name.")],
    run: Annotated[Path, typer.Argument(help="A new folder for the run.")],
    data: Data = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="section.key=value; may be repeated."),
    ] = None,
    batch: Annotated[
        str | None,
        typer.Option(
            help="Pairs in a batch; or auto: the settings' batch, in the largest chunks that fit "
            "the memory."
        ),
    ] = None,
) -> None:
    """Train a model. SIGINT (Ctrl-C) saves everything; `tipr resume` continues.

    On several GPUs: torchrun --nproc-per-node 2 -m tipr train ...
    """
    from tipr.config import load
    from tipr.train import loop

    overrides = list(set_ or [])
    if batch not in (None, "auto"):
        if not batch.isdecimal():
            raise ConfigError(f"--batch {batch}: expected a number of pairs, or auto")
        overrides.append(f"sampler.batch={batch}")
    if data is not None:
        overrides.append(f"data.dir={json.dumps(str(data.absolute()))}")
    settings = load(config, overrides)
    _on_its_rank(run, lambda: loop.train(settings, run, fit=batch == "auto"))


def resume(run: Annotated[Path, typer.Argument(help="The folder of a run.")]) -> None:
    """Continue a run from its last save, exactly; with torchrun on any number of GPUs."""
    from tipr.train import loop

    _on_its_rank(run, lambda: loop.resume(run))


def _on_its_rank(run: Path, work: Callable[[], "Progress"]) -> None:
    """Do it and report; of what all ranks find alike, rank 0 speaks alone."""
    from tipr.errors import Interrupted, NonFiniteLossError
    from tipr.runtime import place_of

    speaks = place_of(os.environ).rank == 0
    try:
        progress = work()
    except (Interrupted, NonFiniteLossError) as error:
        if speaks:
            raise
        raise typer.Exit(130 if isinstance(error, Interrupted) else 2) from None
    if speaks:
        typer.echo(
            f"{run}: {progress.step} steps; best R@1 {progress.best_R1:.2f} %, "
            f"mAP {progress.best_mAP:.2f} % at step {progress.best_step}"
        )
