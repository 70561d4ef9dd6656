"""The results of all benchmarks as one table and one plot, in RESULTS.md.

    python benchmarks/table.py FOLDER

FOLDER holds what the scripts wrote with `--json`. The part of RESULTS.md between its two marks and
`results.png` are written anew; what people wrote around it stays.
"""

import json
import statistics
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl

from race import amount

mpl.use("Agg")
from matplotlib import pyplot as plt

HERE = Path(__file__).parent
BEGIN, END = "<!-- table: written by benchmarks/table.py -->", "<!-- end of table -->"


def main() -> None:
    found = [json.loads(path.read_text()) for path in sorted(Path(sys.argv[1]).glob("*.json"))]
    results = [one for one in found if "ratios" in one]
    growth = [row for one in found for row in one.get("growth", [])]
    if not results:
        sys.exit(f"{sys.argv[1]}: no results; run 'make bench' first")
    lines = [BEGIN, "", *head(results), "", *table(results), ""]
    lines += ["![Ratios and what was promised](results.png)", ""]
    lines += [*ways(results), ""]
    if growth:
        lines += [*growths(growth), "", "![Cost as work grows](growth.png)", ""]
        draw_growth(growth)
    lines.append(END)
    place = HERE / "RESULTS.md"
    text = place.read_text()
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    place.write_text(before + "\n".join(lines) + after)
    draw(results)
    print(f"{len(results)} results in {place}")


def head(results: list[dict[str, Any]]) -> list[str]:
    machines = sorted({one["made"]["machine"] for one in results})
    dates = sorted({f"{one['made']['date']} ({one['made']['commit']})" for one in results})
    return [
        f"Machine: {'; '.join(machines)}. {', '.join(dates)}.",
        "Ratios are medians of interleaved rounds, in brackets the lowest and the highest.",
    ]


def table(results: list[dict[str, Any]]) -> list[str]:
    lines = ["| promise | against | ratio | promised | |", "|---|---|---|---|---|"]
    for one in results:
        for ratio in one["ratios"]:
            median = statistics.median(ratio["rounds"])
            low, high = min(ratio["rounds"]), max(ratio["rounds"])
            lines.append(
                f"| {one['promise']}: {ratio['ours']} | {ratio['against']} | "
                f"**{median:.2f} x** ({low:.2f} to {high:.2f}) | {promised(ratio)} |"
            )
    return lines


def promised(ratio: dict[str, Any]) -> str:
    if ratio["reach"] is None:
        return " | "
    kept = statistics.median(ratio["rounds"]) >= ratio["reach"]
    return f"{ratio['reach']:g} x | {'kept' if kept else '**missed**'}"


def ways(results: list[dict[str, Any]]) -> list[str]:
    lines = ["| what | time, median (lowest to highest) | peak memory | limit of the machine |"]
    lines.append("|---|---|---|---|")
    for one in results:
        limits = "; ".join(
            f"{limit['what']} {limit['rate']}: {limit['share']:.0%} reached"
            for limit in one["limits"]
        )
        lines.append(f"| **{one['promise']}** (`{one['made']['command']}`) | | | {limits} |")
        for way in one["ways"]:
            seconds = way["seconds"]
            peak = "" if way["peak_mb"] is None else f"{way['peak_mb']:,.0f} MB"
            lines.append(
                f"| {way['name']} | {amount(statistics.median(seconds))} a {one['unit']} "
                f"({amount(min(seconds))} to {amount(max(seconds))}) | {peak} | |"
            )
        lines += [f"| {note} | | | |" for note in one["notes"]]
    return lines


def growths(rows: list[dict[str, Any]]) -> list[str]:
    lines = ["| work | slope | " + "seconds at each size |", "|---|---|---|"]
    for row in rows:
        pairs = zip(row["sizes"], row["seconds"], strict=True)
        times = ", ".join(f"{size:,}: {amount(second)}" for size, second in pairs)
        lines.append(f"| {row['work']} | {row['slope']:.2f} | {times} |")
    return lines


def draw(results: list[dict[str, Any]]) -> None:
    """A bar a promise, and a mark where it was to reach."""
    rows = [
        (f"{one['promise']}\n{ratio['ours']} / {ratio['against']}", ratio)
        for one in results
        for ratio in one["ratios"]
        if ratio["reach"] is not None
    ][::-1]
    figure, axes = plt.subplots(figsize=(9, 0.5 * len(rows) + 1), layout="constrained")
    for at, (_, ratio) in enumerate(rows):
        median = statistics.median(ratio["rounds"])
        kept = median >= ratio["reach"]
        axes.barh(at, median, color="#3b7a57" if kept else "#c46a3d", height=0.6)
        axes.plot([ratio["reach"]] * 2, [at - 0.38, at + 0.38], color="black", linewidth=2)
        axes.text(
            max(median, ratio["reach"]) * 1.04, at, f"{median:.1f} x", va="center", fontsize=8
        )
    axes.set_yticks(range(len(rows)), [name for name, _ in rows], fontsize=7)
    axes.set_xscale("log")
    axes.set_xticks([1, 2, 5, 10], ["1", "2", "5", "10"])
    axes.set_xlabel("times as fast (black: what was promised)")
    axes.margins(x=0.15)
    figure.savefig(HERE / "results.png", dpi=110)
    plt.close(figure)


def draw_growth(rows: list[dict[str, Any]]) -> None:
    figure, axes = plt.subplots(figsize=(7, 5), layout="constrained")
    for row in rows:
        axes.plot(
            row["sizes"], row["seconds"], marker="o", label=f"{row['work']} ({row['slope']:.2f})"
        )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("size: pictures, or rows to rank")
    axes.set_ylabel("seconds")
    axes.grid(alpha=0.3)
    axes.legend(fontsize=7)
    figure.savefig(HERE / "growth.png", dpi=110)
    plt.close(figure)


if __name__ == "__main__":
    main()
