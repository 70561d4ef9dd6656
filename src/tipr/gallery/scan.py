"""A folder to the picture files in it, and what changed among them since last time."""

import os
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath

from tipr.errors import GalleryError


@dataclass(frozen=True, slots=True)
class File:
    """A picture file as it lies on the disk.

    `path` is relative to the scanned folder with forward slashes (absolute for a file outside
    it); `size` is in bytes. A file that cannot be looked at (a dangling link, a name in an
    annotation file without a picture) has size and mtime_ns -1.
    """

    path: str
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Changes:
    """What an index must do: `new` and `changed` are to be read, `gone` paths to be removed."""

    new: tuple[File, ...]
    changed: tuple[File, ...]
    gone: tuple[str, ...]
    unchanged: int


def scan(folder: Path, suffixes: Collection[str]) -> list[File]:
    """All files under `folder` with one of the lower-case `suffixes` (".jpg"), sorted by path.

    Hidden files and folders (a leading dot) are left out. Links are followed, but every folder
    is read once, however many links lead to it; a real folder goes before a link to it.

    Raises:
        GalleryError: the folder is missing, no folder, not readable, or holds no picture.
    """
    root = folder_of(folder)
    found = [
        _look_at(path, path.relative_to(root))
        for path in _walk(root)
        if path.suffix.lower() in suffixes and _is_ordinary(path)
    ]
    if not found:
        raise GalleryError(
            f"{folder}: no pictures found in this folder or below; "
            f"expected files ending in {', '.join(sorted(suffixes))}"
        )
    return sorted(found, key=lambda file: file.path)


def look_at(paths: Iterable[Path], folder: Path) -> list[File]:
    """The given picture files, each once and in the given order, seen from `folder`.

    Raises:
        GalleryError: the folder is missing or no folder.
    """
    root = folder_of(folder)
    return [
        _look_at(path, path.relative_to(root) if path.is_relative_to(root) else path)
        for path in dict.fromkeys(paths)
    ]


def folder_of(folder: Path) -> Path:
    """The folder's real, absolute path, by which a gallery remembers it.

    Raises:
        GalleryError: it is missing or no folder.
    """
    if not folder.is_dir():
        what = "not a folder" if folder.exists() else "no such folder"
        raise GalleryError(f"{folder}: {what}; give the folder that holds the pictures")
    return folder.resolve()


def compare(now: Iterable[File], before: Mapping[str, File]) -> Changes:
    """Tell new, changed and vanished files apart by path, size and modification time.

    `before` holds what was indexed or skipped last time, by path.
    """
    now = list(now)
    present = {file.path for file in now}
    changed = tuple(file for file in now if before.get(file.path, file) != file)
    new = tuple(file for file in now if file.path not in before)
    return Changes(
        new=new,
        changed=changed,
        gone=tuple(path for path in before if path not in present),
        unchanged=len(now) - len(new) - len(changed),
    )


def _walk(root: Path) -> Iterator[Path]:
    """Every path below `root` that is no folder, hidden ones left out."""
    seen: set[Path] = set()
    links: list[Path] = []
    waiting = [root]
    while waiting or links:
        # Links wait until all real folders are read: a link that comes or goes beside its
        # target must not rename the pictures in it.
        folder = waiting.pop() if waiting else links.pop()
        real = folder.resolve()
        if real in seen:
            continue
        seen.add(real)
        for path in _listed(folder):
            if not path.is_dir():
                yield path
            elif path.is_symlink():
                links.append(path)
            else:
                waiting.append(path)
        links.sort(reverse=True)


def _listed(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if not path.name.startswith(".")]
    except OSError as error:
        # To go on would take every picture in there for deleted.
        raise GalleryError(
            f"{folder}: this folder cannot be read ({error.strerror}); "
            f"make it readable or move it elsewhere"
        ) from error


def _is_ordinary(path: Path) -> bool:
    """No pipe or device, which one could wait for endlessly; a dangling link may be named."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return True


def _look_at(path: Path, relative: PurePath) -> File:
    try:
        found = os.stat(path)  # noqa: PTH116 - one call for size and time
    except OSError:
        return File(relative.as_posix(), -1, -1)
    return File(relative.as_posix(), found.st_size, found.st_mtime_ns)
