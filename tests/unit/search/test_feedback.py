import pytest
from tests.unit.search.conftest import ROOT

from tipr.errors import QueryError
from tipr.search.feedback import Mark, examples, marks, record, take_back
from tipr.search.uploads import keep, kept


@pytest.fixture
def gallery(fill, shot):
    return fill([shot(number) for number in range(4)])


def said(gallery, query=None):
    return [(mark.query, mark.item, mark.fits) for mark in marks(gallery, query)]


def test_marks_are_kept_and_the_last_word_counts(gallery):
    before = gallery.generation
    record(gallery, "a red coat", 1, True)
    record(gallery, "a red coat", 2, False)
    record(gallery, "blue jeans", 1, False)
    record(gallery, "a red coat", 2, True)
    assert said(gallery) == [
        ("a red coat", 1, True),
        ("blue jeans", 1, False),
        ("a red coat", 2, True),
    ]
    assert said(gallery, "blue jeans") == [("blue jeans", 1, False)]
    assert gallery.generation == before  # the index stays valid
    assert not list(gallery.broken("feedback"))


def test_marks_are_the_examples_of_the_next_search(gallery):
    for item, fits in ((1, True), (2, False), (3, True)):
        record(gallery, "a red coat", item, fits)
    take_back(gallery, "a red coat", 3)
    take_back(gallery, "a red coat", 4)
    assert examples(gallery, "a red coat") == ((1,), (2,))
    assert examples(gallery, "nothing") == ((), ())


def test_a_mark_goes_with_its_picture(gallery):
    record(gallery, "a red coat", 1, True)
    record(gallery, "a red coat", 2, True)
    gallery.remove(ROOT, ["0.jpg"])
    assert said(gallery) == [("a red coat", 2, True)]


def test_a_mark_of_what_is_not_there_is_refused(gallery):
    with pytest.raises(QueryError, match="no picture has the id 99"):
        record(gallery, "a red coat", 99, True)
    assert marks(gallery) == []


def test_a_mark_may_name_the_picture_that_was_searched_with(gallery, draw, tmp_path):
    with gallery.written(content=False) as db:
        upload = keep(db, draw(tmp_path / "1.png", 1))
    record(gallery, "", 1, True, upload=upload)
    (mark,) = marks(gallery)
    assert mark == Mark("", 1, True, mark.made, upload)
    assert kept(gallery, upload).startswith(b"\xff\xd8")
