"""The plot of a plan shows what the table says."""

from pathlib import Path

import pytest
from tests.unit.train.made_up import plan, queries, write_run

from tipr.errors import DependencyError
from tipr.train import plot
from tipr.train.table import Line, lines


@pytest.fixture
def table(tmp_path: Path) -> list[Line]:
    rows = plan(tmp_path, "first", "second", "third")
    results = [
        write_run(tmp_path, rows[0], 0, queries([1, 2, 2, 2], "abcd")),
        write_run(tmp_path, rows[0], 1, queries([1, 1, 2, 2], "abcd")),
        write_run(tmp_path, rows[1], 1, queries([1, 1, 1, 2], "abcd")),
    ]
    return lines(rows, results)


def test_dots_are_the_seeds_and_the_mean_and_rows_stand_in_order(table: list[Line]) -> None:
    left, right = plot.draw(table).axes
    assert [label.get_text() for label in left.get_yticklabels()] == [
        "first (2 seeds)",
        "second (one seed)",
        "third (0 seeds)",
    ]
    dots = [(list(line.get_xdata()), list(line.get_ydata())) for line in left.lines]
    assert ([25.0, 50.0], [0, 0]) in dots  # seeds
    assert ([37.5], [0]) in dots  # mean
    assert ([75.0], [1]) in dots
    ends = table[0].intervals["R1"]
    assert ([ends.low, ends.high], [0, 0]) in dots
    assert left.get_ylim()[0] > left.get_ylim()[1]  # the first row on top
    shown = [(list(line.get_xdata()), list(line.get_ydata())) for line in right.lines]
    assert ([25.0], [1]) in shown  # against seed 1 of the first row


def test_the_plot_is_a_whole_picture_and_equal_tables_give_equal_bytes(
    table: list[Line], tmp_path: Path
) -> None:
    plot.write(tmp_path, table)
    content = (tmp_path / plot.PLOT).read_bytes()
    assert content.rstrip().endswith(b"</svg>")
    plot.write(tmp_path, table)
    assert (tmp_path / plot.PLOT).read_bytes() == content
    plot.write(tmp_path, table[:2])
    assert (tmp_path / plot.PLOT).read_bytes() != content


def test_missing_matplotlib_is_said_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    plot.require_matplotlib()
    monkeypatch.setattr(plot, "find_spec", lambda _name: None)
    with pytest.raises(DependencyError, match=r"pip install 'tipr\[report\]', or give --no-plot"):
        plot.require_matplotlib()
