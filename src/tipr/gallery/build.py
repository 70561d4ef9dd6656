"""A folder and an encoder to a gallery: only what is new is encoded, a batch at a time.

Shape legend: N pictures of a batch, H and W the encoder's image size, C = 3, D its width.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from tipr.encoder.protocol import Encoder, Vectors
from tipr.errors import GalleryError, ModelError, PictureError
from tipr.gallery import index
from tipr.gallery.place import is_gallery
from tipr.gallery.records import Reading, Shot
from tipr.gallery.scan import Changes, File, compare, folder_of, look_at, scan
from tipr.gallery.store import Gallery
from tipr.inputs import image

Progress = Callable[[int, int], None]
Decoded = NDArray[np.uint8] | str
"""One picture's pixels (H, W, C), or why it could not be read."""

_READERS = 2
_BATCHES_AHEAD = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildReport:
    """What one `build` did, in pictures; `skipped` lists every unreadable file of the folder."""

    added: int
    changed: int
    removed: int
    unchanged: int
    skipped: list[tuple[Path, str]]
    seconds: float


def build(
    encoder: Encoder,
    folder: Path,
    gallery_path: Path,
    *,
    model: str,
    split: str | None = None,
    batch: int = 64,
    progress: Progress | None = None,
) -> BuildReport:
    """Bring the gallery up to date with the pictures in `folder` and below.

    New and changed pictures are encoded, vanished ones erased, unreadable ones listed and left
    alone until they change. With `split` the folder is a benchmark's and exactly the pictures of
    that split are indexed. Every batch is stored in one transaction: an interruption loses at
    most one batch, and the next call goes on. `model` is where the encoder was loaded from;
    `progress(done, total)` counts the pictures to read. A gallery may hold several folders.

    Raises:
        GalleryError: no picture found or none readable, or `gallery_path` holds something else.
        GalleryBusyError: another process is writing to the gallery.
        FingerprintError: the gallery was built with another model.
        DataError: the benchmark's annotations are not as they should be.
        StorageError: the disk is full; what was stored stays.
    """
    if batch < 1:
        raise ValueError(f"batch must be >= 1, found {batch}")
    start = perf_counter()
    root = folder_of(folder)
    files, unnameable = _nameable(_files(folder, split), root)
    gallery, made_here = _opened(encoder, gallery_path, model)
    finished = False
    try:
        added, changed, removed, unchanged = _update(
            gallery, encoder, root, files, batch, progress or _silent
        )
        skipped = [(entry.path, entry.reason) for entry in gallery.skipped(root)] + unnameable
        if all(known.reason for known in gallery.known(root).values()):
            raise GalleryError(_nothing_readable(folder, skipped))
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
        removed=removed,
        unchanged=unchanged,
        skipped=skipped,
        seconds=perf_counter() - start,
    )


def _files(folder: Path, split: str | None) -> list[File]:
    if split is None:
        return scan(folder, image.SUFFIXES)
    # Annotations are read only here: whoever indexes a plain folder never loads that part.
    from tipr.data.benchmarks import read_benchmark

    root = folder_of(folder)
    return look_at((picture.path for picture in read_benchmark(root, split).pictures), root)


def _nameable(files: Iterable[File], root: Path) -> tuple[list[File], list[tuple[Path, str]]]:
    """Set aside names that are no valid text; no database or JSON could hold them."""
    good: list[File] = []
    bad: list[tuple[Path, str]] = []
    for file in files:
        try:
            file.path.encode()
        except UnicodeEncodeError:
            shown = file.path.encode(errors="backslashreplace").decode()
            bad.append((root / shown, "the file name is not valid UTF-8; rename it"))
        else:
            good.append(file)
    return good, bad


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


