"""Every picture of a gallery encoded anew by another model, which then takes the old one's place.

The old model answers until the last moment; an interruption loses one batch at most.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from tipr.encoder.protocol import Encoder
from tipr.gallery import change_over, index
from tipr.gallery.again import Again
from tipr.gallery.progress import Progress, silent
from tipr.gallery.store import Gallery
from tipr.gallery.work import vectors_of


@dataclass(frozen=True, slots=True)
class Missing:
    """A picture that the new model cannot be shown, because its file is not to be read."""

    id: int
    path: Path
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildReport:
    """What one `rebuild` did: pictures `encoded` now, and before (`kept`).

    With any `missing` the old model is still the one that is searched with (`switched` False),
    unless they were `dropped`.
    """

    encoded: int
    kept: int
    missing: list[Missing]
    dropped: bool
    switched: bool
    seconds: float


def rebuild(
    encoder: Encoder,
    path: Path,
    *,
    model: str,
    batch: int = 64,
    drop_missing: bool = False,
    progress: Progress | None = None,
) -> RebuildReport:
    """Change the gallery over to another model, of which `model` says where it was loaded from.

    Pictures are read again from their files: a whole picture, or a box of a picture or a frame
    (no detector is needed). Those whose file is gone, changed or broken keep the gallery from
    switching; with `drop_missing` they are erased from it instead. The same call again goes on
    where one was interrupted; another model begins anew. `progress(done, total)` counts pictures.

    Raises:
        GalleryError: there is no gallery, or it is damaged.
        GalleryBusyError: another process is writing to it.
        ModelError: the model gives vectors that are not finite.
        DependencyError: there are people from videos, and PyAV is not installed.
        StorageError: the disk is full; what was stored stays.
    """
    if batch < 1:
        raise ValueError(f"batch must be >= 1, found {batch}")
    start, progress = perf_counter(), progress or silent
    with Gallery.open(path, write=True) as gallery:
        number = change_over.prepare(
            gallery,
            fingerprint=encoder.fingerprint,
            model=model,
            width=encoder.width,
            image_size=encoder.image_size,
        )
        batches, kept = _batches(gallery, number, batch)
        total = sum(map(len, batches))
        missing: list[Missing] = []
        progress(0, total)
        with Again(encoder.image_size) as again:
            done = 0
            for ids in batches:
                missing += _encode(gallery, number, encoder, again, ids)
                done += len(ids)
                progress(done, total)
        if missing and drop_missing:
            _drop(gallery, [one.id for one in missing])
        switched = not missing or drop_missing
        if switched:
            change_over.switch(gallery, number)
            gallery.set_model(model)
            index.load(gallery)
    return RebuildReport(
        encoded=total - len(missing),
        kept=kept,
        missing=missing,
        dropped=bool(missing) and drop_missing,
        switched=switched,
        seconds=perf_counter() - start,
    )


def _batches(gallery: Gallery, model: int, size: int) -> tuple[list[list[int]], int]:
    """(ids that the model has not encoded, in batches; how many it has).

    A batch is cut from all ids, not from those left: so it holds the same pictures, and gives the
    same bits, however often the work was interrupted. Only what a stored batch could not read,
    and what has come since, is put together anew.
    """
    ids = gallery.ids("1").tolist()
    left = set(change_over.missing(gallery, model))
    whole: list[list[int]] = []
    rest: list[int] = []
    for start in range(0, len(ids), size):
        some = ids[start : start + size]
        if left.issuperset(some):
            whole.append(some)
        else:
            rest += [one for one in some if one in left]
    again = [rest[start : start + size] for start in range(0, len(rest), size)]
    return [*whole, *again], len(ids) - len(left)


def _encode(
    gallery: Gallery, model: int, encoder: Encoder, again: Again, ids: Sequence[int]
) -> list[Missing]:
    """Store the vectors of one batch; returns the pictures that cannot be read."""
    found = gallery.items(ids)
    items = [found[number] for number in ids]
    fitted = again.read(items)
    good = [
        (item.id, pixels)
        for item, pixels in zip(items, fitted, strict=True)
        if not isinstance(pixels, str)
    ]
    if good:
        vectors_ND = vectors_of(encoder, [pixels for _, pixels in good])
        change_over.add_vectors(gallery, model, [number for number, _ in good], vectors_ND)
    return [
        Missing(item.id, item.path, reason)
        for item, reason in zip(items, fitted, strict=True)
        if isinstance(reason, str)
    ]


def _drop(gallery: Gallery, ids: Sequence[int]) -> None:
    """Erase pictures; a file of which none is left counts as new when its folder is indexed."""
    index.drop(gallery.path)  # it holds the vectors that are about to be erased
    with gallery.written() as db:
        files = {db.execute("SELECT file FROM items WHERE id = ?", [one]).fetchone() for one in ids}
        db.executemany("DELETE FROM items WHERE id = ?", [(one,) for one in ids])
        db.executemany(
            "DELETE FROM files WHERE id = ? AND NOT EXISTS "
            "(SELECT 1 FROM items WHERE file = files.id)",
            list(files),
        )
