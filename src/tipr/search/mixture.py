"""The parts of a query to one vector: words, words to avoid, pictures, then feedback.

Cosines of a sentence with pictures and of a picture with pictures live on different scales (the
"modality gap" of Liang et al., NeurIPS 2022): in a plain sum whichever part spreads the gallery
more decides alone, and how much more it does is a property of the model. So each part's scores are
standardised over the gallery before they are weighed and added. As

    sum of w (q.v - mean) / deviation  =  (sum of w q / deviation).v  -  a constant,

that is the search with one vector, the sum of w q / deviation; the constant changes no order.

On drawn people, a picture for the trousers and words for the coat, weights equal, this gave an mAP
of 10.2 against 7.7 for the plain sum, and 10.1 against 9.9 where both showed one person. Feedback
is not standardised: there the plain formula was better, 11.0 against 10.6 (benchmarks/mixing.py).

Shape legend: Q queries, P parts of all queries, S pictures of a sample, D the encoder's width.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tipr.encoder.protocol import Encoder, Vectors
from tipr.gallery.reader import Reader
from tipr.search.rocchio import Doubles, rocchio, unit
from tipr.search.stored import vectors_of
from tipr.search.terms import Picture, Query

Scores = Callable[[Vectors], NDArray[np.float32]]
"""The scores (P, S) of vectors (P, D) with an even sample of the gallery."""


class Part(NamedTuple):
    """A unit vector and its weight, below zero for what is to be avoided."""

    vector_D: NDArray[np.float32]
    weight: float


def encoded(encoder: Encoder, queries: Sequence[Query]) -> list[list[Part]]:
    """The parts of each query; the model is asked once for the sentences of all, once for pictures.

    Raises:
        PictureError: a picture cannot be read.
    """
    sentences = [text for query in queries for text in query.sentences]
    pictures = [picture for query in queries for picture in query.pictures]
    of_text = iter(encoder.encode_text(sentences) if sentences else ())
    of_picture = iter(_seen(encoder, pictures) if pictures else ())
    found: list[list[Part]] = []
    for query in queries:
        own = [Part(next(of_text), words.weight) for words in query.texts]
        own += [Part(next(of_text), -words.weight) for words in query.avoid]
        own += [Part(next(of_picture), picture.weight) for picture in query.pictures]
        found.append(own)
    return found


def mixed(
    gallery: Reader, query: Query, parts: Sequence[Part], scores: Scores
) -> NDArray[np.float32]:
    """The unit vector (D,) of a query with these parts.

    Raises:
        QueryError: an example is not in the gallery, or the parts cancel out.
    """
    own_D = _summed(parts, scores)
    if query.like or query.unlike:
        own_D = rocchio(own_D, vectors_of(gallery, query.like), vectors_of(gallery, query.unlike))
    if own_D is None:
        raise ValueError("a query without any part; Query refuses it")
    return own_D.astype(np.float32)


def _seen(encoder: Encoder, pictures: Sequence[Picture]) -> Vectors:
    from tipr.inputs import image  # a search with words does without Pillow

    names = [f"picture {number} of the query" for number in range(1, len(pictures) + 1)]
    pixels = [
        image.fit(
            image.read(one.source, name=name if isinstance(one.source, bytes) else ""),
            encoder.image_size,
        )
        for one, name in zip(pictures, names, strict=True)
    ]
    return encoder.encode_images(np.stack(pixels))


def _summed(parts: Sequence[Part], scores: Scores) -> Doubles | None:
    """A single part is itself, to the last bit; several are standardised and added."""
    if not parts:
        return None
    if len(parts) == 1:
        return parts[0].vector_D.astype(np.float64)
    vectors_PD = np.stack([part.vector_D for part in parts]).astype(np.float64)
    weight_P = np.array([part.weight for part in parts])
    return unit((weight_P / _deviations(vectors_PD, scores)) @ vectors_PD)


def _deviations(vectors_PD: Doubles, scores: Scores) -> Doubles:
    """(P,) the standard deviations of scores over the gallery.

    Where all pictures score alike there is nothing to standardise by, nor anything to rank.
    """
    deviation_P = scores(vectors_PD.astype(np.float32)).std(axis=1, dtype=np.float64)
    return np.where(deviation_P > 1e-6, deviation_P, 1.0)
