"""Draw a plan's table: seeds, means and intervals of R@1, and the differences between rows."""

import io
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from tipr.errors import DependencyError
from tipr.files import write_whole
from tipr.train.table import Line

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PLOT = "plot.svg"
INK, GREY = "#1f4e79", "#9aa5b1"


def require_matplotlib() -> None:
    """Say at once that the plot cannot be drawn.

    Raises:
        DependencyError: matplotlib is not installed.
    """
    if find_spec("matplotlib") is None:
        raise DependencyError(
            "the plot needs matplotlib: pip install 'tipr[report]', or give --no-plot"
        )


def write(out: Path, table: Sequence[Line]) -> None:
    """Write `plot.svg` whole; equal tables give equal bytes."""
    from matplotlib import rc_context

    content = io.BytesIO()
    with rc_context({"svg.hashsalt": "tipr"}):
        draw(table).savefig(content, format="svg", metadata={"Date": None})
    write_whole(out / PLOT, content.getvalue())


def draw(table: Sequence[Line]) -> "Figure":
    """Horizontal dots, the plan's first row on top; a row without runs is an empty line.

    Left: R@1 of each seed (hollow), their mean (full) and the interval over people. Right: the
    difference of R@1 to the row that the plan compares with, and its paired interval.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.0, 1.4 + 0.42 * len(table)), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=(3, 2))
    for place, line in enumerate(table):
        if line.seeds:
            _seeds(left, place, line)
        if "R1" in line.differences:
            mean, low, high = line.differences["R1"]
            right.plot([low, high], [place, place], color=INK, lw=2)
            right.plot([mean], [place], "o", color=INK, ms=7)
            right.annotate(
                f"to {line.row.against}",
                (1.02, place),
                xycoords=("axes fraction", "data"),
                va="center",
                color="#52606d",
                fontsize="small",
            )
    left.set_yticks(range(len(table)), [_label(line) for line in table])
    left.set_ylim(len(table) - 0.5, -0.5)
    left.set_title("R@1, %", fontsize="medium")
    right.set_title("difference of R@1, points", fontsize="medium")
    figure.supxlabel(
        "hollow: one seed; full: mean over seeds; bar: 95 % bootstrap over people (right: paired)",
        fontsize="small",
    )
    right.axvline(0, color=GREY, lw=1, zorder=0)
    for axes in (left, right):
        axes.grid(axis="x", color="#e3e7eb", lw=0.8)
        axes.set_axisbelow(True)
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.tick_params(axis="y", length=0)
    return figure


def _seeds(axes: "Axes", place: int, line: Line) -> None:
    mean, low, high = line.intervals["R1"]
    axes.plot([low, high], [place, place], color=GREY, lw=2)
    if len(line.seeds) > 1:
        values = line.values["R1"]
        axes.plot(values, [place] * len(values), "o", mfc="white", mec=INK, ms=5)
    axes.plot([mean], [place], "o", color=INK, ms=7)


def _label(line: Line) -> str:
    seeds = "one seed" if len(line.seeds) == 1 else f"{len(line.seeds)} seeds"
    return f"{line.row.name} ({seeds})"
