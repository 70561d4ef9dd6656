"""The grammar of captions: it counts what it can write, and it can write a great deal."""

from collections.abc import Iterator
from itertools import permutations, product

import numpy as np
import pytest

from tipr.synthetic.people.facts import SIDE, WALKS, facts_of
from tipr.synthetic.people.invent import invent
from tipr.synthetic.words.captions import describe, surface_forms
from tipr.synthetic.words.grammar import AnyOrder, Line, Maybe, OneOf, Part, Text, Word, weighted
from tipr.synthetic.words.sentence import ANNOTATORS, article, caption_grammar, settle
from tipr.synthetic.words.slips import NO_CAPITAL, NO_STOP, NUMBER, TYPO, mistype


def every(part: Part) -> Iterator[str]:
    """All derivations, one by one."""
    if isinstance(part, Text):
        yield part.text
    elif isinstance(part, Word):
        yield from part.calls
    elif isinstance(part, OneOf):
        for choice in part.parts:
            yield from every(choice)
    elif isinstance(part, Maybe):
        yield ""
        yield from every(part.part)
    elif isinstance(part, Line):
        for texts in product(*(list(every(piece)) for piece in part.parts)):
            yield " ".join(text for text in texts if text)
    elif isinstance(part, AnyOrder):
        for count in range(part.fewest, part.most + 1):
            for order in permutations(part.parts, count):
                for texts in product(*(list(every(piece)) for piece in order)):
                    yield part.between.join(texts)


SMALL = Line([
    OneOf([Text("a"), Text("the")]),
    Maybe(Word("age", {"young": 1.0, "old": 1.0}), 0.5),
    Text("man"),
    AnyOrder([Text("x"), OneOf([Text("y"), Text("z")]), Maybe(Text("w"), 0.5)], 1, 2, " , ", " , "),
])  # fmt: skip


def test_the_count_is_the_number_of_derivations() -> None:
    assert SMALL.count() == len(list(every(SMALL)))


def test_what_is_written_is_one_of_the_derivations_and_in_time_all_are() -> None:
    rng = np.random.default_rng(0)
    written = {SMALL.write(rng).text for _ in range(3000)}
    assert written == set(every(SMALL))


def test_words_come_as_often_as_their_weights_say() -> None:
    rng = np.random.default_rng(0)
    found = [weighted({"a": 3.0, "b": 1.0}, rng) for _ in range(4000)]
    assert found.count("a") / 4000 == pytest.approx(0.75, abs=0.03)


def facts(number: int) -> dict[str, str]:
    """All that can be told of somebody, as if one picture showed it."""
    known = facts_of(invent(0, number).person)
    shown = {key: value for key, value in known.items() if value != "no"}
    return {**shown, SIDE: "front", WALKS: "walking"}


def test_an_average_person_can_be_described_in_far_more_than_500_000_ways() -> None:
    forms = sorted(surface_forms(facts(number)) for number in range(1, 40))
    assert forms[0] > 500_000
    assert forms[len(forms) // 2] > 10**9


def test_different_derivations_hardly_ever_read_the_same() -> None:
    rng, shown = np.random.default_rng(0), facts(3)
    grammars = [caption_grammar(shown, annotator) for annotator in ANNOTATORS]
    written = [settle(grammars[i % 5].write(rng), "man") for i in range(2000)]
    assert len(set(written)) > 1960


def test_articles_pronouns_and_stops_are_settled() -> None:
    said = Line([Text("@ umbrella , {he} has {his} @ red cap . . @ old one is {his}")])
    text = settle(said.write(np.random.default_rng(0)), "girl")
    assert text == "An umbrella, she has her a red cap. An old one is her."
    assert article("orange cap") == "an orange cap"
    assert article("used cap") == "a used cap"


def test_captions_have_about_23_words_and_no_marks_are_left_over() -> None:
    rng = np.random.default_rng(0)
    captions = [c for n in range(1, 150) for c in describe(facts(n), rng)]
    lengths = [len(caption.text.split()) for caption in captions]
    assert 18 < np.mean(lengths) < 29
    assert min(lengths) >= 7
    for caption in captions:
        assert not set("{}@") & set(caption.text), caption.text
        assert " ," not in caption.text
        assert ".." not in caption.text


def test_the_two_annotators_of_a_picture_have_different_manners() -> None:
    rng = np.random.default_rng(0)
    pairs = [describe(facts(5), rng) for _ in range(60)]
    assert all(first.text != second.text for first, second in pairs)
    said = [
        ({c.key for c in first.claims}, {c.key for c in second.claims}) for first, second in pairs
    ]
    assert sum(first != second for first, second in said) > 40


def test_slips_come_at_their_rates() -> None:
    rng = np.random.default_rng(0)
    clean = "The quick woman wears yellow trousers, green jeans and black boots."
    count = 4000
    typed = [mistype(clean, rng) for _ in range(count)]
    long = sum(len(word.strip(".,")) > 3 for word in clean.split())
    plural = 3  # trousers, jeans, boots
    changed = stops = capitals = 0
    for text in typed:
        stops += not text.endswith(".")
        capitals += text[0].islower()
        words = [word.strip(".,").lower() for word in text.split(" ")]
        ours = [word.strip(".,").lower() for word in clean.split(" ")]
        changed += sum(a != b for a, b in zip(words, ours, strict=True))
    assert changed / count == pytest.approx(long * TYPO + plural * NUMBER, rel=0.15)
    assert stops / count == pytest.approx(NO_STOP, rel=0.25)
    assert capitals / count == pytest.approx(NO_CAPITAL, rel=0.3)
