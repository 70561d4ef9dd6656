"""How each query fared: the scores, the CMC curve, and which queries to show.

Shape legend: N queries, M gallery items.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tipr.data.records import Split
from tipr.evaluate import SplitVectors, people_of, score
from tipr.metrics import Outcomes, Scores, feature_outcomes

RANKS = 50
"""The CMC curve goes this far."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A split ranked by one encoder: what became of every caption, and the scores both ways."""

    vectors: SplitVectors
    outcomes: Outcomes
    scores: Scores


@dataclass(frozen=True, slots=True)
class Hit:
    """A picture found for a query, by its index in the split; `right` if it shows the person."""

    picture: int
    rank: int
    score: float
    right: bool


@dataclass(frozen=True, slots=True)
class Chosen:
    """Captions to show, by index, and why each kind was chosen."""

    sampled: tuple[int, ...]
    worst: tuple[int, ...]
    best: tuple[int, ...]


def rank(vectors: SplitVectors, split: Split) -> Ranked:
    """Rank pictures by captions, and captions by pictures, as `tipr.evaluate.evaluate` does.

    Raises:
        DataError: no query has a match, or a vector is not finite.
    """
    image_people, caption_people = people_of(split)
    outcomes = feature_outcomes(
        vectors.captions_MD, vectors.images_ND, caption_people, image_people
    )
    return Ranked(vectors, outcomes, score(vectors, image_people, caption_people))


def cmc(outcomes: Outcomes, ranks: int = RANKS) -> NDArray[np.float64]:
    """(ranks,) percent of the matched queries whose first match has a rank of at most 1, 2, ..."""
    first = outcomes.first_N[outcomes.matched]
    return 100.0 * np.array([float(np.mean(first <= k)) for k in range(1, ranks + 1)])


def choose(ranked: Ranked, split: Split, count: int, *, seed: int) -> Chosen:
    """`count` queries at random, `count` of the worst and `count` of the best; none twice.

    Worst: the largest rank of the first match, and of equal ones the smallest lead. Best: of all,
    the largest lead. The lead is the best match's cosine less the best non-match's.
    """
    first_N = ranked.outcomes.first_N
    rows = np.flatnonzero(ranked.outcomes.matched)
    rng = np.random.default_rng(seed)
    sampled = rng.permutation(rows)[:count]
    rest = np.setdiff1d(rows, sampled)
    lead = leads(ranked.vectors, split, rest)
    order = np.lexsort((lead, -first_N[rest]))
    worst = rest[order[: min(count, len(rest) // 2)]]
    left = ~np.isin(rest, worst)
    best = rest[left][np.argsort(-lead[left], kind="stable")[:count]]
    return Chosen(*(tuple(int(row) for row in rows) for rows in (np.sort(sampled), worst, best)))


def leads(
    vectors: SplitVectors, split: Split, rows: NDArray[np.int64], chunk: int = 512
) -> NDArray[np.float32]:
    """(len(rows),) best match's cosine less the best non-match's; inf where all are matches."""
    numbers = {person: number for number, person in enumerate(split.people)}
    person_M = np.array([numbers[picture.person] for picture in split.pictures])
    found: list[NDArray[np.float32]] = [np.zeros(0, np.float32)]
    for start in range(0, len(rows), chunk):
        part = rows[start : start + chunk]
        scores_NM = vectors.captions_MD[part] @ vectors.images_ND.T
        person_N = person_M[[split.captions[row].picture for row in part]]
        match_NM = person_N[:, None] == person_M[None, :]
        match_N = np.where(match_NM, scores_NM, -np.inf).max(axis=1)
        other_N = np.where(match_NM, -np.inf, scores_NM).max(axis=1)
        found.append(match_N - other_N)
    return np.concatenate(found)


def hits(ranked: Ranked, split: Split, caption: int, count: int) -> list[Hit]:
    """The `count` best pictures for a caption; then, if none of them is right, the first right one.

    Among equal scores the wrong pictures stand first: a tie counts against the query.
    """
    person = split.person_of(split.captions[caption])
    scores_M = ranked.vectors.images_ND @ ranked.vectors.captions_MD[caption]
    right_M = np.array([picture.person == person for picture in split.pictures])
    order_M = np.lexsort((right_M, -scores_M))
    shown = list(order_M[:count])
    if not right_M[shown].any():
        shown += [next(row for row in order_M if right_M[row])]
    rank_of = {int(row): place for place, row in enumerate(order_M, start=1)}
    return [
        Hit(int(row), rank_of[int(row)], float(scores_M[row]), bool(right_M[row])) for row in shown
    ]
