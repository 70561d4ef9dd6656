import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tipr.errors import QueryError
from tipr.search.filters import ALL, Filters
from tipr.search.moments import bound, hours
from tipr.search.terms import MAX_CHARACTERS, Avoided
from tipr.search.tokens import KEYS, attribute, read


@pytest.fixture
def gallery(fill, shot):
    return fill([shot(1, colour="red", Bag="yes"), shot(2, colour="blue")])


class NoGallery:
    """Asked for its attributes only where a key is not one of ours."""

    def ask(self, _):
        return []


def test_filters_stand_anywhere_among_the_words(gallery):
    typed = read(
        gallery, 'camera:gate2 a red  coat before:2026-05-01 and camera:"north gate" boots'
    )
    assert typed.words == "a red coat and boots"
    assert typed.filters == Filters(
        cameras=("gate2", "north gate"), before_ms=bound("2026-05-01", "last")
    )
    assert typed.notes == ()


def test_each_key_means_its_filter(gallery):
    assert read(gallery, "on:2026-05-01").filters == Filters(
        after_ms=bound("2026-05-01", "first"), before_ms=bound("2026-05-01", "last")
    )
    assert read(gallery, "AFTER:2026-05-01T10:00 x").filters.after_ms == bound(
        "2026-05-01T10:00", "first"
    )
    assert read(gallery, "hours:17:00-19:30").filters.hours == hours("17-19:30")
    assert read(gallery, "source:/a/b, x").filters.sources == ("/a/b",)
    assert read(gallery, 'a man avoid:hat avoid:"a red bag"').avoid == (
        Avoided("hat"),
        Avoided("a red bag"),
    )


def test_an_attribute_of_the_gallery_is_a_key(gallery):
    assert read(gallery, "colour:red x").filters.attributes == (("colour", "red"),)
    assert read(gallery, "bag:yes COLOUR:blue").filters.attributes == (
        ("Bag", "yes"),
        ("colour", "blue"),
    )


@pytest.mark.parametrize(
    "text",
    [
        "a woman, note: red coat",
        "at 17:30 near the gate",
        "a man with a 5'10\" build",
        'a "nike" shirt',
        "coat:",
        "ratio 3:4, http : //",
        "rot: é:",
        '" : "',
        "(camera:gate2)",
    ],
)
def test_other_colons_and_quotes_are_words_as_they_stand(gallery, text):
    typed = read(gallery, f"  {text} ")
    assert typed.words == text
    assert typed.filters == ALL


def test_an_unknown_key_is_refused_with_the_known_ones(gallery):
    with pytest.raises(
        QueryError,
        match=r"^foo: is no filter; .*camera, source, .* avoid and .* Bag, colour\. .* blank",
    ):
        read(gallery, "a red coat foo:bar")
    with pytest.raises(QueryError, match=r"hours, avoid\. To search"):
        read(NoGallery(), "foo:bar")


def test_a_token_in_quotes_is_words(gallery):
    assert read(gallery, 'a "foo:bar" and "camera:north gate"').words == (
        "a foo:bar and camera:north gate"
    )


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('camera:"north gate', 'camera:" needs a second quote'),
        ('a camera:"north"gate', 'camera:" needs a second quote'),
        ('camera:""', "has no value"),
        ("camera:, x", "has no value"),
        ("before:soon", "is no date"),
        ("hours:late", "is no time of day"),
        ("after:2026-05-01 after:2026-05-02", "after is said twice"),
        ("on:2026-05-01 before:2026-05-02", "before is said twice"),
        ("  ", "empty; describe a person"),
        ("x" * (MAX_CHARACTERS + 1), "2,001 characters"),
    ],
)
def test_mistakes_are_named(gallery, text, what):
    with pytest.raises(QueryError, match=what):
        read(gallery, text)


def test_a_key_that_stands_apart_from_its_value_is_told(gallery):
    typed = read(gallery, "camera: gate2 red coat")
    assert typed.words == "camera: gate2 red coat"
    assert typed.notes == (
        "camera: was read as words; to filter, write it without the blank, as in camera:gate2",
    )


@settings(max_examples=100, deadline=None)
@given(st.text(string.ascii_letters + string.digits + " .,:'-()é\"", max_size=60))
def test_reading_never_fails_but_with_our_errors_and_keeps_text_without_tokens(text):
    try:
        typed = read(NoGallery(), text)
    except QueryError:
        return
    if typed.filters == ALL and not typed.avoid and '"' not in text:
        assert typed.words == text.strip()


VALUES = {
    "camera": st.text(string.ascii_letters + string.digits + " :-", min_size=1, max_size=9),
    "source": st.text(string.ascii_letters + "/. ", min_size=1, max_size=9),
    "after": st.dates().map(str),
    "hours": st.sampled_from(["1-2", "22-6", "17:05-19:30"]),
}
TOKENS = st.one_of(
    [values.map(lambda value, key=key: (key, value)) for key, values in VALUES.items()]
).filter(lambda token: token[1].strip())
WORDS = st.text(string.ascii_lowercase, min_size=1, max_size=5)


@settings(max_examples=100, deadline=None)
@given(st.lists(WORDS | TOKENS, min_size=1), st.booleans())
def test_what_is_written_as_tokens_is_read_back(pieces, quoted):
    words = [piece for piece in pieces if isinstance(piece, str)]
    tokens = [piece for piece in pieces if not isinstance(piece, str)]
    if len([key for key, _ in tokens if key == "after"]) > 1:
        return
    if len({value for key, value in tokens if key == "hours"}) > 1:
        return
    wanted = ALL
    for key, value in tokens:
        wanted |= KEYS[key](value)
    text = " ".join(
        piece
        if isinstance(piece, str)
        else f'{piece[0]}:"{piece[1]}"'
        if quoted or " " in piece[1]
        else f"{piece[0]}:{piece[1]}"
        for piece in pieces
    )
    typed = read(NoGallery(), text)
    assert typed.words.split() == words
    assert typed.filters == wanted


def test_an_attribute_may_be_given_as_key_and_value(gallery):
    assert attribute(gallery, "colour = dark=red").attributes == (("colour", "dark=red"),)
    for text in ("colour", "=red", "colour="):
        with pytest.raises(QueryError, match=r"expected KEY=VALUE"):
            attribute(gallery, text)
    with pytest.raises(QueryError, match="an attribute 'size'; it has Bag, colour"):
        attribute(gallery, "size=2")
