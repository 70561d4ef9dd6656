"""Whether a folder is a gallery or may become one, and who may write to it."""

import os
from pathlib import Path

import filelock

from tipr.errors import GalleryBusyError, GalleryError, StorageError

DATABASE = "gallery.sqlite"
LOCK = "writer.lock"
OURS = frozenset({LOCK, DATABASE, *(f"{DATABASE}{end}" for end in ("-wal", "-shm", "-journal"))})


def is_gallery(path: Path) -> bool:
    """Whether there is something at `path` that claims to be a gallery."""
    file = path / DATABASE
    return file.is_file() and file.stat().st_size > 0


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


def lock(path: Path) -> filelock.BaseFileLock:
    """Become the gallery's one writer; the system ends that even if the process is killed.

    Raises:
        GalleryBusyError: another process is writing, found out at once without waiting.
        StorageError: the folder cannot be written.
    """
    writer = filelock.FileLock(path / LOCK, timeout=0, thread_local=False)
    try:
        writer.acquire()
    except filelock.Timeout as error:
        raise GalleryBusyError(
            f"{path}: another process is writing to this gallery; wait until it is done"
        ) from error
    except OSError as error:
        raise StorageError(
            f"{path}: cannot be written ({error.strerror}); check the permissions"
        ) from error
    return writer
