"""Whether a folder is a gallery or may become one, and who may write to it."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from tipr.errors import GalleryBusyError, GalleryError, StorageError

if TYPE_CHECKING:
    import filelock

DATABASE = "gallery.sqlite"
LOCK = "writer.lock"
REMARKS = "remarks.lock"
OURS = frozenset(
    {LOCK, REMARKS, DATABASE, *(f"{DATABASE}{end}" for end in ("-wal", "-shm", "-journal"))}
)
_PATIENCE_S, _POLL_S = 10.0, 0.01


def is_gallery(path: Path) -> bool:
    """Whether there is something at `path` that claims to be a gallery."""
    file = path / DATABASE
    return file.is_file() and file.stat().st_size > 0


def require_gallery(path: Path) -> None:
    """Make sure that there is a gallery at `path`.

    Raises:
        GalleryError: there is none.
    """
    if not is_gallery(path):
        what = "no gallery in this folder" if path.is_dir() else "no such gallery"
        raise GalleryError(f"{path}: {what}; make one with 'tipr index MODEL FOLDER {path}'")


def require_free(path: Path) -> None:
    """Make sure that a gallery at `path` would overwrite nothing.

    Raises:
        GalleryError: there is a file, a gallery, or a folder with something else in it.
    """
    if is_gallery(path):
        raise GalleryError(f"{path}: there is a gallery already; open it instead")
    if path.is_dir():
        # An empty database and a lock are what a killed 'tipr index' leaves behind.
        foreign = sorted(set(os.listdir(path)) - OURS)  # noqa: PTH208 - names are wanted
        if foreign:
            raise GalleryError(
                f"{path}: this folder is no gallery and holds other things ({foreign[0]}); "
                f"give a new or empty folder for the gallery"
            )
    elif path.exists():
        raise GalleryError(f"{path}: this is a file; give a new folder for the gallery")


def lock(path: Path) -> "filelock.BaseFileLock":
    """Become the gallery's one writer; the system ends that even if the process is killed.

    Raises:
        GalleryBusyError: another process is writing, found out at once without waiting.
        StorageError: the folder cannot be written.
    """
    return _acquired(path, LOCK, "another process is writing to this gallery", wait_s=0)


def lock_remarks(path: Path) -> "filelock.BaseFileLock":
    """Become the one who leaves remarks (`Gallery.open_for_remarks`); waits for whoever does now.

    Raises:
        GalleryBusyError: another process does for longer than a remark takes.
        StorageError: the folder cannot be written.
    """
    return _acquired(path, REMARKS, "this gallery takes no remarks now", wait_s=_PATIENCE_S)


def _acquired(path: Path, name: str, busy: str, *, wait_s: float) -> "filelock.BaseFileLock":
    import filelock  # readers, who are many and start often, do without

    found = filelock.FileLock(path / name, timeout=wait_s, thread_local=False)
    try:
        found.acquire(poll_interval=_POLL_S)
    except filelock.Timeout as error:
        raise GalleryBusyError(f"{path}: {busy}; wait until it is done") from error
    except OSError as error:
        raise StorageError(
            f"{path}: cannot be written ({error.strerror}); check the permissions"
        ) from error
    return found
