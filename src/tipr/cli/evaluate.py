"""The verb that scores: a model on a benchmark, or vectors that anything has made."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tipr.cli.plain import plain, say
from tipr.cli.progress import progress
from tipr.errors import ConfigError

if TYPE_CHECKING:
    from tipr.data.domain import Domain
    from tipr.data.layout import Source
    from tipr.data.records import Split
    from tipr.rerank import Rerank

Answer = dict[str, Any]

_NAMES = ("R1", "R5", "R10", "mAP", "mINP")


def evaluate(
    run: Annotated[
        Path | None, typer.Argument(help="A run, a model or an exported directory.")
    ] = None,
    data: Annotated[Path | None, typer.Option("--data", help="The benchmark's folder.")] = None,
    split: Annotated[
        str | None, typer.Option(help="Which split: val (if not said) or test.")
    ] = None,
    format_: Annotated[
        str, typer.Option("--format", help="The benchmark's format; auto looks at its files.")
    ] = "auto",
    features: Annotated[
        tuple[Path, Path] | None,
        typer.Option(
            metavar="IMAGES CAPTIONS",
            help="Score these two .npz (as of 'tipr encode', or your own) in place of a model.",
        ),
    ] = None,
    rerank: Annotated[
        bool,
        typer.Option(
            "--rerank",
            help="Re-rank the pictures found for a caption by k-reciprocal neighbours.",
        ),
    ] = False,
    k1: Annotated[int | None, typer.Option(help="--rerank: neighbours (if not said 20).")] = None,
    k2: Annotated[int | None, typer.Option(help="--rerank: of these averaged (6).")] = None,
    original: Annotated[
        float | None, typer.Option("--lambda", help="--rerank: share of the first score (0.3).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the scores as JSON.")] = False,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, ...")] = "auto",
    precision: Annotated[str, typer.Option(help="auto, float32 or bfloat16.")] = "auto",
) -> None:
    """Score a model or feature files: R@1, R@5, R@10, mAP and mINP, in both directions."""
    again = _reranking(rerank, k1=k1, k2=k2, original=original)
    if features is not None:
        if run is not None or (device, precision) != ("auto", "auto"):
            raise ConfigError(
                "--features scores vectors that are there already: leave out the model, --device "
                "and --precision"
            )
        if data is None and (split is not None or format_ != "auto"):
            raise ConfigError("--split and --format say which part of --data: give --data too")
        answer = _of_features(*features, data, split or "val", format_, again)
        what = f"{features[0]} and {features[1]}"
    elif run is None or data is None:
        raise ConfigError(
            "evaluate needs a model and --data DIR, or --features IMAGES.npz CAPTIONS.npz"
        )
    else:
        answer = _of_model(run, data, split or "val", format_, device, precision, again)
        what = str(run)
    if as_json:
        typer.echo(json.dumps(answer))
    else:
        _print(answer, what)


def _reranking(wanted: bool, **given: float | None) -> "Rerank | None":
    from tipr.rerank import Rerank

    said = {name: value for name, value in given.items() if value is not None}
    if said and not wanted:
        raise ConfigError("--k1, --k2 and --lambda are the parameters of --rerank: give it too")
    return Rerank(**said) if wanted else None  # pyright: ignore[reportArgumentType]


def _of_model(
    run: Path,
    data: Path,
    split: str,
    format_: str,
    device: str,
    precision: str,
    rerank: "Rerank | None",
) -> Answer:
    from tipr.data import domain
    from tipr.data.benchmarks import pick
    from tipr.data.holdout import held_out_by
    from tipr.encoder import load_encoder, provenance
    from tipr.evaluate import evaluate as score

    _, splits, here = _look_at(data, format_)
    encoder = load_encoder(run, device=device, precision=precision)
    history = provenance(run)
    trained = domain.learned_from(history)
    holdout = held_out_by(history, str(here.data))
    records = pick(splits, split, folder=data, holdout=holdout)
    with progress("encoding") as moved:
        scores = score(encoder, records, progress=moved, rerank=rerank).as_json()
    told = [*domain.notes(trained, here), *_told(rerank)]
    return _answer(scores, told, trained.as_json(), here.as_json() | {"split": split})


def _of_features(
    images: Path,
    captions: Path,
    data: Path | None,
    split: str,
    format_: str,
    rerank: "Rerank | None",
) -> Answer:
    from tipr.data.benchmarks import pick
    from tipr.evaluate import evaluate_features
    from tipr.vectors import read

    files = read(images), read(captions)
    notes = [*(one.note for one in files if one.note), *_told(rerank)]
    if data is None:
        return _answer(evaluate_features(*files, rerank=rerank).as_json(), notes, None, None)
    source, splits, here = _look_at(data, format_)
    records = pick(splits, split, folder=data)
    found = evaluate_features(*files, source=source, split=records, rerank=rerank)
    scores = found.as_json()
    for path, one, used in zip((images, captions), files, ("images", "captions"), strict=True):
        if left := len(one.vectors_ND) - scores[used]:
            notes.append(f"{path}: {left} vectors that are not of split {split} were left out")
    return _answer(scores, notes, None, here.as_json() | {"split": split})


def _told(rerank: "Rerank | None") -> list[str]:
    return [f"text to image is re-ranked ({rerank}); image to text is not"] if rerank else []


def _look_at(data: Path, format_: str) -> tuple["Source", "dict[str, Split]", "Domain"]:
    """Where the benchmark lies, what is in it, and which it is."""
    from tipr.data.benchmarks import fingerprint, read_source
    from tipr.data.domain import Domain
    from tipr.data.layout import locate

    source = locate(data, format_)
    splits = read_source(source)
    return source, splits, Domain(source.format.name, fingerprint(splits))


def _answer(
    scores: Answer, notes: list[str], trained_on: Answer | None, evaluated_on: Answer | None
) -> Answer:
    return scores | {"trained_on": trained_on, "evaluated_on": evaluated_on, "notes": notes}


def _print(answer: Answer, what: str) -> None:
    from rich.table import Table

    place = answer["evaluated_on"]
    on = f" on {place['split']}" if place else ""
    table = Table(
        title=f"{what}{on}: {answer['captions']} captions, {answer['images']} images, "
        f"{answer['people']} people"
    )
    table.add_column("percent")
    for name in _NAMES:
        table.add_column(name, justify="right")
    for direction in ("text_to_image", "image_to_text"):
        row = [f"{answer[direction][name]:.2f}" for name in _NAMES]
        again = direction == "text_to_image" and "rerank" in answer
        table.add_row(direction.replace("_", " ") + (", re-ranked" if again else ""), *row)
    plain().print(table, soft_wrap=False)
    for note in answer["notes"]:
        say(f"tipr: {note}")
