"""Full descriptions, their uniqueness by the attribute table, and what captions can tell apart."""

from dataclasses import replace

import pytest

from tipr.synthetic.people.facts import facts_of
from tipr.synthetic.people.invent import invent
from tipr.synthetic.people.person import Item
from tipr.synthetic.words.grammar import Claim
from tipr.synthetic.words.lexicon import COLOURS, MISTAKEN, TABLES, WRONG
from tipr.synthetic.words.unique import ceiling, full_description, likelihood, stated, unique


@pytest.fixture(scope="module")
def people() -> list:
    return [invent(7, number).person for number in range(1, 401)]


def test_unique_equals_a_slow_look_at_everybody(people: list) -> None:
    known = [facts_of(person) for person in people]
    slow = []
    for person in people:
        told = stated(person)
        fits = [all(other.get(key) == told[key] for key in told) for other in known]
        slow.append(sum(fits) == 1)
    assert unique(people) == slow
    assert 0.9 < sum(slow) / len(slow) < 1.0


def test_a_description_that_fits_a_twin_too_is_not_unique() -> None:
    bare = replace(invent(7, 1).person, bag=None)
    laden = replace(bare, bag=Item("backpack", "red", (200, 20, 20)))
    assert unique([bare, laden]) == [False, True]
    assert unique([bare, bare]) == [False, False]
    assert unique([bare]) == [True]


def test_descriptions_are_equal_only_for_equal_facts(people: list) -> None:
    by_text: dict[str, dict] = {}
    for person in people:
        told = stated(person)
        assert by_text.setdefault(full_description(person), told) == told
    assert len(by_text) > 390


def test_descriptions_state_colours_kinds_and_patterns_in_plain_words(people: list) -> None:
    for person in people:
        text = full_description(person)
        assert text[0].isupper()
        assert text.endswith(".")
        assert len(text.split()) < 55
        for item in (person.upper, person.lower, person.shoes, person.bag, person.hat):
            if item is not None:
                assert item.kind in text
                assert item.colour in text
        if person.upper.second:
            assert person.upper.second in text


def test_the_words_for_a_fact_share_out_all_of_their_likelihood() -> None:
    for key, table in TABLES.items():
        for value, calls in table.items():
            assert sum(likelihood(Claim(key, word), value) for word in calls) == pytest.approx(1)
    assert likelihood(Claim("hair", "long"), "long") == 1.0
    assert likelihood(Claim("hair", "long"), "bun") == 0.0


def test_the_plain_words_of_descriptions_are_words_of_captions_too(people: list) -> None:
    for person in people:
        for key, value in stated(person).items():
            if key in TABLES and not key.endswith("pattern"):
                assert value in TABLES[key][value], (key, value)


def test_colours_are_mistaken_at_the_set_rate_and_as_people_do() -> None:
    assert "navy" in COLOURS["black"]
    assert "black" in COLOURS["dark blue"]
    assert "green" in COLOURS["grey"]
    for colour, words in MISTAKEN.items():
        wrong = sum(
            likelihood(Claim("upper colour", word), colour)
            for word in words
            if word in COLOURS[colour]
        )
        assert WRONG * 0.95 <= wrong <= WRONG + 0.25  # some wrong words are right ones, too


def test_the_ceiling_of_hand_made_captions() -> None:
    red = replace(invent(7, 1).person, shoes=Item("boots", "red", (200, 20, 20)))
    black = replace(red, shoes=Item("boots", "black", (20, 20, 20)))
    same = replace(red)
    says_red = (Claim("shoes colour", "red"),)
    # The right one is told apart, a double is a coin's toss, and what nobody else is called wins.
    assert ceiling([(says_red, 0)], [red, black]) == 100.0
    assert ceiling([(says_red, 1)], [red, black]) == 0.0
    assert ceiling([(says_red, 0)], [red, same]) == 50.0
    assert ceiling([((), 0)], [red, black, same, same]) == 25.0
    assert ceiling([((Claim("print", "logo"), Claim("side", "front")), 1)], [red, black]) == 50.0
    with pytest.raises(ValueError, match="no captions"):
        ceiling([], [red])
