"""Curves of one or several runs as SVG that takes its colours from the page.

Drawn by matplotlib (the extra `report`), an optional package.
"""

import io
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from tipr.errors import DependencyError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SERIES = 8
"""The page has colours for so many; then they come round again."""

_SIZE = (3.5, 2.15)  # inches
# Colours that stand for the page's own: it knows whether it is day or night.
_INK, _SOFT, _LINE = "#0a0b01", "#0a0b02", "#0a0b03"
_COLOURS = [f"#0a0c0{number}" for number in range(SERIES)]
_MEANING = {_INK: "var(--ink)", _SOFT: "var(--soft)", _LINE: "var(--line)"} | {
    colour: f"var(--c{number})" for number, colour in enumerate(_COLOURS)
}
_STYLE: Any = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 8,
    "text.color": _INK,
    "axes.edgecolor": _LINE,
    "axes.labelcolor": _SOFT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": _LINE,
    "grid.linewidth": 0.5,
    "xtick.color": _SOFT,
    "ytick.color": _SOFT,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "lines.linewidth": 1.5,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
}


class Line(NamedTuple):
    """Points of one run; `number` chooses the colour. A gap in y is NaN."""

    name: str
    number: int
    x: Sequence[float]
    y: Sequence[float]


def require_matplotlib() -> None:
    """Make sure that curves can be drawn, before anything long is begun.

    Raises:
        DependencyError: matplotlib is not installed.
    """
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        raise DependencyError(
            "a report's curves need the package matplotlib: pip install 'tipr[report]'"
        ) from None


def lines(
    key: str,
    many: Sequence[Line],
    *,
    x_label: str,
    y_label: str,
    marks: Mapping[int, float] | None = None,
    top: float | None = None,
) -> str:
    """An SVG of lines. `marks`: for a line's number the x of a point to mark (its best)."""

    def draw(axes: "Axes") -> None:
        for line in many:
            few = len(line.x) <= 12
            colour = _COLOURS[line.number % SERIES]
            axes.plot(line.x, line.y, color=colour, marker="o" if few else "", markersize=2.5)
            for x, y in zip(line.x, line.y, strict=True):
                if x == (marks or {}).get(line.number):
                    axes.plot([x], [y], "o", color=colour, markersize=5, zorder=3)
        if top is not None:
            axes.set_ylim(0, top)
        _label(axes, x_label, y_label)

    return _svg(key, draw)


def stacked(key: str, line: Sequence[Line], *, x_label: str, y_label: str) -> str:
    """An SVG of shares that sum to 100: areas upon one another, the first one lowest."""

    def draw(axes: "Axes") -> None:
        colours = [_COLOURS[one.number % SERIES] for one in line]
        x = line[0].x
        if len(x) == 1:  # an area needs two ends
            x = [x[0] - 0.5, x[0] + 0.5]
        heights = [list(one.y) * (2 if len(one.y) == 1 else 1) for one in line]
        axes.stackplot(x, heights, colors=colours, alpha=0.85, linewidth=0)
        axes.set_xlim(x[0], x[-1])
        axes.set_ylim(0, 100)
        _label(axes, x_label, y_label)

    return _svg(key, draw)


def gaps(values: Sequence[float]) -> list[float]:
    """The values, with NaN for zeros: a term that is not switched on yet has no loss."""
    return [value or float("nan") for value in values]


def _label(axes: "Axes", x_label: str, y_label: str) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)


def _svg(key: str, draw: Any) -> str:
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context({**_STYLE, "svg.hashsalt": key}):
        figure = Figure(figsize=_SIZE, layout="constrained")
        draw(figure.add_subplot())
        content = io.StringIO()
        figure.savefig(content, format="svg", metadata={"Date": None, "Creator": None})
    return _inlined(content.getvalue(), key)


def _inlined(svg: str, key: str) -> str:
    """Fit for the middle of a page: its colours, ids of its own, no style for all the page."""
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>", "", body, flags=re.DOTALL)
    head = re.search(r'viewBox="[^"]+"', body)
    assert head, "matplotlib writes a viewBox"
    inner = body[body.index(">") + 1 :]
    inner = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{key}-", inner)
    inner = inner.replace("xlink:href", "href")
    for stand_in, colour in _MEANING.items():
        inner = inner.replace(stand_in, colour)
    inner = re.sub(r"font-family: [^;]+; ?", "", inner)
    return f'<svg {head.group()} aria-hidden="true" focusable="false">{inner}'
