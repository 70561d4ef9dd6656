"""The fenced blocks of a page, and what the tests do with each."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PAGES = [
    "README.md",
    *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").glob("*.md")),
]

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", flags=re.M | re.S)
_MARK = re.compile(r"<!-- (not run: [^>]+|make docs-train|file: \S+) -->\n+$")
_OF_THE_PAGE = re.compile(r"\A# .*\n\n<!-- (not run: [^>]+) -->\n\n(?!```)")
RUN = ("bash", "python")


class Block(NamedTuple):
    """A block that could be run; `line` counts from 1, `mark` is '' where nothing forbids it."""

    page: str
    line: int
    language: str
    text: str
    mark: str

    @property
    def file(self) -> str:
        """The name of the file that the block shows, if it is one to be written."""
        return self.mark.removeprefix("file: ") if self.mark.startswith("file: ") else ""

    @property
    def trains(self) -> bool:
        return self.mark == "make docs-train"

    def commands(self) -> list[list[str]]:
        """The words of each line of a bash block, comments left out."""
        lines = self.text.replace("\\\n", " ").splitlines()
        found = [shlex.split(line, comments=True) for line in lines]
        return [words for words in found if words]


def blocks(page: str, text: str | None = None) -> Iterator[Block]:
    """Every block of the page, or of the text that stands for it."""
    text = (ROOT / page).read_text(encoding="utf-8") if text is None else text
    whole = _OF_THE_PAGE.match(text)
    for found in _FENCE.finditer(text):
        own = _MARK.search(text[: found.start()])
        mark = own[1] if own else whole[1] if whole else ""
        yield Block(page, text.count("\n", 0, found.start()) + 1, found[1], found[2], mark)
