"""The curves of a report: losses, learning rate, scores over steps, gradient shares, CMC."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tipr.report.build import Part
from tipr.report.curves import Line, gaps, lines, stacked
from tipr.report.ranking import RANKS, cmc
from tipr.report.run import Run


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawing with its heading and a sentence that says it without the drawing.

    `legend`: names by colour number, for lines that are not runs.
    """

    title: str
    says: str
    svg: str
    legend: Sequence[tuple[int, str]] = ()


def cmc_plot(parts: Sequence[Part]) -> Plot:
    """Share of queries whose first right picture is among the first k."""
    ranks = min(RANKS, len(parts[0].best.vectors.images_ND))
    curves = [cmc(part.best.outcomes, ranks) for part in parts]
    x = list(range(1, ranks + 1))
    drawn = [
        Line(part.run.name, number, x, curve.tolist())
        for number, (part, curve) in enumerate(zip(parts, curves, strict=True))
    ]
    says = "; ".join(
        f"{part.run.name}: {curve[0]:.1f} % at rank 1, {curve[-1]:.1f} % at rank {ranks}"
        for part, curve in zip(parts, curves, strict=True)
    )
    return Plot(
        "Found within the first k",
        says,
        lines("cmc", drawn, x_label="rank k", y_label="queries, %", top=101),
    )


def training_plots(runs: Sequence[Run]) -> list[Plot]:
    """All that the logs tell; nothing for runs without a log."""
    plots = [_scores(runs)]
    plots += [_loss(runs, term) for term in _terms(runs)]
    plots.append(_rate(runs))
    plots += [_shares(number, run, len(runs) > 1) for number, run in enumerate(runs)]
    return [plot for plot in plots if plot is not None]


def _terms(runs: Sequence[Run]) -> list[str]:
    """Loss terms that were ever on, in the order of the log."""
    seen: dict[str, bool] = {}
    for run in runs:
        for event in _of(run, "train"):
            for name, value in event["losses"].items():
                seen[name] = seen.get(name, False) or value != 0
    return [name for name, on in seen.items() if on]


def _scores(runs: Sequence[Run]) -> Plot | None:
    drawn = [
        Line(
            run.name,
            number,
            [event["step"] for event in _of(run, "evaluate")],
            [event["scores"]["text_to_image"]["R1"] for event in _of(run, "evaluate")],
        )
        for number, run in enumerate(runs)
    ]
    drawn = [line for line in drawn if line.x]
    if not drawn:
        return None
    marks = {
        number: float(run.best_step) for number, run in enumerate(runs) if run.best_step is not None
    }
    says = "; ".join(
        f"{line.name}: highest {max(line.y):.1f} %, last {line.y[-1]:.1f} %" for line in drawn
    )
    split = next(run.config.train.select_on for run in runs if run.config)
    return Plot(
        f"R@1 on {split}",
        f"{says}. The dot is the step whose weights were kept.",
        lines("scores", drawn, x_label="step", y_label="R@1, %", marks=marks),
    )


def _loss(runs: Sequence[Run], term: str) -> Plot:
    drawn = [
        Line(
            run.name,
            number,
            [event["step"] for event in _of(run, "train")],
            gaps([event["losses"].get(term, 0.0) for event in _of(run, "train")]),
        )
        for number, run in enumerate(runs)
    ]
    drawn = [line for line in drawn if any(not math.isnan(y) for y in line.y)]
    says = "; ".join(f"{line.name}: {_from_to(line.y)}" for line in drawn)
    return Plot(
        f"Loss: {term}",
        f"Times its weight. {says}.",
        lines(f"loss-{term}", drawn, x_label="step", y_label="loss"),
    )


def _rate(runs: Sequence[Run]) -> Plot | None:
    drawn = [
        Line(
            run.name,
            number,
            [event["step"] for event in _of(run, "train")],
            [event["lr"] for event in _of(run, "train")],
        )
        for number, run in enumerate(runs)
    ]
    drawn = [line for line in drawn if line.x]
    if not drawn:
        return None
    says = "; ".join(f"{line.name}: highest {max(line.y):.2g}" for line in drawn)
    return Plot(
        "Learning rate",
        f"Of pretrained parts. {says}.",
        lines("rate", drawn, x_label="step", y_label="learning rate"),
    )


def _shares(number: int, run: Run, several: bool) -> Plot | None:
    events = _of(run, "gradient_shares")
    if not events:
        return None
    names = [name for name in events[0]["shares"] if any(e["shares"][name] for e in events)]
    steps = [event["step"] for event in events]
    areas = [
        Line(name, colour, steps, [100.0 * event["shares"][name] for event in events])
        for colour, name in enumerate(names)
    ]
    last = ", ".join(f"{area.name} {area.y[-1]:.0f} %" for area in areas)
    return Plot(
        f"Gradient shares{f': {run.name}' if several else ''}",
        f"Each term's part of the gradient on the two towers. At the end: {last}.",
        stacked(f"shares-{number}", areas, x_label="step", y_label="share, %"),
        legend=[(area.number, area.name) for area in areas],
    )


def _of(run: Run, kind: str) -> list[dict[str, Any]]:
    return [event for event in run.events if event["kind"] == kind]


def _from_to(values: Sequence[float]) -> str:
    known = [value for value in values if not math.isnan(value)]
    return f"from {known[0]:.3g} to {known[-1]:.3g}"
