"""One query, encoded, to its page of hits.

Shape legend: P vectors, N pictures that are searched, S of a sample, D the encoder's width.
"""

from collections.abc import Iterator
from functools import partial
from itertools import chain, islice, takewhile

import numpy as np
from numpy.typing import NDArray

from tipr.encoder.protocol import Vectors
from tipr.gallery.records import Item
from tipr.gallery.store import Gallery
from tipr.search import nothing, pages
from tipr.search.answer import Answer, Hit
from tipr.search.calibration import SAMPLE, calibration_of, sample
from tipr.search.filters import allowed, untimed
from tipr.search.group import groups
from tipr.search.judge import Judge
from tipr.search.mixture import Part, mixed
from tipr.search.neighbours import Found, Ids, Neighbours
from tipr.search.pages import Group
from tipr.search.terms import Query

RELEVANT = 50
"""Hits, or k if that is more, that are relevant where no calibration says which are."""
LOOKED_AT = 500
"""Hits among which groups, and relevant hits, are looked for at a time."""
SPREAD = 1000
"""Pictures over which the parts of a mixture are standardised."""


def reply(gallery: Gallery, index: Neighbours, query: Query, parts: list[Part]) -> Answer:
    """The page that the query asks for; in a snapshot of the gallery that the index belongs to.

    Raises:
        QueryError: an example is not in the gallery, or the parts cancel out.
        GalleryBusyError: somebody erases pictures at this moment.
    """
    ids_N = allowed(gallery, query.filters)
    searched = len(index) if ids_N is None else len(ids_N)
    notes = [*query.notes, *_untimed(gallery, query)]
    if searched == 0:
        notes.append(nothing.why(gallery, query.filters))
        return _answer(index, query, searched, notes)
    query_D = mixed(gallery, query, parts, partial(_scores, index, index.ids, SPREAD))
    size = LOOKED_AT if query.grouping or query.order == "time" else 10 * query.k
    found = pages.blocks(
        lambda depth: index.search(query_D[None], depth, ids_N)[0], size, query.left_out
    )
    first = next(found)
    judge = _judge(gallery, index, query, query_D, ids_N, first)
    split = partial(groups, gallery, grouping=query.grouping) if query.grouping else pages.alone
    if query.order == "time":
        relevant = list(_relevant(pages.grouped(iter([first]), split), query, judge))
        notes += _why_these(relevant, judge)
        ranking = iter(_in_time(gallery, relevant))
    else:
        ranking = pages.grouped(chain([first], found), split)
    shown, more = pages.page(ranking, query.page, query.k)
    items = gallery.items([group.ids[0] for group in shown])
    hits = tuple(_hit(group, items[group.ids[0]], judge) for group in shown)
    return _answer(index, query, searched, notes, hits, more, judge)


def _scores(index: Neighbours, ids_N: Ids, size: int, vectors_PD: Vectors) -> NDArray[np.float32]:
    """(P, S) the scores of vectors with an even sample of pictures, each row sorted."""
    ids_S = ids_N[sample(len(ids_N), size)]
    found = index.search(vectors_PD, len(ids_S), ids_S)
    return np.stack([scores_S for _, scores_S in found])


def _judge(
    gallery: Gallery,
    index: Neighbours,
    query: Query,
    query_D: NDArray[np.float32],
    ids_N: Ids | None,
    first: Found,
) -> Judge | None:
    """None where scores are not calibrated: that of galleries, and that of mixtures."""
    calibration = calibration_of(gallery)
    if calibration is None or not query.is_sentence:
        return None
    among_N = index.ids if ids_N is None else ids_N
    (scores_S,) = _scores(index, among_N, SAMPLE, query_D[None])
    return Judge.of(calibration, scores_S, first[1], len(among_N))


def _relevant(ranking: Iterator[Group], query: Query, judge: Judge | None) -> Iterator[Group]:
    if judge is None:
        return islice(ranking, max(RELEVANT, query.k))
    return takewhile(lambda group: judge.is_possible(group.score), ranking)


def _why_these(relevant: list[Group], judge: Judge | None) -> list[str]:
    if judge is None:
        return [f"in order of time: the best {len(relevant):,} hits, whether they fit or not"]
    if not relevant:
        return ["no hit is a possible match; the order of match shows the weak ones"]
    return []


def _in_time(gallery: Gallery, relevant: list[Group]) -> list[Group]:
    """Oldest first, pictures without a time last; equal times by match."""
    items = gallery.items([group.ids[0] for group in relevant])

    def key(group: Group) -> tuple[bool, int]:
        time_ms = items[group.ids[0]].facts.time_ms
        return time_ms is None, time_ms or 0

    return sorted(relevant, key=key)


def _hit(group: Group, item: Item, judge: Judge | None) -> Hit:
    probability, label = (None, None) if judge is None else judge.chance(group.score)
    return Hit(
        rank=group.rank,
        score=group.score,
        path=item.path,
        id=item.id,
        camera=item.facts.camera,
        time_ms=item.facts.time_ms,
        box=item.box,
        frame_ms=item.frame_ms,
        attributes=item.facts.attributes,
        others=group.ids[1:],
        probability=probability,
        label=label,
    )


def _untimed(gallery: Gallery, query: Query) -> list[str]:
    count = untimed(gallery, query.filters) if query.filters.timed else 0
    return [f"{count:,} pictures of unknown time were not searched"] if count else []


def _answer(
    index: Neighbours,
    query: Query,
    searched: int,
    notes: list[str],
    hits: tuple[Hit, ...] = (),
    more: bool = False,
    judge: Judge | None = None,
) -> Answer:
    return Answer(
        query=query,
        hits=hits,
        searched=searched,
        total=len(index),
        how=str(index),
        more=more,
        calibrated=judge is not None,
        nobody=judge is not None and judge.nobody,
        notes=tuple(notes),
    )
