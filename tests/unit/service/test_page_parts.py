"""Smaller parts of the page: menus that toggle, uploads that expire, words as colours."""

import numpy as np
import pytest

from tipr.errors import QueryError
from tipr.search.explain import Explanation, Word
from tipr.search.facets import Facets
from tipr.service.page.address import Address
from tipr.service.page.choices import SHOWN, menus
from tipr.service.page.marking import after
from tipr.service.page.shade import shaded
from tipr.service.page.uploads import KEPT, KEPT_S, Uploads

FACETS = Facets(
    total=7,
    cameras={"gate": 4, "yard": 3},
    sources={"/p/one": 5, "/p/two": 2},
    days={"2026-05-01": 3, "2026-05-02": 4},
    attributes={"upper_colour": {"red": 2, "blue": 1}, "hat": {}},
)


def test_choosing_twice_is_choosing_nothing() -> None:
    start = Address(q="x")
    for pick in (
        lambda found: found.cameras.choices[1],
        lambda found: found.sources.choices[0],
        lambda found: found.looks[0].choices[0],
        lambda found: found.days[1],
    ):
        once = pick(menus(FACETS, start))
        assert not once.chosen
        assert once.to != start
        twice = pick(menus(FACETS, once.to))
        assert twice.chosen
        assert twice.to == start


def test_a_choice_keeps_what_else_is_chosen() -> None:
    found = menus(FACETS, Address(q="x", camera=("gate",), where=("hat=cap",)))
    assert found.cameras.choices[1].to.camera == ("gate", "yard")
    assert found.looks[0].choices[0].to.where == ("hat=cap", "upper_colour=red")
    assert found.cameras.chosen == 1


def test_what_is_chosen_is_shown_though_nothing_is_left_of_it() -> None:
    (*_, last) = menus(FACETS, Address(camera=("gone",))).cameras.choices
    assert (last.text, last.count, last.chosen) == ("gone", 0, True)


def test_rare_values_are_counted_not_listed() -> None:
    many = {f"cam{number}": 1 for number in range(SHOWN + 5)}
    found = menus(Facets(total=1, cameras=many, sources={}, days={}, attributes={}), Address())
    assert len(found.cameras.choices) == SHOWN
    assert found.cameras.left_out == 5


@pytest.mark.parametrize(
    ("says", "like", "unlike", "hit"),
    [("like", (1, 9), (2,), 9), ("unlike", (1,), (2, 9), None), ("nothing", (1,), (2,), 9)],
)
def test_a_word_on_a_hit_takes_the_place_of_the_last_one(says, like, unlike, hit) -> None:
    for old in (Address(like=(1,), unlike=(2, 9), page=4), Address(like=(1, 9), unlike=(2,))):
        new = after(old, 9, says)
        assert (new.like, new.unlike, new.hit, new.page) == (like, unlike, hit, 1)


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_an_upload_is_its_owners_and_goes_after_a_while() -> None:
    clock = Clock()
    uploads = Uploads(clock)
    handle = uploads.keep("key:1", b"jpeg")
    assert uploads.get("key:1", handle) == b"jpeg"
    with pytest.raises(QueryError, match="give it once more"):
        uploads.get("key:2", handle)
    clock.now_s = KEPT_S
    with pytest.raises(QueryError, match="30 minutes"):
        uploads.get("key:1", handle)


def test_the_oldest_uploads_make_room() -> None:
    uploads = Uploads(Clock())
    handles = [uploads.keep("local", bytes([number])) for number in range(KEPT + 1)]
    assert uploads.get("local", handles[1]) == b"\x01"
    with pytest.raises(QueryError):
        uploads.get("local", handles[0])


def test_a_words_map_is_drawn_where_it_speaks_and_nowhere_else() -> None:
    shade_RC = np.array([[0.0, 1.0], [-0.5, 0.03]], np.float32)
    word = Word("red", 0.004, True, shade_RC, shade_RC)
    wrong = Word("hat", -0.126, False, shade_RC, shade_RC)
    silent = Word("a", None, None, shade_RC, shade_RC)
    red, hat = shaded(Explanation("a red hat", 0.3, True, 0.0, (silent, word, wrong)))
    assert [(one.x, one.y, one.side, one.weight) for one in red.spots] == [
        (1, 0, "warm", "0.85"),
        (0, 1, "cold", "0.42"),
    ]
    assert (red.rows, red.columns) == (2, 2)
    assert (red.adds, red.nothing) == ("0.00", False)
    assert (hat.adds, hat.nothing) == ("\N{MINUS SIGN}0.13", True)
