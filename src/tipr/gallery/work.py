"""Batches of pictures to readings with vectors; a batch is what is stored, or lost, at once.

A batch is encoded as one, because a model's sums differ in their last bit with the number of
pictures in them: whoever cuts the same files into the same batches gets the same gallery.

Shape legend: N pictures of people, D the encoder's width.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tipr.cores import cores
from tipr.encoder.protocol import Encoder, Vectors
from tipr.errors import ModelError
from tipr.gallery.records import Facts, Reading, Shot
from tipr.gallery.seeing import Seen, see
from tipr.gallery.sight import Eye, Sight
from tipr.gallery.source import Wanted

_AHEAD = 2  # batches that are read while one is encoded
_READERS = 16  # a picture may take 150 MB while it is read


@dataclass(frozen=True, slots=True)
class Batch:
    """Pictures, no videos, that are read and stored together; small, and can be pickled."""

    root: Path
    wanted: tuple[Wanted, ...]


Work = Callable[[Iterable[Batch]], Iterator[list[Reading]]]
"""Does batches: the n-th answer belongs to the n-th batch. May look some batches ahead."""


def read_batch(encoder: Encoder, eye: Eye, batch: Batch, at_once: int) -> list[Reading]:
    """A reading for each file of a batch, one file after the other; `at_once` as in `encoded`."""
    return encoded(encoder, _see_all(batch, eye), at_once)


def local(encoder: Encoder, eye: Eye, at_once: int) -> Work:
    """As `read_batch`, but on all cores: the next batches are read while one is encoded."""

    def work(batches: Iterable[Batch]) -> Iterator[list[Reading]]:
        pool = ThreadPoolExecutor(min(cores(), _READERS), thread_name_prefix="tipr-read")
        waiting: deque[list[Future[list[Seen]]]] = deque()

        def result() -> list[Reading]:
            seen = [one for future in waiting.popleft() for one in future.result()]
            return encoded(encoder, seen, at_once)

        try:
            for batch in batches:
                waiting.append([pool.submit(_see_all, part, eye) for part in _parts(batch)])
                if len(waiting) > _AHEAD:
                    yield result()
            while waiting:
                yield result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    return work


def encoded(encoder: Encoder, seen: Sequence[Seen], at_once: int) -> list[Reading]:
    """Readings of what was seen, in its order; the encoder gets at most `at_once` people a call.

    Raises:
        ModelError: the model gives vectors that are not finite.
    """
    sights = [sight for one in seen for sight in one.sights]
    vectors = iter(_vectors(encoder, sights, at_once))
    return [
        Reading(
            file=one.wanted.file,
            facts=one.wanted.facts,
            shots=tuple(_shot(sight, one.facts, next(vectors)) for sight in one.sights),
            reason=one.reason,
            done_ms=one.done_ms,
            more=one.more,
        )
        for one in seen
    ]


def vectors_of(encoder: Encoder, pixels: Sequence[np.ndarray]) -> Vectors:
    """(N, D) unit vectors of fitted pictures, encoded as one batch.

    Raises:
        ModelError: they are not finite.
    """
    vectors_ND = encoder.encode_images(np.stack(pixels))
    if not np.isfinite(vectors_ND).all():
        raise ModelError(
            "the model gives vectors that are not finite, so nothing could be found with "
            "them; take another model or --precision float32"
        )
    return vectors_ND


def _vectors(encoder: Encoder, sights: Sequence[Sight], at_once: int) -> Vectors:
    parts = [np.empty((0, encoder.width), np.float32)]
    for start in range(0, len(sights), at_once):
        some = sights[start : start + at_once]
        parts.append(vectors_of(encoder, [sight.pixels_HW3 for sight in some]))
    return np.concatenate(parts)


def _shot(sight: Sight, facts: Facts, vector: np.ndarray) -> Shot:
    return Shot(
        vector=vector,
        facts=facts.at(sight.frame_ms),
        part=sight.part,
        box=sight.box,
        frame_ms=sight.frame_ms,
        content=sight.content,
        look=sight.look,
        thumbnail=sight.thumbnail,
    )


def _see_all(batch: Batch, eye: Eye) -> list[Seen]:
    return [see(batch.root, one, eye) for one in batch.wanted]


def _parts(batch: Batch) -> Iterator[Batch]:
    """A few parts for each core: passing pictures on one by one costs as much as reading some."""
    size = max(1, len(batch.wanted) // (4 * cores()))
    for start in range(0, len(batch.wanted), size):
        yield Batch(batch.root, batch.wanted[start : start + size])
