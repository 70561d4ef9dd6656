import json

import pytest
from PIL import Image
from tests.unit.search.conftest import ROOT

from tipr.errors import GalleryError, PictureError, QueryError
from tipr.search.filters import Filters
from tipr.search.group import Grouping
from tipr.search.moments import hours
from tipr.search.saved import delete, load, save, saved
from tipr.search.terms import Avoided, Picture, Query, Words

RED = Query(texts=(Words("a red coat"),))


@pytest.fixture
def gallery(fill, shot):
    return fill([shot(number) for number in range(4)])


def test_a_search_is_kept_and_comes_back(gallery):
    query = Query(
        texts=(Words("a red coat", 2.0), Words("boots \u00e9")),
        avoid=(Avoided("a hat"),),
        like=(1, 3),
        unlike=(2,),
        filters=Filters(
            cameras=("gate",), after_ms=5, hours=hours("22-6"), attributes=(("bag", "yes"),)
        ),
        k=7,
        order="time",
        grouping=Grouping(gap_s=3),
    )
    before = gallery.generation
    save(gallery, " red coats ", query)
    save(gallery, "all red", RED)
    assert [one.name for one in saved(gallery)] == ["all red", "red coats"]
    assert load(gallery, "red coats") == query
    assert load(gallery, "red coats").notes == ()
    assert load(gallery, "all red") == RED
    assert gallery.generation == before
    assert not [row for table in ("searches", "examples") for row in gallery.broken(table)]


def test_a_taken_name_is_refused_unless_it_is_to_be_replaced(gallery):
    save(gallery, "one", RED)
    with pytest.raises(QueryError, match="there is a search 'one' already"):
        save(gallery, "one", Query(like=(1,)))
    assert load(gallery, "one") == RED
    save(gallery, "one", Query(like=(1,)), replace=True)
    assert load(gallery, "one") == Query(like=(1,))
    assert len(saved(gallery)) == 1


@pytest.mark.parametrize("name", ["", "  ", "x" * 201])
def test_a_name_has_a_length(gallery, name):
    with pytest.raises(QueryError, match="1 to 200 characters"):
        save(gallery, name, RED)


def test_what_it_starts_from_must_be_there(gallery, tmp_path):
    with pytest.raises(QueryError, match="no picture has the id 9"):
        save(gallery, "one", Query(like=(1, 9)))
    with pytest.raises(PictureError):
        save(gallery, "one", Query(pictures=(Picture(tmp_path / "gone.png"),)))
    assert saved(gallery) == []
    assert gallery.ask("SELECT count(*) FROM examples") == [(0,)]


def test_pictures_are_kept_with_it_and_go_with_it(gallery, draw, tmp_path):
    path = draw(tmp_path / "1.png", 1)
    save(gallery, "one", Query(pictures=(Picture(path), Picture(path.read_bytes(), 0.5))))
    save(gallery, "two", Query(pictures=(Picture(path),)))
    path.unlink()
    one = load(gallery, "one")
    assert [picture.weight for picture in one.pictures] == [1.0, 0.5]
    assert all(isinstance(picture.source, bytes) for picture in one.pictures)
    save(gallery, "again", one)
    assert gallery.ask("SELECT count(*) FROM uploads") == [(5,)]
    delete(gallery, "one")
    assert gallery.ask("SELECT count(*) FROM uploads") == [(3,)]
    assert [one.name for one in saved(gallery)] == ["again", "two"]


def test_what_a_camera_wrote_is_not_kept(gallery, tmp_path):
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    path = tmp_path / "1.jpg"
    Image.new("RGB", (20, 60), "red").save(path, exif=exif, comment=b"SecretComment")
    save(gallery, "one", Query(pictures=(Picture(path),)))
    ((jpeg,),) = gallery.ask("SELECT jpeg FROM uploads")
    assert b"Secret" not in jpeg


def test_an_erased_picture_is_out_of_every_search(gallery):
    save(gallery, "words", Query(texts=RED.texts, like=(1, 2), unlike=(3,)))
    save(gallery, "examples", Query(like=(1,), unlike=(4,)))
    gallery.remove(ROOT, ["0.jpg", "2.jpg"])
    left = load(gallery, "words")
    assert (left.like, left.unlike) == ((2,), ())
    assert left.notes == ("2 pictures of this search have been erased since",)
    with pytest.raises(QueryError, match="all that the search 'examples' started from"):
        load(gallery, "examples")


def test_a_search_that_is_not_there_is_told_with_those_that_are(gallery):
    with pytest.raises(GalleryError, match="no search is called 'x'; none is kept"):
        load(gallery, "x")
    save(gallery, "one", RED)
    for ask in (load, delete):
        with pytest.raises(GalleryError, match="no search is called 'x'; there are one"):
            ask(gallery, "x")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"format": 2}, "kept by a newer tipr"),
        ({"texts": [["a", "heavy"]]}, "cannot be read"),
        ({"filters": {"hours": None, "colour": "red"}}, "cannot be read"),
        ({"pictures": 3}, "cannot be read"),
    ],
)
def test_a_damaged_search_is_told(gallery, change, told):
    save(gallery, "one", RED)
    ((text,),) = gallery.ask("SELECT query FROM searches")
    with gallery.written(content=False) as db:
        db.execute("UPDATE searches SET query = ?", [json.dumps(json.loads(text) | change)])
    with pytest.raises(GalleryError, match=told):
        load(gallery, "one")
