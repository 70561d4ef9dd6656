"""Pictures and an encoder to a gallery: only what is new is read, a batch at a time."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from tipr.encoder.protocol import Encoder
from tipr.errors import GalleryError
from tipr.gallery import forget, index, method
from tipr.gallery.changes import Changes, compare
from tipr.gallery.pattern import Pattern
from tipr.gallery.place import is_gallery
from tipr.gallery.progress import Progress, silent
from tipr.gallery.reading import How, Search, portions
from tipr.gallery.records import Reading
from tipr.gallery.seeing import known_of
from tipr.gallery.source import Source, look_through
from tipr.gallery.store import Gallery
from tipr.gallery.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildReport:
    """What one `build` did, in files; `people` are the pictures of people it stored.

    `told` files were read before and got another camera, time or attributes. `skipped` lists
    every file, and row of a list, that cannot be read, or not to its end. `unmatched` paths do
    not fit the pattern, `videos` were left out for want of a detector, `kept_out` files were
    erased on purpose before.
    """

    added: int
    changed: int
    removed: int
    unchanged: int
    told: int
    people: int
    unmatched: int
    videos: int
    kept_out: int
    skipped: list[tuple[Path, str]]
    seconds: float


def build(
    encoder: Encoder,
    place: Path,
    gallery_path: Path,
    *,
    model: str,
    split: str | None = None,
    pattern: Pattern | None = None,
    find: Search | None = None,
    batch: int = 64,
    retry: bool = False,
    progress: Progress | None = None,
    skip: Callable[[Path, str], None] | None = None,
    work: Work | None = None,
) -> BuildReport:
    """Bring the gallery up to date with the pictures in the folder, or on the list, `place`.

    New and changed pictures are encoded, vanished ones erased, unreadable ones listed and left
    alone until they change (or with `retry`). With `split` the folder is a benchmark's and exactly
    the pictures of that split are indexed. Every batch is stored in one transaction: an
    interruption loses at most one batch, and the next call goes on, to the same bits as if nothing
    had happened. `model` is where the encoder was loaded from; `progress(done, total)` counts the
    pictures and frames to look at, `skip(path, reason)` is told at once of what cannot be read. A
    gallery may hold several folders.

    `work` reads and encodes batches of pictures elsewhere, as `tipr.gallery.work` does here; then
    only videos are encoded by `encoder`.

    Raises:
        ConfigError: a split of a list.
        GalleryError: no picture found or none readable, `gallery_path` holds something else, or
            the folder was indexed with another detector.
        GalleryBusyError: another process is writing to the gallery.
        FingerprintError: the gallery was built with another model.
        DataError: a list or a benchmark's annotations are not as they should be.
        ModelError: model or detector give what cannot be.
        StorageError: the disk is full; what was stored stays.
    """
    how = How.of(encoder.image_size, find, batch)
    start = perf_counter()
    source = look_through(place, split=split, pattern=pattern, videos=find is not None)
    gallery, made_here = _opened(encoder, gallery_path, model)
    finished = False
    try:
        before = gallery.known(source.root)
        readable = any(one.reason is None for one in before.values())
        method.require(gallery, source.root, how.method, known=readable)
        kept_out = forget.kept_out(gallery, source.root, [one.file for one in source.wanted])
        changes = compare(source, before, kept_out=kept_out, retry=retry)
        _prepare(gallery, source, changes)
        added = changed = people = 0
        for readings in portions(
            encoder,
            source.root,
            changes.read,
            how,
            begun=changes.begun,
            progress=progress or silent,
            work=work,
        ):
            gallery.add(source.root, readings)
            for one in readings:
                if one.reason is not None and skip is not None:
                    skip(source.root / one.file.path, one.reason)
            people += sum(len(reading.shots) for reading in readings)
            whole = [
                one.file.path for one in readings if one.reason is None and one.done_ms is None
            ]
            changed += sum(path in changes.again for path in whole)
            added += sum(path not in changes.again for path in whole)
        skipped = _skipped(gallery, source, place)
        index.load(gallery)
        finished = True
    finally:
        # Only a gallery that this very call has made, and that is still empty, goes away again.
        if made_here and not finished:
            gallery.discard()
        else:
            gallery.close()
    return BuildReport(
        added=added,
        changed=changed,
        removed=sum(before[path].reason is None for path in changes.gone),
        unchanged=changes.unchanged,
        told=len(changes.told),
        people=people,
        unmatched=source.unmatched,
        videos=source.videos,
        kept_out=len(kept_out),
        skipped=skipped,
        seconds=perf_counter() - start,
    )


def _opened(encoder: Encoder, path: Path, model: str) -> tuple[Gallery, bool]:
    """(the gallery, open for writing; whether it was made just now)."""
    if not is_gallery(path):
        made = Gallery.create(
            path,
            fingerprint=encoder.fingerprint,
            model=model,
            width=encoder.width,
            image_size=encoder.image_size,
        )
        return made, True
    gallery = Gallery.open(path, write=True)
    try:
        gallery.require_model(encoder.fingerprint)
        if gallery.meta.model != model:
            gallery.set_model(model)  # the same model, moved
    except BaseException:
        gallery.close()
        raise
    return gallery, False


def _prepare(gallery: Gallery, source: Source, changes: Changes) -> None:
    """Do whatever needs no reading of pixels."""
    if changes.gone or changes.replaced:
        index.drop(gallery.path)  # it holds the vectors that are about to be erased
    if changes.gone:
        gallery.remove(source.root, changes.gone)
    if changes.told:
        gallery.tell(
            source.root,
            (
                (one.file.path, one.facts, known_of(source.root / one.file.path, one))
                for one in changes.told
            ),
        )
    if changes.refused:
        gallery.add(
            source.root, [Reading(file=file, reason=reason) for file, reason in changes.refused]
        )


def _skipped(gallery: Gallery, source: Source, place: Path) -> list[tuple[Path, str]]:
    """What could not be read, with the reason.

    Raises:
        GalleryError: nothing could.
    """
    skipped = [(entry.path, entry.reason) for entry in gallery.skipped(source.root)]
    if skipped and all(known.reason for known in gallery.known(source.root).values()):
        path, reason = skipped[0]
        raise GalleryError(
            f"{place}: none of its {len(skipped)} pictures can be read; "
            f"the first, {path.name}: {reason}"
        )
    return skipped
