"""Write a file whole or not at all."""

import contextlib
import os
from pathlib import Path

from tipr.errors import StorageError


def write_whole(path: Path, content: bytes) -> None:
    """Replace the file as one act: a reader, or a crash, sees the old content or the new.

    Raises:
        StorageError: the disk is full or the place not writable; the old file is untouched.
    """
    if path.is_dir():
        raise StorageError(
            f"{path}: cannot be written, this is a folder; give the name of a file in it"
        )
    # Beside its target: only within one file system is a rename whole.
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException as error:
        with contextlib.suppress(OSError):  # the first error is the one to tell
            draft.unlink(missing_ok=True)
        if not isinstance(error, OSError):
            raise
        raise StorageError(
            f"{path}: cannot be written ({error.strerror or error}); free some space or "
            "choose another place. What was there before is unharmed"
        ) from error
