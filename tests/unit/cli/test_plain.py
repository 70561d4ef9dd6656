"""What is told to people is what there is, whatever it looks like to a terminal's library."""

import pytest

from tipr.cli.plain import plain, say

ODD = "a [red]coat[/red] :cat: " + 30 * "of cloth 1,234 "


def test_a_line_is_told_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    say(ODD)
    plain().print(ODD)
    told = capsys.readouterr()
    assert told.err == told.out == ODD + "\n"


def test_so_are_cells_and_titles_of_tables(capsys: pytest.CaptureFixture[str]) -> None:
    from rich.table import Table

    table = Table("[b]:cat:", title=":dog: [red]")
    table.add_row("[red]:car:")
    plain().print(table)
    told = capsys.readouterr().out
    assert all(text in told for text in ("[b]:cat:", ":dog: [red]", "[red]:car:"))
