"""Chosen pictures out of a gallery: a list of what is known of them, or a zip with the files."""

import csv
import hashlib
import io
import json
import os
import zipfile
from collections.abc import Sequence
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
            write_whole(place, _csv([_entry(item) for item in items]).encode())
        case ".jsonl":
            lines = (json.dumps(_entry(item), ensure_ascii=False) for item in items)
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
    with gallery.written(content=False) as db:
        rows.insert(
            db,
            "exports",
            id=rows.next_id(db, "exports"),
            made=wallclock.now_utc(),
            place=str(place.absolute()),
            pictures=len(items),
        )
    return gone


def _entry(item: Item) -> dict[str, Any]:
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


def _csv(entries: list[dict[str, Any]]) -> str:
    names = list(dict.fromkeys(name for entry in entries for name in entry))
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, names, restval="")
    writer.writeheader()
    for entry in entries:
        box = entry["box"]
        writer.writerow({**entry, "box": "" if box is None else " ".join(map(str, box))})
    return out.getvalue()


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
    thumbnails = gallery.thumbnails([item.id for item in items])
    draft = place.with_name(f".{place.name}.{os.getpid()}.part")
    entries: list[dict[str, Any]] = []
    names: dict[Path, tuple[str, str]] = {}
    try:
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_STORED) as archive:  # pictures are compressed
            for done, item in enumerate(items):
                progress(done, len(items))
                entry = {**_entry(item), "file": None, "sha256": None}
                if item.path not in names and item.path.is_file():
                    name = f"pictures/{item.id:08}{item.path.suffix}"
                    with item.path.open("rb") as source, archive.open(name, "w") as target:
                        names[item.path] = name, _copied(source, target)
                if item.path in names:
                    entry["file"], entry["sha256"] = names[item.path]
                if item.id in thumbnails:
                    entry["thumbnail"] = f"thumbnails/{item.id:08}.jpg"
                    archive.writestr(entry["thumbnail"], thumbnails[item.id])
                entries.append(entry)
            archive.writestr("list.csv", _csv(entries))
            archive.writestr("list.json", json.dumps(entries, ensure_ascii=False, indent=1))
            progress(len(items), len(items))
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
