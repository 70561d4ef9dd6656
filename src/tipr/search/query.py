"""A sentence to the pictures of a gallery that fit it best.

Shape legend: Q sentences, D the encoder's width.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tipr.encoder.protocol import Encoder
from tipr.errors import GalleryError, QueryError
from tipr.gallery import index as indexes
from tipr.gallery.index import Index
from tipr.gallery.store import Gallery

MAX_CHARACTERS = 2000


@dataclass(frozen=True, slots=True)
class Hit:
    """A picture that was found.

    `rank` counts from 1; `score` is the cosine similarity of sentence and picture, from -1 to 1,
    and no probability; `path` is absolute; `id` is the picture's in its gallery.
    """

    rank: int
    score: float
    path: Path
    id: int


def search(
    gallery: Gallery, encoder: Encoder, sentence: str, k: int = 10, *, index: Index | None = None
) -> list[Hit]:
    """The k pictures that fit the sentence best, best first; equal scores keep gallery order.

    All pictures if there are fewer than k. What the model cannot read of the sentence is not
    searched for: ask `cut_off`. Someone who searches often hands in the `index` made by
    `tipr.gallery.index.load`; it is made anew if the gallery has changed since.

    Raises:
        QueryError: the sentence is blank or too long, or k < 1.
        GalleryError: the gallery is empty or damaged.
        FingerprintError: the gallery was built with another model.
    """
    return search_many(gallery, encoder, [sentence], k, index=index)[0]


def search_many(
    gallery: Gallery,
    encoder: Encoder,
    sentences: Sequence[str],
    k: int = 10,
    *,
    index: Index | None = None,
) -> list[list[Hit]]:
    """As `search`, for several sentences at once: one list of hits for each."""
    sentences = [check(sentence, k) for sentence in sentences]
    require_pictures(gallery)
    gallery.require_model(encoder.fingerprint)
    queries_QD = encoder.encode_text(sentences)
    with gallery.snapshot():  # index and paths of one state, whatever a writer does meanwhile
        if index is None or index.generation != gallery.generation:
            index = indexes.load(gallery)
        found = index.search(queries_QD, k)
        items = gallery.items([int(number) for ids, _ in found for number in ids])
    return [
        [
            Hit(rank, float(score), items[int(number)].path, int(number))
            for rank, (number, score) in enumerate(zip(ids, scores, strict=True), start=1)
        ]
        for ids, scores in found
    ]


def check(sentence: str, k: int = 1) -> str:
    """The sentence without blanks around it.

    Raises:
        QueryError: it is blank, too long or no valid text, or k < 1.
    """
    if k < 1:
        raise QueryError(f"the number of hits must be at least 1, found {k}")
    if not any(character.isprintable() and not character.isspace() for character in sentence):
        raise QueryError(
            "the description is empty; describe a person, e.g. 'a woman in a red coat'"
        )
    if len(sentence) > MAX_CHARACTERS:
        raise QueryError(
            f"the description has {len(sentence):,} characters, at most {MAX_CHARACTERS:,} are "
            f"searched for; shorten it to a sentence or two"
        )
    try:
        sentence.encode()
    except UnicodeEncodeError:
        raise QueryError("the description is not valid Unicode text; type it again") from None
    return sentence.strip()


def require_pictures(gallery: Gallery) -> None:
    """Make sure that there is something to search in.

    Raises:
        GalleryError: the gallery is empty.
    """
    if len(gallery) == 0:
        raise GalleryError(
            f"{gallery.path}: this gallery is empty; fill it with 'tipr index MODEL FOLDER "
            f"{gallery.path}'"
        )


def cut_off(encoder: Encoder, sentence: str) -> str | None:
    """A line that says which end of the sentence was not searched for; None if all of it was."""
    rest = encoder.cut_words(sentence.strip())
    if not rest:
        return None
    shown = rest if len(rest) <= 60 else f"{rest[:57]}..."
    return f"the model reads no further than this, so it was not searched for: {shown!r}"
