"""Score an encoder on a split: encode all of it, then rank in both directions.

Evaluation is search with known answers: it goes through the same `Encoder` and the same picture
door as a search does.

Shape legend: N pictures, M captions, D feature width.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from tipr.data.records import Split
from tipr.encoder.protocol import Encoder, Vectors
from tipr.errors import DataError
from tipr.inputs import image
from tipr.metrics import Scores, rank_features

Progress = Callable[[int, int], None]


class SplitVectors(NamedTuple):
    """Unit vectors of a split's pictures and captions, in the split's own order."""

    images_ND: Vectors
    captions_MD: Vectors


def evaluate(
    encoder: Encoder, split: Split, *, batch: int = 64, progress: Progress | None = None
) -> Scores:
    """Score text-to-image and image-to-text retrieval within the split.

    `progress(done, total)` counts pictures and captions encoded.

    Raises:
        DataError: the split has no pictures or no captions, or the vectors are not finite.
        PictureError: a picture cannot be read.
    """
    vectors = vectors_of(encoder, split, batch=batch, progress=progress)
    image_people = [picture.person for picture in split.pictures]
    caption_people = [split.person_of(caption) for caption in split.captions]
    images_ND, captions_MD = vectors
    return Scores(
        text_to_image=rank_features(captions_MD, images_ND, caption_people, image_people),
        image_to_text=rank_features(images_ND, captions_MD, image_people, caption_people),
        images=len(split.pictures),
        captions=len(split.captions),
        people=len(split.people),
    )


def vectors_of(
    encoder: Encoder, split: Split, *, batch: int = 64, progress: Progress | None = None
) -> SplitVectors:
    """Encode every picture and caption, `batch` at a time; pixels of one batch are in memory.

    Raises:
        DataError: the split has no pictures or no captions.
        PictureError: a picture cannot be read.
    """
    if batch < 1:
        raise ValueError(f"batch must be at least 1, found {batch}")
    pictures, captions = len(split.pictures), len(split.captions)
    if not pictures or not captions:
        raise DataError(
            f"split {split.name}: {pictures} pictures and {captions} captions; scores need both"
        )
    images_ND = np.empty((pictures, encoder.width), dtype=np.float32)
    captions_MD = np.empty((captions, encoder.width), dtype=np.float32)

    for start in range(0, pictures, batch):
        part = split.pictures[start : start + batch]
        pixels = np.stack([image.fit(image.read(one.path), encoder.image_size) for one in part])
        images_ND[start : start + batch] = encoder.encode_images(pixels)
        if progress:
            progress(start + len(part), pictures + captions)

    # Sentences of like length stand together, so an encoder that pads to the longest of a batch
    # has little to pad; the vectors go back to the split's order.
    by_length = sorted(range(captions), key=lambda index: len(split.captions[index].text))
    for start in range(0, captions, batch):
        rows = by_length[start : start + batch]
        captions_MD[rows] = encoder.encode_text([split.captions[row].text for row in rows])
        if progress:
            progress(pictures + start + len(rows), pictures + captions)
    return SplitVectors(images_ND, captions_MD)
