"""The verb that measures what a gallery's scores mean."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tipr.cli.plain import plain, say
from tipr.cli.progress import progress
from tipr.errors import DataError, ModelError

if TYPE_CHECKING:
    from tipr.data.records import Split
    from tipr.gallery.records import Meta
    from tipr.search.calibration import Calibration, Origin
    from tipr.search.openset import Trials

_LITTLE = 0.6
"""Below this AUROC, "nobody" is told apart by little more than chance."""
_FAR = 0.15
"""So far apart, the gallery's scores are not those of the benchmark."""


def calibrate(
    gallery: Annotated[Path, typer.Argument(help="A gallery made by 'tipr index'.")],
    data: Annotated[Path, typer.Option("--data", help="A benchmark's folder.")],
    split: Annotated[str, typer.Option(help="Of people the model has not learned from.")] = "val",
    format_: Annotated[
        str, typer.Option("--format", help="The benchmark's format; auto looks at its files.")
    ] = "auto",
    trials: Annotated[int, typer.Option(min=1, help="How often it is tried on other people.")] = 10,
    model: Annotated[
        str | None, typer.Option(help="The model, if it is not where it was when indexing.")
    ] = None,
    batch: Annotated[int, typer.Option(min=1, help="Pictures encoded at once.")] = 64,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, mps.")] = "auto",
    precision: Annotated[str, typer.Option(help="auto, float32 or bfloat16.")] = "auto",
) -> None:
    """Measure what scores mean: how likely a hit is right, and when nobody in the gallery fits."""
    from tipr.gallery.store import Gallery

    with Gallery.open(gallery) as opened:
        meta = opened.meta
    location = model or meta.model
    if Path(location).is_absolute() and not Path(location).exists():
        raise ModelError(
            f"{gallery}: the model it was built with is no longer at {location}; say where it is "
            "with --model"
        )
    records, origin = _read(meta, location, data, split, format_)
    from tipr.encoder import load_encoder
    from tipr.evaluate import people_of, vectors_of
    from tipr.search.asked import numbered
    from tipr.search.calibrate import fit
    from tipr.search.openset import nobody_here, rehearse

    encoder = load_encoder(location, device=device, precision=precision, bulk=True)
    with Gallery.open(gallery) as opened:
        opened.require_model(encoder.fingerprint)
    with progress("encoding") as moved:
        vectors = vectors_of(encoder, records, batch=batch, progress=moved)
    asked = numbered(vectors, *people_of(records))  # in memory only
    with progress("trying on other people") as moved:
        found = rehearse(asked, origin, trials=trials, progress=moved)
    made = fit(asked, origin, held_out=found.held_out)
    with Gallery.open(gallery, write=True) as opened:
        opened.require_model(encoder.fingerprint)
        _, vectors_MD = opened.vectors()
        opened.set_calibration(made.to_json())
    here = nobody_here(made, asked, vectors_MD) if len(vectors_MD) else None
    if as_json:
        typer.echo(json.dumps(_as_json(made, found, here), indent=1))
    else:
        _print(gallery, made, found, here)


def _read(meta: "Meta", model: str, data: Path, split: str, format_: str) -> "tuple[Split, Origin]":
    """The split to measure on, and what is to be remembered of it."""
    from tipr.data.benchmarks import fingerprint, pick, read_source
    from tipr.data.domain import learned_from
    from tipr.data.holdout import held_out_by
    from tipr.data.layout import locate
    from tipr.encoder import provenance
    from tipr.search.calibration import Origin

    source = locate(data, format_)
    splits = read_source(source)
    here, history = fingerprint(splits), provenance(model)
    if split == "train" and learned_from(history).data == here:
        raise DataError(
            f"{data}: the model has learned from these people, whom it finds more easily than any "
            "others; calibrate with --split val"
        )
    records = pick(splits, split, folder=data, holdout=held_out_by(history, here))
    return records, Origin(
        model=meta.fingerprint,
        data=here,
        benchmark=source.format.name,
        split=split,
        captions=len(records.captions),
        pictures=len(records.pictures),
        people=len(records.people),
    )


def _as_json(made: "Calibration", found: "Trials", here: float | None) -> dict[str, Any]:
    bins = [one._asdict() for one in found.bins]
    return {**asdict(made), "reliability": bins, "nobody_here": _or_none(here)}


def _or_none(value: float | None) -> float | None:
    """JSON knows no NaN."""
    return None if value is None or value != value else value


def _print(gallery: Path, made: "Calibration", found: "Trials", here: float | None) -> None:
    from rich.table import Table

    origin, held = made.origin, found.held_out
    table = Table(
        title=f"{gallery}: the first {held.hits} hits on people it was not measured on, "
        f"{held.trials} trials",
        title_justify="left",
    )
    for name in ("said", "hits", "mean said", "right"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in found.bins:
        table.add_row(
            f"{100 * one.low:.0f}-{100 * one.high:.0f} %",
            f"{one.hits:,}",
            f"{100 * one.said:.1f} %",
            f"{100 * one.true:.1f} %",
        )
    console = plain()
    console.print(table, soft_wrap=False)
    console.print(
        f"calibration error {held.ece:.3f} ± {held.ece_spread:.3f}, Brier skill {held.skill:.3f}"
    )
    console.print(
        f"nobody fits: AUROC {held.auroc:.3f} ± {held.auroc_spread:.3f}; told to "
        f"{100 * held.nobody_present:.0f} % of the descriptions of people who are there, to "
        f"{100 * held.nobody_absent:.0f} % of the others"
    )
    console.print(
        f"kept in the gallery; measured on {origin.captions:,} captions and {origin.pictures:,} "
        f"pictures of {origin.people:,} people ({origin.benchmark}, {origin.split})"
    )
    for line in _notes(made, here):
        say(f"tipr: {line}")


def _notes(made: "Calibration", here: float | None) -> list[str]:
    held = made.held_out
    assert held is not None, "it was made with one"
    lines: list[str] = []
    if held.auroc < _LITTLE:
        lines.append(
            "with this model 'nobody in this gallery fits' is hardly better than chance (AUROC "
            f"{held.auroc:.2f}, chance is 0.50)"
        )
    if here is not None and abs(here - held.nobody_absent) > _FAR:
        lines.append(
            f"in this gallery {100 * here:.0f} % of these descriptions, whose people are not in "
            f"it, are told 'nobody', but {100 * held.nobody_absent:.0f} % were on the benchmark: "
            "its pictures score differently, so take probabilities with care; order is unharmed"
        )
    return lines
