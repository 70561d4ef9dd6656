"""The search page's state and its address are one."""

from dataclasses import fields
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import ImmutableMultiDict

from tipr.errors import QueryError
from tipr.search.filters import Filters
from tipr.search.moments import bound, hours
from tipr.search.terms import Avoided, Picture, Query, Words
from tipr.search.tokens import Typed
from tipr.service.page.address import Address
from tipr.service.page.asking import address_of, filters_of, query_of, settled
from tipr.service.page.chips import chips

text = (
    st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12)
    .map(str.strip)
    .filter(bool)
)
many = st.lists(text, unique=True, max_size=3).map(tuple)
ids = st.lists(st.integers(1, 2**63 - 1), unique=True, max_size=3).map(tuple)
addresses = st.builds(
    Address,
    q=text | st.just(""),
    camera=many,
    source=many,
    where=many,
    after=text | st.just(""),
    before=text | st.just(""),
    hours=text | st.just(""),
    avoid=many,
    picture=many,
    like=ids,
    unlike=ids,
    order=st.sampled_from(["match", "time"]),
    group=st.booleans(),
    page=st.integers(1, 1000),
    hit=st.none() | st.integers(1, 2**63 - 1),
    frame=st.booleans(),
    film=st.booleans(),
    why=st.booleans(),
)


def read(query: str) -> Address:
    return Address.of(ImmutableMultiDict(parse_qsl(query)))


@given(addresses)
def test_every_state_is_read_back_from_its_query_string(address: Address) -> None:
    assert read(str(address)) == address


def test_the_start_has_an_empty_query_string() -> None:
    assert str(Address()) == ""
    assert read("") == Address()
    assert read("utm=1&q=") == Address()


@pytest.mark.parametrize(
    "query", ["page=0", "page=1001", "page=x", "order=size", "hit=0", "like=-1", f"like={2**63}"]
)
def test_a_value_that_is_none_is_told(query: str) -> None:
    with pytest.raises(QueryError):
        read(query)


def test_more_examples_than_can_be_mixed_are_told() -> None:
    with pytest.raises(QueryError, match="at most 100"):
        read("&".join(f"like={number}" for number in range(1, 102)))


@pytest.mark.parametrize("field", [field.name for field in fields(Address)])
def test_another_question_starts_from_its_first_page_without_a_panel(field: str) -> None:
    old = Address(page=3, hit=7, frame=True, film=True, why=True)
    new = old.to(**{field: getattr(old, field)})
    opens = field in ("page", "hit", "frame", "film", "why")
    assert (new.page, new.hit) == ((3, 7) if opens else (1, None))


def test_typed_tokens_become_parameters_and_a_typed_time_wins() -> None:
    typed = Typed(
        words="red coat",
        filters=Filters(
            cameras=("gate", "north gate"),
            after_ms=bound("2026-05-01", "first"),
            before_ms=bound("2026-05-02T17:30", "last"),
            hours=hours("22-6"),
            attributes=(("a=b", "c"), ("colour", "red")),
        ),
        avoid=(Avoided("hat"),),
    )
    found = settled(Address(q="…", camera=("gate",), after="2020-01-01"), typed)
    assert found == Address(
        q="red coat",
        camera=("gate", "north gate"),
        after="2026-05-01",
        before="2026-05-02T17:30:00",
        hours="22:00-06:00",
        where=("a=b=c", "colour=red"),
        avoid=("hat",),
    )


def test_words_that_look_like_a_token_keep_their_quotes() -> None:
    assert settled(Address(), Typed(words="a note:red coat")).q == 'a "note:red" coat'


def test_an_address_asks_what_it_says() -> None:
    address = Address(
        q="x", camera=("gate",), after="2026-05-01", before="2026-05-01", where=("a=b",),
        avoid=("hat",), picture=("h",), like=(1,), unlike=(2,), order="time", group=False, page=2,
    )  # fmt: skip
    query = query_of(address, Typed(words="red coat", notes=("told",)), {"h": b"jpeg"})
    assert query.texts == (Words("red coat"),)
    assert query.avoid == (Avoided("hat"),)
    assert query.pictures == (Picture(b"jpeg"),)
    assert (query.like, query.unlike, query.order, query.page) == ((1,), (2,), "time", 2)
    assert query.grouping is None
    assert query.notes == ("told",)
    assert query.filters == filters_of(address)
    assert query.filters.said == ["camera gate", "on 2026-05-01", "a b"]


def test_a_saved_search_comes_back_as_the_address_that_asks_the_same() -> None:
    query = Query(
        texts=(Words("red coat"), Words("a bag")),
        avoid=(Avoided("hat"),),
        pictures=(Picture(b"jpeg"),),
        like=(3,),
        unlike=(4,),
        filters=Filters(cameras=("gate",), before_ms=bound("2026-05-01", "last")),
        order="time",
    )
    address = address_of(query, ["h"])
    again = query_of(address, Typed(words=address.q), {"h": b"jpeg"})
    assert address.q == "red coat, a bag"
    for name in ("avoid", "pictures", "like", "unlike", "filters", "order", "grouping"):
        assert getattr(again, name) == getattr(query, name), name


@pytest.mark.parametrize("where", ["colour", "=red", "colour= "])
def test_an_attribute_without_key_or_value_is_told(where: str) -> None:
    with pytest.raises(QueryError, match="KEY=VALUE"):
        filters_of(Address(where=(where,)))


@given(addresses)
def test_each_chip_takes_off_one_thing_and_all_of_them_leave_the_words(address: Address) -> None:
    where = tuple(f"{one}=v" for one in address.where if "=" not in one)
    old = address.to(where=where)
    left = old
    while found := chips(left):
        assert len(list(found[0].without.pairs)) < len(list(left.question.pairs))
        left = found[0].without
    assert left == Address(q=old.q, order=old.order, group=old.group)
