from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.cluster.conftest import evaluate

from tipr.cluster.expression import expression, fields, quoted
from tipr.gallery.records import Facts, Reading, Shot
from tipr.gallery.scan import File
from tipr.gallery.store import Gallery
from tipr.gallery.wallclock import DAY_MS
from tipr.search.filters import Filters, allowed
from tipr.search.moments import Hours

ROOTS = ("/data/people", "/data/people2", "/gate")
PATHS = (
    "1.jpg",
    "a/1.jpg",
    "a/b/1.jpg",
    "a0/1.jpg",
    "a b/1.jpg",
    "a-/1.jpg",
    "/data/people/a/7.jpg",
)
SOURCES = (
    *("people", "gate", "/data", "/data/people", "/data/people/a", "/data/people/a/b", "/", "a"),
    *("/gate/a b", "/gate/a/", "nothing", ""),
)
WORDS = ("red", "r\"e'd", "a\\", "\\", '"] or true or ["', "x\n\t\0\u2028é😀", "", "%", "5")
TIMES = (-1, 0, 1, DAY_MS - 1, DAY_MS, 3 * DAY_MS + 7, -DAY_MS - 5)


def facts() -> st.SearchStrategy[Facts]:
    return st.builds(
        Facts,
        camera=st.none() | st.sampled_from(WORDS),
        time_ms=st.none() | st.sampled_from(TIMES),
        attributes=st.dictionaries(st.sampled_from(WORDS), st.sampled_from(WORDS), max_size=2),
    )


def some(values: tuple) -> st.SearchStrategy[tuple]:
    return st.lists(st.sampled_from(values), max_size=2, unique=True).map(tuple)


def filters() -> st.SearchStrategy[Filters]:
    moments = st.none() | st.sampled_from(TIMES)
    return st.builds(
        lambda between, **rest: Filters(after_ms=between[0], before_ms=between[1], **rest),
        between=st.tuples(moments, moments).filter(lambda b: None in b or b[0] <= b[1]),
        cameras=some(WORDS),
        sources=some(SOURCES),
        hours=st.none()
        | st.builds(Hours, st.sampled_from((0, 1, 7)), st.sampled_from((1, 6, DAY_MS - 5)))
        | st.just(Hours(DAY_MS - 5, 6)),
        attributes=some(tuple((key, value) for key in WORDS for value in WORDS[:3])),
    )


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gallery]:
    """A picture for every root and path, with facts that a test exchanges."""
    path = tmp_path_factory.mktemp("expression") / "g"
    made = Gallery.create(path, fingerprint="f", model="m", width=2, image_size=(1, 1))
    for root in ROOTS:
        made.add(
            Path(root),
            [Reading(file=File(p, 1, 1), shots=(Shot(vector=np.ones(2, "f4")),)) for p in PATHS],
        )
    yield made
    made.close()


def left(gallery: Gallery, known: list[Facts], wanted: Filters) -> tuple[list[int], list[int]]:
    """The ids that the expression leaves, and those that SQLite leaves."""
    where = expression(wanted, ROOTS)
    rows = gallery.ask(
        "SELECT items.id, root, path FROM items JOIN files ON files.id = file "
        "JOIN sources ON sources.id = source ORDER BY items.id"
    )
    found = [
        number
        for number, root, path in rows
        if evaluate(where, {"id": number, **fields(root, path, known[PATHS.index(path)])})
    ]
    expected = allowed(gallery, wanted)
    return found, (gallery.ids("1") if expected is None else expected).tolist()


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(known=st.lists(facts(), min_size=7, max_size=7), wanted=filters())
def test_an_expression_leaves_what_the_filters_leave_in_sqlite(gallery, known, wanted):
    for root in ROOTS:
        gallery.tell(Path(root), list(zip(PATHS, known, known, strict=True)))
    found, expected = left(gallery, known, wanted)
    assert found == expected


EACH = [
    *(Filters(sources=(source,)) for source in SOURCES),
    *(Filters(hours=Hours(first, last)) for first in (0, 1, 8) for last in (1, 6, DAY_MS - 5)),
    *(Filters(after_ms=time) for time in TIMES),
    *(Filters(before_ms=time) for time in TIMES),
]


def test_so_does_each_kind_alone(gallery):
    known = [Facts(time_ms=time) for time in TIMES[:6]] + [Facts()]
    for root in ROOTS:
        gallery.tell(Path(root), list(zip(PATHS, known, known, strict=True)))
    for wanted in EACH:
        found, expected = left(gallery, known, wanted)
        assert found == expected, wanted


def test_without_filters_there_is_no_expression():
    assert expression(Filters(), ROOTS) == ""


def test_a_picture_of_unknown_camera_and_time_has_fields_that_no_filter_means():
    row = fields("/r", "p", Facts())
    assert not evaluate(expression(Filters(cameras=("",)), ["/r"]), row)
    assert not evaluate(expression(Filters(before_ms=-(2**61)), ["/r"]), row)
    assert not evaluate(expression(Filters(hours=Hours(5, 1)), ["/r"]), row)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_quoted_texts_are_read_back_and_stay_on_one_line(text):
    assert eval(quoted(text)) == text
    assert all(character.isprintable() for character in quoted(text))
