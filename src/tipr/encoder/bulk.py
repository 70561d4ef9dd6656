"""Any number of pictures or sentences through an encoder, a batch at a time.

Shape legend: N pictures or sentences, D embedding.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from tipr.encoder.protocol import Encoder, Vectors
from tipr.errors import PictureError
from tipr.inputs import image

Progress = Callable[[int, int], None]


def encode_pictures(
    encoder: Encoder,
    paths: Sequence[Path],
    *,
    batch: int = 64,
    progress: Progress | None = None,
    skip: Callable[[int, PictureError], None] | None = None,
) -> Vectors:
    """(N, D) unit vectors of picture files, in their order; pixels of one batch are in memory.

    With `skip(number, error)`, which is told of each picture that cannot be read, those are left
    out. `progress(done, total)` counts pictures.

    Raises:
        PictureError: a picture cannot be read, and there is no `skip`.
    """
    _require(batch)
    parts = [np.empty((0, encoder.width), np.float32)]
    for start in range(0, len(paths), batch):
        part = paths[start : start + batch]
        pixels = []
        for number, path in enumerate(part, start=start):
            try:
                pixels.append(image.fit(image.read(path), encoder.image_size))
            except PictureError as error:
                if skip is None:
                    raise
                skip(number, error)
        if pixels:
            parts.append(encoder.encode_images(np.stack(pixels)))
        if progress:
            progress(start + len(part), len(paths))
    return np.concatenate(parts)


def encode_sentences(
    encoder: Encoder,
    sentences: Sequence[str],
    *,
    batch: int = 64,
    progress: Progress | None = None,
) -> Vectors:
    """(N, D) unit vectors of sentences, in their order. `progress(done, total)` counts them."""
    _require(batch)
    vectors_ND = np.empty((len(sentences), encoder.width), np.float32)
    # Sentences of like length stand together, so an encoder that pads to the longest of a batch
    # has little to pad; the vectors go back to their places.
    by_length = sorted(range(len(sentences)), key=lambda index: len(sentences[index]))
    for start in range(0, len(sentences), batch):
        rows = by_length[start : start + batch]
        vectors_ND[rows] = encoder.encode_text([sentences[row] for row in rows])
        if progress:
            progress(start + len(rows), len(sentences))
    return vectors_ND


def _require(batch: int) -> None:
    if batch < 1:
        raise ValueError(f"batch must be at least 1, found {batch}")
