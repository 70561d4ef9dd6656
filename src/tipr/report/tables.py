"""The tables of a report as rows of text: facts, scores, errors of restoration."""

import math
import statistics
from collections.abc import Sequence
from typing import NamedTuple

from tipr.metrics import Ranking, Scores
from tipr.report.build import Part, Report
from tipr.report.restoration import Mean, Restoration
from tipr.report.run import Run, decoder_tensors, parameters

METRICS = {"R1": "R@1", "R5": "R@5", "R10": "R@10", "mAP": "mAP", "mINP": "mINP"}
DIRECTIONS = {"text_to_image": "text to image", "image_to_text": "image to text"}
TELLINGS = {
    "right": "the right sentence",
    "wrong": "another person's sentence",
    "empty": "an empty sentence",
    "nothing": "nothing (trained without words)",
}


class Row(NamedTuple):
    """A heading, a second line under it, and cells; `strong` rows stand out."""

    name: str
    note: str
    cells: tuple[str, ...]
    strong: bool = False


def facts(report: Report) -> list[Row]:
    """What each run is: one row a fact, one cell a run. A fact that no run tells is left out."""
    runs = [part.run for part in report.parts]
    split = report.split
    measured = (
        f"{split.name} of {report.folder.name}: {len(split.captions):,} captions, "
        f"{len(split.pictures):,} pictures, {len(split.people):,} people"
    )
    rows = [
        Row("measured on", "", (measured,) * len(runs)),
        Row("data fingerprint", "", tuple(_data(run, report.data) for run in runs)),
        Row("trained", "", tuple(map(_trained, runs))),
        Row("started; last saved", "by the files' times", tuple(map(_times, runs))),
        Row("machine", "", tuple(map(_machine, runs))),
        Row("software", "", tuple(map(_software, runs))),
        Row("picture tower", "", tuple(map(_vision, runs))),
        Row("sentence tower", "", tuple(map(_text, runs))),
        Row("parameters", "", tuple(map(_parameters, runs))),
        Row("settings from", "", tuple(map(_origin, runs))),
        Row("model fingerprint", "", tuple(run.best.fingerprint[:12] for run in runs)),
    ]
    return [row for row in rows if any(row.cells)]


def scores(parts: Sequence[Part]) -> dict[str, list[Row]]:
    """By direction: the mean over runs (where there are several), then each run's best and last."""
    return {title: _direction(parts, name) for name, title in DIRECTIONS.items()}


def errors(restorations: Sequence[tuple[str, Restoration]]) -> list[Row]:
    """Mean squared error after each telling, with its standard error; and the differences."""
    names = [name for name in TELLINGS if any(name in one.errors for _, one in restorations)]
    rows = [
        Row(
            f"told {TELLINGS[name]}",
            "",
            tuple(_mean(one.errors.get(name)) for _, one in restorations),
        )
        for name in names
    ]
    rows += [
        Row(
            f"{name} less right",
            "of the same picture",
            tuple(_mean(one.more.get(name), signed=True) for _, one in restorations),
            strong=True,
        )
        for name in ("wrong", "empty")
        if any(name in one.more for _, one in restorations)
    ]
    return rows


def answers(restorations: Sequence[tuple[str, Restoration]]) -> list[Row]:
    """How often each colour word painted the most of its colour, in percent."""
    words = [word for _, one in restorations[:1] for word in one.answers]
    return [
        Row(
            f"\u201c{word}\u201d",
            "",
            tuple(f"{one.answers[word]:.0f} %" if one.answers else "" for _, one in restorations),
        )
        for word in words
    ]


def signed(value: float, digits: int = 3) -> str:
    """The number with its sign, a real minus among them."""
    return f"{value:+.{digits}f}".replace("-", "\u2212")