def _update(
    gallery: Gallery,
    encoder: Encoder,
    root: Path,
    files: list[File],
    batch: int,
    progress: Progress,
) -> tuple[int, int, int, int]:
    """Do what has changed; returns how many pictures were (added, changed, removed, unchanged)."""
    known = gallery.known(root)
    skipped = {path for path, before in known.items() if before.reason is not None}
    changes = compare(files, {path: before.file for path, before in known.items()})
    if changes.gone or changes.changed:
        index.drop(gallery.path)  # it holds the vectors that are about to be erased
    if changes.gone:
        gallery.remove(root, changes.gone)
    added = changed = 0
    for done, vectors_ND, unreadable in _encoded(encoder, root, _to_read(changes), batch, progress):
        read = [
            Reading(file=file, shots=(Shot(vector=vector_D),))
            for file, vector_D in zip(done, vectors_ND, strict=True)
        ]
        unread = [Reading(file=file, reason=reason) for file, reason in unreadable]
        gallery.add(root, [*read, *unread])
        again = sum(file.path in known and file.path not in skipped for file in done)
        changed += again
        added += len(done) - again
    removed = sum(path not in skipped for path in changes.gone)
    left = {file.path for file in (*changes.new, *changes.changed)}
    unchanged = changes.unchanged - sum(
        file.path in skipped and file.path not in left for file in files
    )
    return added, changed, removed, unchanged


def _to_read(changes: Changes) -> list[File]:
    """In path order, so that a gallery does not depend on how often it was interrupted."""
    return sorted((*changes.new, *changes.changed), key=lambda file: file.path)


def _encoded(
    encoder: Encoder, root: Path, files: list[File], batch: int, progress: Progress
) -> Iterator[tuple[list[File], Vectors, list[tuple[File, str]]]]:
    """Per batch: the files read, their vectors (N, D), and the unreadable with the reason."""
    progress(0, len(files))
    done = 0
    for some, decoded in _decoded(root, files, encoder.image_size, batch):
        pairs = list(zip(some, decoded, strict=True))
        good = [(file, pixels) for file, pixels in pairs if not isinstance(pixels, str)]
        bad = [(file, why) for file, why in pairs if isinstance(why, str)]
        vectors_ND = np.empty((0, encoder.width), np.float32)
        if good:
            vectors_ND = encoder.encode_images(np.stack([pixels for _, pixels in good]))
        if not np.isfinite(vectors_ND).all():
            raise ModelError(
                "the model gives vectors that are not finite, so nothing could be found with "
                "them; take another model or --precision float32"
            )
        yield [file for file, _ in good], vectors_ND, bad
        done += len(some)
        progress(done, len(files))


def _decoded(
    root: Path, files: list[File], size: tuple[int, int], batch: int
) -> Iterator[tuple[list[File], list[Decoded]]]:
    """Batches of files with their pixels; the next batches are read while one is encoded."""
    pool = ThreadPoolExecutor(_READERS, thread_name_prefix="tipr-read")
    waiting: deque[tuple[list[File], list[Future[Decoded]]]] = deque()
    try:
        for start in range(0, len(files), batch):
            some = files[start : start + batch]
            waiting.append((some, [pool.submit(_decode, root, file, size) for file in some]))
            if len(waiting) > _BATCHES_AHEAD:
                yield _result(waiting)
        while waiting:
            yield _result(waiting)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _result(
    waiting: deque[tuple[list[File], list[Future[Decoded]]]],
) -> tuple[list[File], list[Decoded]]:
    some, futures = waiting.popleft()
    return some, [future.result() for future in futures]


def _decode(root: Path, file: File, size: tuple[int, int]) -> Decoded:
    try:
        return image.fit(image.read(root / file.path), size)
    except PictureError as error:
        return str(error).removeprefix(f"{root / file.path}: ")


def _nothing_readable(folder: Path, skipped: Sequence[tuple[Path, str]]) -> str:
    path, reason = skipped[0]
    return (
        f"{folder}: none of its {len(skipped)} pictures can be read; "
        f"the first, {path.name}: {reason}"
    )


def _silent(done: int, total: int) -> None: ...
