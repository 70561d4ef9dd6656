"""The commands of the documents are run, page by page."""

import os
from collections.abc import Iterable
from pathlib import Path

import pytest
from tests.docs.blocks import PAGES, RUN, Block, blocks
from tests.docs.conftest import tipr
from typer.main import get_command

from tipr.cli import app

TRAINING = "TIPR_DOCS_TRAIN" in os.environ
"""`make docs-train` runs the pages that train, and these alone."""
EVERY = [block for page in PAGES for block in blocks(page)]


def pages(*, training: bool) -> list[str]:
    wanted = [block for block in EVERY if block.language in RUN and is_run(block, training)]
    every = dict.fromkeys(block.page for block in wanted)
    return [page for page in every if not training or any(b.trains for b in blocks(page))]


def is_run(block: Block, training: bool) -> bool:
    return not block.mark or bool(block.file) or (training and block.trains)


@pytest.mark.parametrize("page", pages(training=TRAINING))
def test_what_the_page_tells_to_type_works(page, here):
    here()
    run(block for block in blocks(page) if is_run(block, TRAINING))


def run(wanted: Iterable[Block]) -> None:
    """A page's programs share their names, as they would at one prompt."""
    names: dict[str, object] = {"__name__": "page"}
    for block in wanted:
        if block.file:
            Path(block.file).write_text(block.text, encoding="utf-8")
        elif block.language == "python":
            exec(compile("\n" * block.line + block.text, block.page, "exec"), names)
        elif block.language == "bash":
            for words in block.commands():
                assert words[0] == "tipr", f"{block.page}:{block.line}: mark it as not run"
                tipr(*words[1:])


NOT_RUN = [block for block in EVERY if block.mark and not block.file and block.language in RUN]
TYPED = [
    pytest.param(words[words.index("tipr") + 1 :], id=f"{block.page}:{block.line} {words[-1]}")
    for block in NOT_RUN
    if block.language == "bash"
    for words in block.commands()
    if "tipr" in words
]


@pytest.mark.parametrize("words", TYPED)
def test_what_is_not_run_is_at_least_understood(words):
    command, words = get_command(app), list(words)
    while hasattr(command, "commands"):
        verb = words.pop(0)
        command = command.commands[verb]  # pyright: ignore[reportAttributeAccessIssue]
    command.make_context(verb, words)  # wrong options and arguments raise


def test_programs_that_are_not_run_are_at_least_programs():
    for block in NOT_RUN:
        if block.language == "python":
            compile(block.text, block.page, "exec")


def test_no_command_hides_in_a_block_that_nobody_runs():
    hidden = [
        f"{block.page}:{block.line}"
        for block in EVERY
        if block.language not in RUN
        and any(line.startswith(("tipr ", "$ tipr ")) for line in block.text.splitlines())
    ]
    assert hidden == []


PAGE = """
<!-- not run: it never ends -->
```bash
tipr serve A \\
    --port 1   # a comment
```
<!-- make docs-train -->

```bash
tipr train small B
```
```
tipr
```
"""


def test_marks_are_read():
    first, second, third = blocks("p.md", PAGE)
    assert first.commands() == [["tipr", "serve", "A", "--port", "1"]]
    assert (first.line, first.mark) == (3, "not run: it never ends")
    assert second.trains
    assert (third.mark, third.language) == ("", "")


def test_a_mark_below_the_title_is_the_whole_pages():
    page = "# P\n\n<!-- not run: why -->\n\nWords.\n\n```bash\nx\n```\n"
    assert [block.mark for block in blocks("p.md", page + page[5:])] == ["not run: why"] * 2
