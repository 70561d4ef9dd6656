"""The vocabulary of words and pairs of words."""

import math

import pytest

from tipr.data.phrases import Phrases, phrases
from tipr.errors import DataError

SENTENCES = [
    "A man wearing a red shirt, and blue jeans.",
    "The woman has a red shirt.",
    "A red coat",
    "The person is seen.",
]


def test_a_sentence_is_cut_into_words_and_pairs_without_fillers() -> None:
    assert phrases(SENTENCES[0]) == {
        *("man", "red", "shirt", "blue", "jeans"),
        *("man red", "red shirt", "shirt blue", "blue jeans"),
    }
    assert phrases("The person is seen.") == set()


def test_an_entry_must_stand_in_enough_captions() -> None:
    assert Phrases(SENTENCES, least=2).entries == ["red", "red shirt", "shirt"]


def test_a_word_twice_in_one_caption_counts_once() -> None:
    assert Phrases(["red red", "blue", "blue"], least=2).entries == ["blue"]


def test_shares_are_rarities_scaled_to_one() -> None:
    known = Phrases(SENTENCES, least=2)
    weights = [math.log(4 / 3), math.log(4 / 2), math.log(4 / 2)]  # red, red shirt, shirt
    expected = [weight / sum(weights) for weight in weights]
    assert known.shares(SENTENCES[1]).tolist() == pytest.approx(expected)
    assert known.shares("A coat of red").tolist() == [1, 0, 0]


def test_a_sentence_of_unknown_words_has_no_shares() -> None:
    assert Phrases(SENTENCES, least=2).shares("A green hat").sum() == 0


def test_no_frequent_word_is_one_clear_line() -> None:
    with pytest.raises(DataError, match=r"no word stands in at least 9 .* lower words\.least"):
        Phrases(SENTENCES, least=9)
