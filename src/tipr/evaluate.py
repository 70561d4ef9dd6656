"""Score an encoder, or vectors made elsewhere, on a split: rank in both directions.

Evaluation is search with known answers: it goes through the same `Encoder` and the same picture
door as a search does.

Shape legend: N pictures, M captions, D feature width.
"""

from collections.abc import Callable
from typing import NamedTuple

from tipr.data.ids import rows_of_captions, rows_of_pictures
from tipr.data.layout import Source
from tipr.data.records import Split
from tipr.encoder.bulk import encode_pictures, encode_sentences
from tipr.encoder.protocol import Encoder, Vectors
from tipr.errors import DataError
from tipr.metrics import People, Scores, rank_blocks, rank_features
from tipr.rerank import Rerank, Reranker
from tipr.vectors import Features

Progress = Callable[[int, int], None]


class SplitVectors(NamedTuple):
    """Unit vectors of a split's pictures and captions, in the split's own order."""

    images_ND: Vectors
    captions_MD: Vectors


def evaluate(
    encoder: Encoder,
    split: Split,
    *,
    batch: int = 64,
    progress: Progress | None = None,
    rerank: Rerank | None = None,
) -> Scores:
    """Score text-to-image and image-to-text retrieval within the split.

    `progress(done, total)` counts pictures and captions encoded; `rerank` as in `score`.

    Raises:
        DataError: the split has no pictures or no captions, or the vectors are not finite.
        PictureError: a picture cannot be read.
    """
    vectors = vectors_of(encoder, split, batch=batch, progress=progress)
    return score(vectors, *people_of(split), rerank=rerank)


def evaluate_features(
    images: Features,
    captions: Features,
    *,
    source: Source | None = None,
    split: Split | None = None,
    rerank: Rerank | None = None,
) -> Scores:
    """Score the vectors of two feature files, whatever made them.

    Who is who is told by the files' `people`, or, where a split and its `source` are given, by
    the ids: exactly the pictures and captions of the split are then scored, in any order.

    Raises:
        DataError: the files are not of one space, do not say who is who, or lack something of
            the split.
    """
    _require_one_space(images, captions)
    if source is None or split is None:
        told = [_told(images.people, "pictures"), _told(captions.people, "captions")]
        return score(SplitVectors(images.vectors_ND, captions.vectors_ND), *told, rerank=rerank)
    image_rows = rows_of_pictures(split, _named(images.ids, "pictures"), source)
    caption_rows = rows_of_captions(split, _named(captions.ids, "captions"))
    vectors = SplitVectors(images.vectors_ND[image_rows], captions.vectors_ND[caption_rows])
    return score(vectors, *people_of(split), rerank=rerank)


def score(
    vectors: SplitVectors,
    image_people: People,
    caption_people: People,
    *,
    rerank: Rerank | None = None,
) -> Scores:
    """Rank unit vectors in both directions; `people` counts those of the pictures.

    With `rerank` the pictures found for a caption are re-ranked (see tipr.rerank); the captions
    found for a picture are not.

    Raises:
        DataError: see `rank_features`.
    """
    images_ND, captions_MD = vectors
    by_text = rank_features(captions_MD, images_ND, caption_people, image_people)
    if rerank is not None:  # the plain ranking has found all vectors finite
        again = Reranker(images_ND, rerank)
        by_text = rank_blocks(
            lambda rows: again.similarity(captions_MD[rows]), caption_people, image_people
        )
    return Scores(
        text_to_image=by_text,
        image_to_text=rank_features(images_ND, captions_MD, image_people, caption_people),
        images=len(images_ND),
        captions=len(captions_MD),
        people=len(set(image_people)),
        rerank=rerank.as_json() if rerank else None,
    )


def people_of(split: Split) -> tuple[list[str], list[str]]:
    """The person of every picture, and of every caption."""
    pictures = [picture.person for picture in split.pictures]
    return pictures, [split.person_of(caption) for caption in split.captions]


def vectors_of(
    encoder: Encoder, split: Split, *, batch: int = 64, progress: Progress | None = None
) -> SplitVectors:
    """Encode every picture and caption, `batch` at a time; pixels of one batch are in memory.

    Raises:
        DataError: the split has no pictures or no captions.
        PictureError: a picture cannot be read.
    """
    pictures, captions = len(split.pictures), len(split.captions)
    if not pictures or not captions:
        raise DataError(
            f"split {split.name}: {pictures} pictures and {captions} captions; scores need both"
        )

    total = pictures + captions
    paths = [picture.path for picture in split.pictures]
    texts = [caption.text for caption in split.captions]
    return SplitVectors(
        encode_pictures(encoder, paths, batch=batch, progress=_part(progress, 0, total)),
        encode_sentences(encoder, texts, batch=batch, progress=_part(progress, pictures, total)),
    )


def _part(progress: Progress | None, before: int, total: int) -> Progress | None:
    """Progress for a part of the work, of which `before` is done."""
    return None if progress is None else lambda done, _: progress(before + done, total)


def _require_one_space(images: Features, captions: Features) -> None:
    widths = images.vectors_ND.shape[1], captions.vectors_ND.shape[1]
    if widths[0] != widths[1]:
        raise DataError(
            f"the pictures' vectors have {widths[0]} numbers, the captions' {widths[1]}; both "
            "must come from one model"
        )
    if None not in (images.model, captions.model) and images.model != captions.model:
        raise DataError(
            "pictures and captions were encoded by different models (their fingerprints differ); "
            "encode both with one"
        )


def _told(people: tuple[str, ...] | None, what: str) -> tuple[str, ...]:
    if people is None:
        raise DataError(
            f"the {what}' feature file has no array 'people', so right and wrong cannot be told; "
            "name the benchmark with --data DIR --split NAME, or add that array"
        )
    return people


def _named(ids: tuple[str, ...] | None, what: str) -> tuple[str, ...]:
    if ids is None:
        raise DataError(
            f"the {what}' feature file has no array 'ids' to find the split's {what} by; add it, "
            "or add 'people' and leave --data out"
        )
    return ids