def _direction(parts: Sequence[Part], name: str) -> list[Row]:
    rows: list[Row] = []
    best = [_ranking(part.best.scores, name) for part in parts]
    last = [_ranking(part.last.scores, name) for part in parts if part.last]
    if len(parts) > 1:
        note = f"mean \u00b1 spread of {len(parts)} runs"
        rows.append(Row("best step", note, _spread(best), strong=True))
        if len(last) == len(parts):
            rows.append(Row("last step", note, _spread(last), strong=True))
    alone = len(parts) == 1
    for part, ranking in zip(parts, best, strict=True):
        label = "best step" if alone else part.run.name
        rows.append(Row(label, _step("best", part, alone=alone), _cells(ranking), strong=alone))
        if part.last:
            label = "last step" if alone else part.run.name
            cells = _cells(_ranking(part.last.scores, name))
            rows.append(Row(label, _step("last", part, alone=alone), cells))
    return rows


def _ranking(found: Scores, name: str) -> Ranking:
    return found.text_to_image if name == "text_to_image" else found.image_to_text


def _cells(ranking: Ranking) -> tuple[str, ...]:
    return tuple(f"{ranking.as_json()[name]:.2f}" for name in METRICS)


def _spread(rankings: Sequence[Ranking]) -> tuple[str, ...]:
    columns = [[ranking.as_json()[name] for ranking in rankings] for name in METRICS]
    return tuple(
        f"{statistics.mean(values):.2f} \u00b1 {statistics.stdev(values):.2f}" for values in columns
    )


def _step(which: str, part: Part, *, alone: bool) -> str:
    last = part.run.last
    step = part.run.best_step if which == "best" else (last.step if last else None)
    prefix = "" if alone else f"{which}: "
    return f"{prefix}step {step:,}" if step is not None else f"{prefix}these weights"


def _mean(value: Mean | None, *, signed: bool = False) -> str:
    if value is None:
        return ""
    sign = "+" if signed else ""
    error = "" if math.isnan(value.error) else f" \u00b1 {value.error:.4f}"
    return f"{value.mean:{sign}.4f}{error}".replace("-", "\u2212")


def _data(run: Run, here: str) -> str:
    told = run.provenance.get("data")
    if told is None or told == here:
        return here[:12]
    return f"{here[:12]}, but trained on {told[:12]}"


def _trained(run: Run) -> str:
    if run.config is None:
        return "not here (a model without its run)"
    steps = run.last.step if run.last else None
    speeds = [event["samples_per_s"] for event in run.events if "samples_per_s" in event]
    parts = [
        f"{steps:,} steps of {run.config.sampler.batch}" if steps is not None else "",
        f"best at {run.best_step:,}" if run.best_step is not None else "",
        f"{statistics.median(speeds):,.0f} samples/s" if speeds else "",
    ]
    return ", ".join(part for part in parts if part)


def _times(run: Run) -> str:
    first, last = run.written
    return f"{first:%Y-%m-%d %H:%M}; {last:%Y-%m-%d %H:%M}"


def _machine(run: Run) -> str:
    return "; ".join(run.provenance[key] for key in ("machine", "runtime") if key in run.provenance)


def _software(run: Run) -> str:
    told = [
        f"{key} {run.provenance[key]}"
        for key in ("tipr", "torch", "python")
        if key in run.provenance
    ]
    return ", ".join(told)


def _vision(run: Run) -> str:
    vision, size, grid = run.model.vision, run.model.image, run.model.grid
    return (
        f"{size.height}\u00d7{size.width} pixels, {grid[0]}\u00d7{grid[1]} patches, width "
        f"{vision.width}, depth {vision.depth}, pool {vision.pool}"
        f"{', mirrored too' if vision.mirror else ''}"
    )


def _text(run: Run) -> str:
    text = run.model.text
    return (
        f"{text.length} tokens of {text.vocabulary:,}, width {text.width}, depth {text.depth}, "
        f"pool {text.pool}; {run.model.embed} channels shared"
    )


def _parameters(run: Run) -> str:
    towers = parameters(run.best.network.state_dict())
    decoder = parameters(decoder_tensors(run.last.network)) if run.last else 0
    more = f", and {decoder / 1e6:.2f} M of the decoder in training" if decoder else ""
    return f"{towers / 1e6:.2f} M{more}"


def _origin(run: Run) -> str:
    if run.config is None:
        return ""
    return f"preset {run.config.preset or '(none)'}, seed {run.config.seed}"
