"""Two captions of a picture, by two people who notice different things and only what it shows."""

from typing import NamedTuple

from tipr.synthetic.people.facts import Facts
from tipr.synthetic.words.grammar import Claim, Rng
from tipr.synthetic.words.sentence import ANNOTATORS, Annotator, caption_grammar, pick_two, settle
from tipr.synthetic.words.slips import mistype

SHORTEST, LONGEST, TRIES = 9, 48, 20
"""Words and marks; a caption outside is written again, up to so many times."""


class Caption(NamedTuple):
    """The text, and the facts that it claims, in its own words."""

    text: str
    claims: tuple[Claim, ...]


def describe(facts: Facts, rng: Rng) -> tuple[Caption, Caption]:
    """Two captions of a picture that shows these facts."""
    first, second = pick_two(rng)
    return _write(facts, first, rng), _write(facts, second, rng)


def _write(facts: Facts, annotator: Annotator, rng: Rng) -> Caption:
    grammar = caption_grammar(facts, annotator)
    said = grammar.write(rng)
    for _ in range(TRIES):
        if SHORTEST <= len(said.text.split()) <= LONGEST:
            break
        said = grammar.write(rng)
    return Caption(mistype(settle(said, facts["who"]), rng), said.claims)


def surface_forms(facts: Facts) -> int:
    """How many captions the grammar can derive for a picture with these facts, typos apart."""
    return sum(caption_grammar(facts, annotator).count() for annotator in ANNOTATORS)
