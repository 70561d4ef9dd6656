"""One table from the runs of a plan: means and spread over seeds, and differences between rows.

Shape legend: N queries.
"""

import csv
import io
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tipr.bootstrap import Interval, mean_interval, paired_interval
from tipr.errors import DataError
from tipr.files import write_whole
from tipr.provenance import provenance_of
from tipr.train.ablate import Result
from tipr.train.log import read_log
from tipr.train.plan import Row
from tipr.train.queries import Queries

MARKDOWN, CSV = "table.md", "table.csv"
METRICS = {"R1": "R@1", "R5": "R@5", "R10": "R@10", "mAP": "mAP", "mINP": "mINP"}
COMPARED = ("R1", "mAP")


@dataclass(frozen=True)
class Line:
    """A row of the table, in percent.

    `values`: each metric, a value for each of `seeds`. `intervals`: the metrics of `COMPARED`
    with the interval of their mean over other people. `differences`: the same, minus the row
    `against`, over the seeds that both have; empty where there are none. `failed`: seed and
    reason. `samples` and `samples_per_s` are means over the runs.
    """

    row: Row
    seeds: tuple[int, ...]
    values: dict[str, tuple[float, ...]]
    intervals: dict[str, Interval]
    differences: dict[str, Interval]
    failed: tuple[tuple[int, str], ...]
    samples: float
    samples_per_s: float

    def mean(self, metric: str) -> float:
        """The mean over seeds; there is at least one."""
        return statistics.mean(self.values[metric])

    def spread(self, metric: str) -> float | None:
        """The sample standard deviation over seeds; None of one seed."""
        values = self.values[metric]
        return statistics.stdev(values) if len(values) > 1 else None


def lines(rows: Sequence[Row], results: Sequence[Result]) -> list[Line]:
    """The table's lines in the order of the plan; a run still to come is left out.

    Raises:
        DataError: two rows were scored on different queries.
    """
    by_row = {row.name: [r for r in results if r.job.row.name == row.name] for row in rows}
    done = {
        name: {r.job.seed: r.queries for r in found if r.queries is not None}
        for name, found in by_row.items()
    }
    return [_line(row, by_row[row.name], done[row.name], done.get(row.against)) for row in rows]


def write(out: Path, table: Sequence[Line], *, command: str, machine: str) -> None:
    """Write `table.md` and `table.csv`, each whole."""
    write_whole(out / MARKDOWN, markdown(table, command=command, machine=machine).encode())
    write_whole(out / CSV, as_csv(table).encode())


def speed(result: Result) -> tuple[int, float]:
    """(samples trained, samples a second while training) of a run, from its log."""
    batch = result.job.config.sampler.batch
    steps = samples = 0
    seconds = 0.0
    for event in read_log(result.job.folder):
        if event["kind"] == "train":
            trained = (event["step"] - steps) * batch
            samples += trained
            seconds += trained / (event["samples_per_s"] or 0.05)  # the log rounds to tenths
            steps = event["step"]
    return samples, samples / seconds if seconds else 0.0


def markdown(table: Sequence[Line], *, command: str, machine: str) -> str:
    """The table for a reader, with the command that made it, and what the figures mean."""
    heads = ["row", "seeds", *METRICS.values(), *(f"{METRICS[m]} difference" for m in COMPARED)]
    text = [_md(heads), _md(["---", "--:", *["--:"] * (len(heads) - 2)])]
    for line in table:
        cells = [line.row.name, str(len(line.seeds))]
        cells += [_cell(line, metric) for metric in METRICS]
        cells += [_difference(line, metric) for metric in COMPARED]
        text.append(_md(cells))
    text += ["", *_notes(table), "", "```", command, "```", machine, ""]
    return "\n".join(text)


def as_csv(table: Sequence[Line]) -> str:
    """The table for a program: one column a number, empty where there is none."""
    content = io.StringIO()
    writer = csv.writer(content, lineterminator="\n")
    ends = ("", "_low", "_high")
    writer.writerow(
        [
            *("row", "seeds", "runs"),
            *(f"{m}_{what}" for m in METRICS for what in ("mean", "sd")),
            *("against", *(f"d{m}{end}" for m in COMPARED for end in ends)),
            *("samples", "samples_per_s", "failed"),
        ]
    )
    for line in table:
        pairs = [(line.mean(m), line.spread(m)) if line.seeds else (None, None) for m in METRICS]
        found = [line.differences.get(m, (None, None, None)) for m in COMPARED]
        cells: list[Any] = [line.row.name, " ".join(map(str, line.seeds)), len(line.seeds)]
        cells += [value for pair in pairs for value in pair]
        cells += [line.row.against, *(value for interval in found for value in interval)]
        cells += [round(line.samples), f"{line.samples_per_s:.1f}"]
        cells.append("; ".join(f"seed {seed}: {reason}" for seed, reason in line.failed))
        writer.writerow(f"{c:.4f}" if isinstance(c, float) else c for c in cells)
    return content.getvalue()


