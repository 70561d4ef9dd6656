"""A folder to the picture files in it."""

import os
import stat
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

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


def scan(folder: Path, suffixes: Collection[str]) -> list[File]:
    """All files under `folder` with one of the lower-case `suffixes` (".jpg"), sorted by path.

    Hidden files and folders (a leading dot) are left out. Links are followed, but every folder
    is read once, however many links lead to it; a real folder goes before a link to it.

    Raises:
        GalleryError: the folder is missing, no folder, not readable, or holds no picture.
    """
    root = folder_of(folder)
    cut = len(os.path.join(root, ""))  # noqa: PTH118 - the root of a file system ends in a slash
    found: list[File] = []
    for entry in _walk(root):
        if os.path.splitext(entry.name)[1].lower() in suffixes:  # noqa: PTH122 - it is text
            status = stat_of(entry)
            # No pipe or device, which one could wait for endlessly; a dangling link is named.
            if status is None or stat.S_ISREG(status.st_mode):
                found.append(file_of(entry.path[cut:].replace(os.sep, "/"), status))
    if not found:
        raise GalleryError(
            f"{folder}: no pictures found in this folder or below; "
            f"expected files ending in {', '.join(sorted(suffixes))}"
        )
    return sorted(found, key=lambda file: file.path)


def folder_of(folder: Path) -> Path:
    """The folder's real, absolute path, by which a gallery remembers it.

    Raises:
        GalleryError: it is missing or no folder.
    """
    if not folder.is_dir():
        what = "not a folder" if folder.exists() else "no such folder"
        raise GalleryError(f"{folder}: {what}; give the folder that holds the pictures")
    return folder.resolve()


def name_in(root: Path, path: Path) -> str:
    """How a file is called in a gallery: relative to its folder, absolute outside of it."""
    return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()


def stat_of(path: Path | os.DirEntry[str]) -> os.stat_result | None:
    """What the system says of a file, links followed; None if it cannot be looked at."""
    try:
        return os.stat(path)  # noqa: PTH116 - one call for size and time
    except (OSError, ValueError):  # ValueError: a zero byte in the name
        return None


def file_of(name: str, found: os.stat_result | None) -> File:
    """The file as `stat_of` found it."""
    return File(name, -1, -1) if found is None else File(name, found.st_size, found.st_mtime_ns)


def _walk(root: Path) -> Iterator[os.DirEntry[str]]:
    """Every entry below `root` that is no folder, hidden ones left out."""
    seen: set[str] = set()
    links: list[str] = []
    waiting = [str(root)]
    while waiting or links:
        # Links wait until all real folders are read: a link that comes or goes beside its
        # target must not rename the pictures in it.
        folder = waiting.pop() if waiting else links.pop()
        real = os.path.realpath(folder)
        if real in seen:
            continue
        seen.add(real)
        for entry in _listed(folder):
            if not _is_folder(entry):
                yield entry
            elif entry.is_symlink():
                links.append(entry.path)
            else:
                waiting.append(entry.path)
        links.sort(reverse=True)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads in a circle or nowhere one may go
        return False


def _listed(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return [entry for entry in entries if not entry.name.startswith(".")]
    except OSError as error:
        # To go on would take every picture in there for deleted.
        raise GalleryError(
            f"{folder}: this folder cannot be read ({error.strerror}); "
            f"make it readable or move it elsewhere"
        ) from error
