"""Invented people: repeatable, fairly mixed, and some of them made to be mistaken for others."""

import numpy as np
import pytest

from tipr.synthetic.people import wardrobe
from tipr.synthetic.people.facts import facts_of
from tipr.synthetic.people.invent import TWINS, invent
from tipr.synthetic.people.palette import COLOURS, HAIRS

COUNT = 1200


@pytest.fixture(scope="module")
def crowd() -> list:
    return [invent(0, number) for number in range(1, COUNT + 1)]


def test_a_person_is_a_function_of_seed_and_number(crowd: list) -> None:
    assert [invent(0, number) for number in (1, 2, 77)] == [crowd[0], crowd[1], crowd[76]]
    assert invent(1, 1) != crowd[0]
    with pytest.raises(ValueError, match="from 1"):
        invent(0, 0)


KEYS = {
    "upper colour": ("upper colour", "upper second"),
    "shoe colour": ("shoes", "shoes colour"),
    "hair": ("hair", "hair colour"),
    "bag": ("bag", "bag colour"),
    "hat": ("hat", "hat colour", "hair", "hair colour"),
    "glasses": ("glasses",),
    "lower garment": (
        "lower",
        "lower colour",
        "lower length",
        "lower pattern",
        "lower second",
    ),
}


def test_twins_differ_in_the_attribute_that_is_named_and_in_nothing_else(crowd: list) -> None:
    twins = [at for at, one in enumerate(crowd) if one.differs]
    assert set(twins) <= set(range(1, COUNT, 2))
    # A share of the pairs, within five standard deviations.
    pairs = COUNT / 2
    assert abs(len(twins) - TWINS * pairs) < 5 * np.sqrt(pairs * TWINS * (1 - TWINS))
    for at in twins:
        first, second = facts_of(crowd[at - 1].person), facts_of(crowd[at].person)
        different = {key for key in first if first[key] != second.get(key)}
        assert different
        assert different <= set(KEYS[crowd[at].differs])


def test_skin_is_even_and_goes_with_nothing_else(crowd: list) -> None:
    skin = np.array([one.person.skin for one in crowd])
    assert np.histogram(skin, bins=5, range=(0, 1))[0].min() > 0.15 * COUNT
    for split in (
        [one.person.gender == "woman" for one in crowd],
        [one.person.hair.colour == "blond" for one in crowd],
        [one.person.upper.kind in ("blazer", "coat") for one in crowd],
        [one.person.upper.kind == "hoodie" for one in crowd],
    ):
        chosen = np.array(split)
        error = 0.29 * np.sqrt(1 / chosen.sum() + 1 / (~chosen).sum())
        assert abs(skin[chosen].mean() - skin[~chosen].mean()) < 4 * error


def test_colours_of_clothes_do_not_depend_on_gender(crowd: list) -> None:
    for colour in ("pink", "blue", "black"):
        shares = [
            np.mean([one.person.upper.colour == colour for one in crowd if one.person.gender == g])
            for g in ("woman", "man")
        ]
        assert abs(shares[0] - shares[1]) < 0.07


def test_a_second_colour_stands_out_and_a_plain_garment_has_none(crowd: list) -> None:
    for one in crowd:
        for garment in (one.person.upper, one.person.lower):
            if garment is None:
                continue
            if garment.second:
                assert garment.second != garment.colour
                apart = np.abs(np.subtract(garment.rgb, garment.second_rgb)).sum()
                assert apart > 60
            else:
                assert garment.pattern == "plain"
                assert not garment.open


def test_every_name_in_the_wardrobe_is_known() -> None:
    colours = {
        *wardrobe.UPPER_COLOURS,
        *wardrobe.BAG_COLOURS,
        *(name for row in wardrobe.LOWER_COLOURS.values() for name in row),
        *(name for row in wardrobe.SHOE_COLOURS.values() for name in row),
    }
    assert colours <= set(COLOURS)
    assert {*wardrobe.HAIR_COLOURS, *wardrobe.HAIR_COLOURS_OLDER} <= set(HAIRS)
    kinds = {name for row in wardrobe.UPPERS.values() for name in row}
    assert set(wardrobe.PATTERNS) == kinds
