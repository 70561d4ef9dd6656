"""Chosen pictures out of a gallery: a list of what is known of them, or a zip with the files."""

import csv
import hashlib
import io
import json
import os
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any

from tipr import vectors
from tipr.errors import GalleryError, StorageError
from tipr.files import write_whole
from tipr.gallery import rows, wallclock
from tipr.gallery.progress import Progress, silent
from tipr.gallery.reader import Reader
from tipr.gallery.records import Item
from tipr.gallery.store import Gallery

Entry = dict[str, Any]
"""What is known of a picture, by the names of a table's columns."""

_BLOCK = 1 << 20


def export(
    gallery: Gallery, ids: Sequence[int], place: Path, *, progress: Progress | None = None
) -> list[int]:
    """Write pictures' entries to `place`; returns the ids whose picture is gone from the disk.

    The ending decides: `.csv` and `.jsonl` list what is known of each; `.npz` is a
    feature file (`tipr.vectors`) with the paths as ids; `.zip` has the original
    files (whole frames for pictures cut out of one, beside a thumbnail of the person if there is
    one) under `pictures/`, and the list with their SHA-256. The gallery, open for writing,
    remembers that a copy was made: an erasure cannot reach it.

    Raises:
        GalleryError: an id is not there, or the ending is none of these.
        StorageError: `place` cannot be written; what was there before is unharmed.
    """
    found = gallery.items(ids)
    if unknown := [number for number in ids if number not in found]:
        raise GalleryError(f"{gallery.path}: no picture has the id {unknown[0]}")
    items = [found[number] for number in ids]
    gone = [item.id for item in items if not item.path.is_file()]
    match place.suffix.lower():
        case ".csv":
            write_whole(place, as_csv([entry(item) for item in items]).encode())
        case ".jsonl":
            lines = (json.dumps(entry(item), ensure_ascii=False) for item in items)
            write_whole(place, "".join(f"{line}\n" for line in lines).encode())
        case ".npz":
            vectors.write(place, _features(gallery, items))
        case ".zip":
            _zip(gallery, items, place, progress or silent)
        case other:
            raise GalleryError(
                f"{place}: cannot tell what to write from the ending {other or '(none)'!r}; "
                f"expected .zip, .csv, .jsonl or .npz"
            )
    remember(gallery, str(place.absolute()), len(items))
    return gone


def remember(gallery: Gallery, place: str, pictures: int) -> None:
    """Note that a copy was made, which no erasure reaches.

    The gallery is open for writing or remarks.
    """
    with gallery.written(content=False) as db:
        rows.insert(
            db,
            "exports",
            id=rows.next_id(db, "exports"),
            made=wallclock.now_utc(),
            place=place,
            pictures=pictures,
        )


def entry(item: Item) -> Entry:
    """A picture's line in a list."""
    time = item.facts.time_ms
    return {
        "id": item.id,
        "path": str(item.path),
        "camera": item.facts.camera,
        "time": None if time is None else wallclock.as_text(time),
        "box": None if item.box is None else list(item.box),
        "frame_ms": item.frame_ms,
        **item.facts.attributes,
    }


def as_csv(entries: Sequence[Entry]) -> str:
    """Entries as a table; a column for each name that any of them has."""
    names = list(dict.fromkeys(name for one in entries for name in one))
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, names, restval="")
    writer.writeheader()
    for one in entries:
        box = one["box"]
        writer.writerow({**one, "box": "" if box is None else " ".join(map(str, box))})
    return out.getvalue()


def sha256(path: Path) -> str | None:
    """The digest of a file's bytes; None if it is gone."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return None


def pack(
    target: Path | IO[bytes],
    gallery: Reader,
    items: Sequence[Item],
    *,
    tell: Callable[[Item], Entry] = entry,
    progress: Progress = silent,
) -> None:
    """Write pictures' files, thumbnails and lists of what `tell` says of each as a zip."""
    thumbnails = gallery.thumbnails([item.id for item in items])
    entries: list[Entry] = []
    names: dict[Path, tuple[str, str]] = {}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:  # pictures are compressed
        for done, item in enumerate(items):
            progress(done, len(items))
            told = {**tell(item), "file": None, "sha256": None}
            if item.path not in names and item.path.is_file():
                name = f"pictures/{item.id:08}{item.path.suffix}"
                with item.path.open("rb") as source, archive.open(name, "w") as copy:
                    names[item.path] = name, _copied(source, copy)
            if item.path in names:
                told["file"], told["sha256"] = names[item.path]
            if item.id in thumbnails:
                told["thumbnail"] = f"thumbnails/{item.id:08}.jpg"
                archive.writestr(told["thumbnail"], thumbnails[item.id])
            entries.append(told)
        archive.writestr("list.csv", as_csv(entries))
        archive.writestr("list.json", json.dumps(entries, ensure_ascii=False, indent=1))
        progress(len(items), len(items))


def _features(gallery: Reader, items: Sequence[Item]) -> vectors.Features:
    meta = gallery.meta
    return vectors.Features(
        vectors_ND=gallery.vectors_of([item.id for item in items]),
        ids=tuple(str(item.path) for item in items),
        model=meta.fingerprint,
        image_size=meta.image_size,
    )


def _zip(gallery: Reader, items: Sequence[Item], place: Path, progress: Progress) -> None:
    if place.is_dir():
        raise StorageError(f"{place}: this is a folder; give the name of a zip file in it")
    draft = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        pack(draft, gallery, items, progress=progress)
        draft.replace(place)
    except OSError as error:
        raise StorageError(
            f"{place}: cannot be written ({error.strerror or error}); free some space or choose "
            f"another place. What was there before is unharmed"
        ) from error
    finally:
        draft.unlink(missing_ok=True)


def _copied(source: IO[bytes], target: IO[bytes]) -> str:
    """Copy; returns the SHA-256 of what was copied."""
    digest = hashlib.sha256()
    while block := source.read(_BLOCK):
        digest.update(block)
        target.write(block)
    return digest.hexdigest()
