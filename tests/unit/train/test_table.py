"""The table of a plan, from runs that nobody trained."""

import csv
import io
import statistics
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.unit.train.made_up import plan, queries, write_run

from tipr.errors import DataError
from tipr.train import clock
from tipr.train.ablate import Job, Result
from tipr.train.table import as_csv, lines, machine, markdown, speed, write

PEOPLE = "aabbcd"
WORSE = queries([1, 2, 3, 1, 11, 0], PEOPLE)  # R@1 40 %
MIDDLE = queries([1, 1, 3, 1, 11, 0], PEOPLE)  # 60 %
BETTER = queries([1, 1, 1, 1, 11, 0], PEOPLE)  # 80 %


@pytest.fixture
def results(tmp_path: Path) -> list[Result]:
    """Two rows: seeds 0 and 1 of the first, seeds 1 and 2 of the second."""
    first, second = plan(tmp_path, "first", "second", second="seeds = [1, 2]")
    return [
        write_run(tmp_path, first, 0, MIDDLE),
        write_run(tmp_path, first, 1, WORSE),
        write_run(tmp_path, second, 1, BETTER, rate=20.0),
        write_run(tmp_path, second, 2, WORSE, rate=20.0),
    ]


def rows_of(results: list[Result]) -> list:
    return list({result.job.row.name: result.job.row for result in results}.values())


def test_means_and_spread_are_over_seeds_and_skip_unmatched_queries(
    results: list[Result],
) -> None:
    first, _ = lines(rows_of(results), results)
    assert first.values["R1"] == (60.0, 40.0)
    assert first.mean("R1") == 50.0
    assert first.spread("R1") == pytest.approx(statistics.stdev([60, 40]))
    precision = [100 * np.mean([1, 1, 1 / 3, 1, 1 / 11]), 100 * np.mean([1, 0.5, 1 / 3, 1, 1 / 11])]
    assert first.values["mAP"] == pytest.approx(tuple(precision))
    assert first.values["R10"] == (80.0, 80.0)


def test_rows_are_compared_over_the_seeds_that_both_have(results: list[Result]) -> None:
    first, second = lines(rows_of(results), results)
    assert first.differences == {}
    assert second.differences["R1"].mean == pytest.approx(80.0 - 40.0)  # seed 1 of both
    assert second.differences["mAP"].mean == pytest.approx(100 * (0.5 + 2 / 3) / 5)
    low, high = second.differences["R1"][1:]
    assert low < 40.0 < high


def test_a_row_against_its_own_equal_differs_by_nothing(tmp_path: Path) -> None:
    rows = plan(tmp_path, "a", "b", seeds=(0,))
    results = [write_run(tmp_path, row, 0, MIDDLE) for row in rows]
    assert lines(rows, results)[1].differences == {"R1": (0, 0, 0), "mAP": (0, 0, 0)}


def test_rows_and_seeds_scored_on_other_queries_are_not_compared(tmp_path: Path) -> None:
    rows = plan(tmp_path, "a", "b")
    other = queries([1, 2, 3, 1, 11, 0], "aabbdd")
    results = [write_run(tmp_path, rows[0], 0, MIDDLE), write_run(tmp_path, rows[1], 0, other)]
    with pytest.raises(DataError, match="two rows were scored on different queries"):
        lines(rows, results)
    results = [results[0], write_run(tmp_path, rows[0], 1, other)]
    with pytest.raises(DataError, match="two seeds were scored on different queries"):
        lines(rows, results)


def test_speed_weighs_the_logged_lines_by_their_samples(results: list[Result]) -> None:
    # 10 steps of 128 at 10 a second and 5 at 5 a second: 128 s each
    assert speed(results[0]) == (15 * 128, pytest.approx(15 * 128 / 256))


def test_the_table_for_readers_says_everything(results: list[Result], tmp_path: Path) -> None:
    first, second = rows_of(results)
    some = [results[0], results[2], Result(results[3].job, reason="no | power")]
    text = markdown(
        lines([first, second], some),
        command="tipr ablate PLAN OUT",
        machine=machine(some, 3),
    )
    table = [line.split(" | ") for line in text.splitlines() if line.startswith("| ")]
    assert table[0][:3] == ["| row", "seeds", "R@1"]
    assert table[2][:3] == ["| first", "1", "60.00 (one seed)"]
    assert "±" not in "".join(table[2])
    assert "- first: 1 of 2 runs to come" in text
    assert "- second, seed 2: failed: no | power" in text
    assert "```\ntipr ablate PLAN OUT\n```\nMachine: 3 cores; Testix, cpu, float32" in text
    assert "first: 1,920 at 8 a second; second: 1,920 at 15 a second" in text
    whole = markdown(lines([first, second], results), command="", machine="")
    assert "| 50.00 ± 14.14 |" in whole
    assert "+40.00 [" in whole
    assert "] to first |" in whole
    assert "to come" not in whole


def test_a_row_without_a_run_has_no_figures(tmp_path: Path) -> None:
    rows = plan(tmp_path, "first", "second", seeds=(0,))
    results = [Result(Job(rows[0], 0, tmp_path), reason="no power")]
    table = lines(rows, results)
    text = markdown(table, command="", machine="")
    assert "| first | 0 | failed | failed |" in text
    assert "| second | 0 | to come |" in text
    cells = list(csv.DictReader(io.StringIO(as_csv(table))))
    assert (cells[0]["runs"], cells[0]["R1_mean"]) == ("0", "")
    assert cells[0]["failed"] == "seed 0: no power"


def test_the_table_for_programs_has_one_number_a_column(
    results: list[Result], tmp_path: Path
) -> None:
    write(tmp_path, lines(rows_of(results), results), command="c", machine="m")
    first, second = csv.DictReader(io.StringIO((tmp_path / "table.csv").read_text()))
    assert (first["row"], first["seeds"], first["runs"]) == ("first", "0 1", "2")
    assert float(first["R1_mean"]) == 50.0
    assert float(first["R1_sd"]) == pytest.approx(14.1421, abs=1e-4)
    assert (first["against"], first["dR1"]) == ("", "")
    assert (second["against"], float(second["dR1"])) == ("first", 40.0)
    assert float(second["dR1_low"]) < 40 < float(second["dR1_high"])
    assert (second["samples"], second["samples_per_s"]) == ("1920", "15.0")
    assert (tmp_path / "table.md").read_text().startswith("| row |")


def test_the_clock_counts_and_judges_by_whole_runs(results: list[Result]) -> None:
    so_far = [replace(results[0], seconds=0.0), replace(results[1], seconds=600.0)]
    said = clock.line(so_far[1], so_far, total=7, jobs=2)
    assert said == ("[2/7] first, seed 1: R@1 40.00, mAP 58.48; 8 samples/s; about 25 min left")
    assert clock.line(so_far[0], so_far[:1], total=7, jobs=2).endswith("8 samples/s")
    assert clock.line(so_far[1], so_far, total=2, jobs=2).endswith("samples/s")
    assert clock.line(so_far[1], so_far, total=30, jobs=2).endswith("about 2.3 h left")
    failed = Result(results[2].job, reason="no power")
    assert clock.line(failed, [failed], total=2, jobs=1) == (
        "[1/2] second, seed 1: failed: no power"
    )
