"""Runs of a plan that nobody trained: settings, provenance, a log and outcomes, written by hand."""

import json
from pathlib import Path

import numpy as np

from tipr.config import to_toml
from tipr.metrics import Outcomes
from tipr.train.ablate import Job, Result
from tipr.train.plan import Row, read_plan
from tipr.train.queries import Queries, write_queries

PROVENANCE = {"machine": "Testix", "runtime": "cpu, float32, 1 threads", "torch": "2", "data": "d"}


def plan(
    folder: Path, *names: str, seeds: tuple[int, ...] = (0, 1), **more: str
) -> tuple[Row, ...]:
    """Rows of the preset `small`; `more` gives a row (by name) further lines of TOML."""
    lines = ['base = "small"', f"seeds = {list(seeds)}"]
    for name in names:
        lines += ["[[row]]", f'name = "{name}"', more.get(name, "")]
    (folder / "plan.toml").write_text("\n".join(lines))
    return read_plan(folder / "plan.toml", data=folder)


def queries(first: list[int], people: str) -> Queries:
    """Text-to-image ranks of the first match; AP and INP are 1 / rank, as of one match each."""
    ranks = np.array(first)
    inverse = np.where(ranks > 0, 1 / np.maximum(ranks, 1), np.nan)
    return Queries(Outcomes(ranks, inverse, inverse.copy()), tuple(people))


def write_run(folder: Path, row: Row, seed: int, found: Queries, *, rate: float = 10.0) -> Result:
    """A finished run of 15 steps, logged in lines of ten."""
    run = folder / row.folder / f"seed-{seed}"
    run.mkdir(parents=True)
    (run / "run.toml").write_text(to_toml(row.config(seed)))
    (run / "run.json").write_text(json.dumps(PROVENANCE))
    events = [
        {"step": 10, "kind": "train", "samples_per_s": rate},
        {"step": 15, "kind": "train", "samples_per_s": rate / 2},
        {"step": 15, "kind": "evaluate", "scores": {}},
    ]
    (run / "log.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
    write_queries(run, found)
    return Result(Job(row, seed, run), found, seconds=60.0)
