"""A run's own record: one JSON line an event, and progress for whoever watches."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tipr.errors import StorageError
from tipr.files import write_whole

LOG = "log.jsonl"


class RunLog:
    """Appends events to `log.jsonl`; after a resume, later events of the lost stretch are cut."""

    def __init__(self, folder: Path, *, from_step: int) -> None:
        self._path = folder / LOG
        if self._path.exists():
            kept = [event for event in read_log(folder) if event["step"] <= from_step]
            write_whole(self._path, "".join(_line(event) for event in kept).encode())

    def write(self, event: dict[str, Any]) -> None:
        """Append one event; it has at least `step` and `kind`."""
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(_line(event))
        except OSError as error:
            raise StorageError(f"{self._path}: could not be written ({error.strerror})") from None


@dataclass
class Meter:
    """Means of what was logged since the last line."""

    sums: dict[str, float] = field(default_factory=dict)
    steps: int = 0
    started: float = field(default_factory=time.perf_counter)

    def add(self, terms: Mapping[str, float]) -> None:
        """Enter one step's loss terms."""
        self.steps += 1
        for name, term in terms.items():
            self.sums[name] = self.sums.get(name, 0.0) + term

    def line(self, batch: int) -> dict[str, Any]:
        """What to log of steps of `batch` pairs each."""
        seconds = time.perf_counter() - self.started
        return {
            "losses": {name: total / self.steps for name, total in self.sums.items()},
            "samples_per_s": round(self.steps * batch / seconds, 1),
        }


def note(line: dict[str, Any], lr: float) -> str:
    """A meter's line for whoever watches."""
    losses = "  ".join(f"{name} {value:.3f}" for name, value in line["losses"].items() if value)
    return f"{line['samples_per_s']:.0f} samples/s  {losses}  lr {lr:.1e}"


def read_log(folder: Path) -> list[dict[str, Any]]:
    """All whole events of a run, in order; a line that a crash cut off or damaged is left out."""
    events: list[dict[str, Any]] = []
    for line in (folder / LOG).read_bytes().splitlines(keepends=True):
        event = _event(line) if line.endswith(b"\n") else None
        if event is not None:
            events.append(event)
    return events


@contextmanager
def progress_bar(console: Console) -> Iterator[Progress]:
    """A bar with count, samples a second, loss terms, learning rate and time left.

    On a terminal only; what it prints above itself is printed everywhere.
    """
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}"),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    ) as bar:
        yield bar


def _line(event: dict[str, Any]) -> str:
    return json.dumps(event, allow_nan=False) + "\n"


def _event(line: bytes) -> dict[str, Any] | None:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and "step" in event else None
