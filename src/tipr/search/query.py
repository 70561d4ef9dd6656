"""A query to the pictures of a gallery that fit it best."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

from tipr.encoder.protocol import Encoder
from tipr.errors import GalleryError
from tipr.gallery import index as indexes
from tipr.gallery.store import Gallery
from tipr.search import language, tokens
from tipr.search.answer import Answer, Hit
from tipr.search.mixture import encoded
from tipr.search.neighbours import Neighbours
from tipr.search.reply import reply
from tipr.search.terms import MAX_CHARACTERS, Query, Words, check

__all__ = [
    "MAX_CHARACTERS",
    "Answer",
    "Hit",
    "Query",
    "check",
    "cut_off",
    "require_pictures",
    "search",
    "search_many",
    "understand",
]

_AT_ONCE = nullcontext()


def search(
    gallery: Gallery,
    encoder: Encoder,
    query: Query | str,
    k: int | None = None,
    *,
    index: Neighbours | None = None,
    turn: AbstractContextManager[object] = _AT_ONCE,
) -> Answer:
    """The page of pictures that fit best, best first; equal scores keep gallery order.

    A text is read as somebody typed it (`tipr.search.tokens`). `k` replaces the query's own. All
    pictures if there are fewer than k. Someone who searches often hands in the `index` made by
    `tipr.gallery.index.load`; it is made anew if the gallery has changed since. `turn`, a lock, is
    held once the query is encoded: many who look at once hinder each other.

    Raises:
        QueryError: the query says nothing, too much or what is not there, or k < 1.
        PictureError: a picture of the query cannot be read.
        GalleryError: the gallery is empty or damaged.
        FingerprintError: the gallery was built with another model.
        GalleryBusyError: somebody erases pictures at this moment; search again.
    """
    return search_many(gallery, encoder, [query], k, index=index, turn=turn)[0]


def search_many(
    gallery: Gallery,
    encoder: Encoder,
    queries: Sequence[Query | str],
    k: int | None = None,
    *,
    index: Neighbours | None = None,
    turn: AbstractContextManager[object] = _AT_ONCE,
) -> list[Answer]:
    """As `search`, for several queries at once: an answer for each."""
    understood = [understand(gallery, query, k) for query in queries]
    require_pictures(gallery)
    gallery.require_model(encoder.fingerprint)
    parts = encoded(encoder, understood)
    with turn, gallery.snapshot():  # index and paths of one state, whatever a writer does meanwhile
        if index is None or index.generation != gallery.generation:
            index = indexes.load(gallery)
        answers = [
            reply(gallery, index, query, own) for query, own in zip(understood, parts, strict=True)
        ]
    return [replace(one, notes=(*_misread(encoder, one.query), *one.notes)) for one in answers]


def understand(gallery: Gallery, query: Query | str, k: int | None = None) -> Query:
    """The query that a text stands for, as if it had been typed; with another k if one is given.

    Raises:
        QueryError: there is nothing to look for, or a token is not understood.
    """
    if isinstance(query, Query):
        return query if k is None else replace(query, k=k)
    typed = tokens.read(gallery, query)
    return Query(
        texts=(Words(typed.words),) if typed.words else (),
        avoid=typed.avoid,
        filters=typed.filters,
        k=10 if k is None else k,
        notes=typed.notes,
    )


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


def _misread(encoder: Encoder, query: Query) -> list[str]:
    """What the model does not read, or not as it was meant; each line once."""
    sentences = query.sentences
    notes = [language.note(sentence) for sentence in sentences]
    notes += [cut_off(encoder, sentence) for sentence in sentences]
    return list(dict.fromkeys(note for note in notes if note))
