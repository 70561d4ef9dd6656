"""A run's folder: what its files are called, and that one process at a time writes there."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from tipr.errors import TrainingError

SETTINGS, LOCK = "run.toml", "run.lock"


def require_free(folder: Path) -> None:
    """A new run needs a folder that is new or empty.

    Raises:
        TrainingError: it holds a run, or something else.
    """
    if (folder / SETTINGS).exists():
        raise TrainingError(
            f"{folder} already holds a run; continue it with `tipr resume {folder}` "
            "or choose another folder"
        )
    if folder.exists() and (not folder.is_dir() or any(set(folder.iterdir()) - {folder / LOCK})):
        raise TrainingError(f"{folder} exists and is no run; choose a new or empty folder")


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep a second process from training the same run; the system lets go of a killed one.

    Raises:
        TrainingError: another process is at it.
    """
    lock = filelock.FileLock(folder / LOCK, timeout=0, thread_local=False)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise TrainingError(f"{folder}: another process is training this run") from None
    try:
        for draft in folder.glob(".*.part"):  # what a killed process was writing
            draft.unlink(missing_ok=True)
        yield
    finally:
        lock.release()
