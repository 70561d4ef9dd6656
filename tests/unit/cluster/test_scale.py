"""docs/scale.md computes what it says it computes."""

import re
from math import ceil
from pathlib import Path

import pytest

TEXT = (Path(__file__).parents[3] / "docs" / "scale.md").read_text(encoding="utf-8")
SIZES = (1e6, 1e7, 1e8, 1e9)
ROWS = re.findall(r"^\| (.+?) \| `([^`]*\bN\b[^`]*)` \| (.+) \|$", TEXT, flags=re.M)
INLINE = re.findall(r"`([\d.e+*/() -]+)`\s=\s([\d.,]*\d)", TEXT)


def number(text: str) -> float:
    return float(text.replace(",", ""))


def rounded(value: float, shown: str) -> bool:
    """Whether `shown` is the value to its own digits."""
    digits = len(shown.split(".")[1]) if "." in shown else 0
    return abs(value - number(shown)) <= 0.51 * 10**-digits


def compute(arithmetic: str, size: float = 0) -> float:
    return float(eval(arithmetic, {"N": size, "ceil": ceil}))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_every_row_is_what_its_arithmetic_gives(row):
    what, arithmetic, cells = row
    shown = cells.split(" | ")
    assert len(shown) == len(SIZES)
    for size, cell in zip(SIZES, shown, strict=True):
        assert rounded(compute(arithmetic, size), cell), (what, size, compute(arithmetic, size))


@pytest.mark.parametrize(("arithmetic", "shown"), INLINE, ids=lambda text: text)
def test_every_figure_in_the_text_is_what_its_arithmetic_gives(arithmetic, shown):
    assert rounded(compute(arithmetic), shown), compute(arithmetic)


def test_there_is_something_to_compute():
    assert len(ROWS) == 30
    assert len(INLINE) == 17