def machine(results: Sequence[Result], cores: int) -> str:
    """Where the finished runs were trained, each kind once."""
    kinds = dict.fromkeys(
        "{machine}, {runtime}, torch {torch}".format_map(provenance_of(r.job.folder))
        for r in results
        if r.queries is not None
    )
    return f"Machine: {cores} cores; " + "; ".join(kinds) + "."


def _line(
    row: Row,
    found: Sequence[Result],
    done: dict[int, Queries],
    against: dict[int, Queries] | None,
) -> Line:
    seeds = tuple(seed for seed in row.seeds if seed in done)
    rankings = [done[seed].outcomes.ranking().as_json() for seed in seeds]
    shared = [seed for seed in seeds if against and seed in against]
    speeds = [speed(r) for r in found if r.queries is not None]
    return Line(
        row=row,
        seeds=seeds,
        values={m: tuple(ranking[m] for ranking in rankings) for m in METRICS},
        intervals={m: _interval(m, [done[s] for s in seeds]) for m in COMPARED if seeds},
        differences={
            m: _paired(m, [done[s] for s in shared], [against[s] for s in shared])
            for m in COMPARED
            if shared and against
        },
        failed=tuple((r.job.seed, r.reason) for r in found if r.queries is None),
        samples=statistics.mean(samples for samples, _ in speeds) if speeds else 0.0,
        samples_per_s=statistics.mean(rate for _, rate in speeds) if speeds else 0.0,
    )


def _interval(metric: str, runs: Sequence[Queries]) -> Interval:
    values_N, people = _averaged(metric, runs)
    return mean_interval(values_N, people)


def _paired(metric: str, runs: Sequence[Queries], against: Sequence[Queries]) -> Interval:
    values_N, people = _averaged(metric, runs)
    against_N, others = _averaged(metric, against)
    if people != others:
        raise DataError("two rows were scored on different queries; remove one row's folder")
    return paired_interval(values_N, against_N, people)


def _averaged(metric: str, runs: Sequence[Queries]) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """What each matched query contributes to a metric, in percent, averaged over the runs."""
    matched_N = runs[0].outcomes.matched
    if any(run.people != runs[0].people for run in runs):
        raise DataError("two seeds were scored on different queries; remove one run's folder")
    values = [
        run.outcomes.first_N <= 1 if metric == "R1" else run.outcomes.precision_N for run in runs
    ]
    people = tuple(p for p, matched in zip(runs[0].people, matched_N, strict=True) if matched)
    return 100.0 * np.mean(values, axis=0)[matched_N], people


def _notes(table: Sequence[Line]) -> list[str]:
    notes = [
        "Text-to-image, percent, at the last step of each run (nothing is selected): mean ± sample "
        "standard deviation over seeds. Differences are to the row named, over the seeds that both "
        "have, with the 95 % interval of a paired bootstrap over people (2,000 resamples): it "
        "covers other people, not other seeds."
    ]
    for line in table:
        missing = len(line.row.seeds) - len(line.seeds) - len(line.failed)
        if missing:
            notes.append(f"- {line.row.name}: {missing} of {len(line.row.seeds)} runs to come")
        notes += [f"- {line.row.name}, seed {seed}: failed: {why}" for seed, why in line.failed]
    rates = [
        f"{line.row.name}: {line.samples:,.0f} at {line.samples_per_s:.0f} a second"
        for line in table
        if line.seeds
    ]
    return [*notes, "", f"Samples of each run: {'; '.join(rates)}."] if rates else notes


def _cell(line: Line, metric: str) -> str:
    if not line.seeds:
        return "failed" if line.failed else "to come"
    spread = line.spread(metric)
    return f"{line.mean(metric):.2f}" + (" (one seed)" if spread is None else f" ± {spread:.2f}")


def _difference(line: Line, metric: str) -> str:
    if metric not in line.differences:
        return ""
    mean, low, high = line.differences[metric]
    return f"{mean:+.2f} [{low:+.2f}, {high:+.2f}] to {line.row.against}"


def _md(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
