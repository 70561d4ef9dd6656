"""How long work on a gallery says how far it is."""

from collections.abc import Callable

Progress = Callable[[int, int], None]
"""(done, total), called now and then."""


def silent(done: int, total: int) -> None:
    """For callers who do not want to know."""
