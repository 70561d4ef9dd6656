"""Lines and tables for people, printed as they are.

A file, a person's words or a camera may be called anything, so nothing in them is taken for
markup, or for the name of an emoji. rich is imported when something is printed: a verb that answers
in JSON does without.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def plain(*, stderr: bool = False) -> "Console":
    """A console for lines that are not broken, and tables."""
    from rich.console import Console

    return Console(stderr=stderr, soft_wrap=True, highlight=False, markup=False, emoji=False)


def say(line: str) -> None:
    """A line on standard error."""
    plain(stderr=True).print(line)
