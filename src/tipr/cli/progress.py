"""One progress bar for every long verb: count, rate, time left, on standard error.

Shown on a terminal only: a log file gets no half-drawn bars.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial


class Bar:
    """A bar as it is handed out: call it with (done, total), and it moves."""

    def __init__(self, update: Callable[..., None]) -> None:
        """Not for callers: use `progress`."""
        self._update = update

    def __call__(self, done: int, total: int) -> None:
        self._update(completed=done, total=total)

    def say(self, what: str) -> None:
        """Call the work something else from now on."""
        self._update(description=what)


@contextmanager
def progress(what: str) -> Iterator[Bar]:
    """A bar for one piece of work."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(f"{task.speed:.0f}/s" if task.speed else "", style="progress.data.speed")

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(),
        TimeRemainingColumn(),
    )
    hidden = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=hidden) as bar:
        task = bar.add_task(what, total=None)
        yield Bar(partial(bar.update, task))
