import math

import pytest

from tipr.errors import QueryError
from tipr.search.terms import Avoided, Picture, Query, Words

RED = (Words("a red coat"),)


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ({}, "nothing to look for; describe"),
        ({"avoid": (Avoided("a hat"),)}, "nothing to look for"),
        ({"unlike": (1,)}, "nothing to look for"),
        ({"texts": RED, "k": 0}, "at least 1, found 0"),
        ({"texts": RED, "page": 0}, "pages count from 1 to 1000, found 0"),
        ({"texts": RED, "page": 1001}, "found 1001"),
        ({"texts": RED, "order": "camera"}, "no order 'camera'; there are match, time"),
        ({"texts": RED, "like": (1, 2), "unlike": (3, 2)}, "picture 2 is said to fit and not"),
        ({"texts": RED, "like": tuple(range(100))}, "101 parts, at most 100"),
    ],
)
def test_queries_that_cannot_be_asked_are_refused(what, told):
    with pytest.raises(QueryError, match=told):
        Query(**what)


@pytest.mark.parametrize("weight", [0, -1, math.nan, math.inf])
def test_weights_are_above_zero(weight):
    for make in (lambda: Words("x", weight), lambda: Picture(b"", weight)):
        with pytest.raises(QueryError, match="a weight must be above 0"):
            make()


def test_words_are_checked_wherever_they_stand():
    for kind in (Words, Avoided):
        with pytest.raises(QueryError, match="empty"):
            kind("  ")


def test_a_sentence_alone_is_what_calibration_is_about():
    assert Query(texts=RED).is_sentence
    for more in ({"avoid": (Avoided("x"),)}, {"pictures": (Picture(b""),)}, {"like": (1,)}):
        assert not Query(texts=RED, **more).is_sentence
    assert not Query(texts=RED * 2).is_sentence


def test_the_liked_are_left_out_only_where_they_are_all_that_is_asked():
    assert Query(texts=RED, like=(1,), unlike=(2,)).left_out == {2}
    assert Query(like=(1,), unlike=(2,)).left_out == {1, 2}


def test_a_query_says_what_it_asks():
    query = Query(texts=RED, pictures=(Picture(b""),) * 2, avoid=(Avoided("a hat"),), unlike=(1,))
    assert str(query) == "a red coat + not a hat + 2 pictures + unlike 1 picture"
    assert str(Query(like=(1, 2))) == "like 2 pictures"
