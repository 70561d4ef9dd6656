"""A search over HTTP finds what the search itself finds, and says what it could not understand."""

import io

import pytest
from PIL import Image
from tests.unit.search.colour_reader import ColourReader
from tests.unit.service.api.conftest import COLOURS, IDS

from tipr.errors import MissingError, QueryError
from tipr.gallery.store import Gallery
from tipr.search.query import search
from tipr.search.terms import Query, Words


def found(answer) -> list[int]:
    return [hit.id for hit in answer.hits]


def picture_of(colour: str) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (20, 60), COLOURS[colour]).save(content, "JPEG")
    return content.getvalue()


def test_typed_words_find_what_they_name(ask) -> None:
    answer = ask.search("gates", "a red coat", k=2, group=False)
    assert found(answer) == list(IDS["red"])
    assert (answer.gallery, answer.asked) == ("gates", "a red coat")
    assert (answer.searched, answer.total) == (6, 6)
    assert answer.more
    first = answer.hits[0]
    assert (first.rank, first.camera, first.time) == (1, "gate1", "2026-05-01T08:00:00")
    assert (first.file, first.attributes) == ("08-00-00_red.png", {"colour": "red"})


def test_the_same_is_found_as_without_a_service(ask, world) -> None:
    with Gallery.open(world.gallery) as gallery:
        own = search(gallery, ColourReader(), Query(texts=(Words("red green"),), k=6))
    answer = ask.search("gates", "red green", k=6, group=False)
    assert [(hit.id, hit.score, hit.rank) for hit in answer.hits] == [
        (hit.id, pytest.approx(hit.score), hit.rank) for hit in own
    ]


def test_a_plain_get_does_too(http) -> None:
    answer = http.get("/api/v1/galleries/gates/search", params={"q": "camera:gate2 blue", "k": 1})
    assert answer.status_code == 200
    assert [hit["id"] for hit in answer.json()["hits"]] == [IDS["blue"][1]]
    assert answer.json()["filters"] == ["camera gate2"]


def test_filters_leave_out_what_tokens_leave_out(ask) -> None:
    by_filter = ask.search("gates", "red", filters={"cameras": ["gate2"]}, group=False)
    by_token = ask.search("gates", "camera:gate2 red", group=False)
    assert found(by_filter) == found(by_token)
    assert by_filter.searched == 3


@pytest.mark.parametrize(
    ("filters", "left"),
    [
        ({"after": "2026-05-01T08:01"}, {2, 3, 5, 6}),
        ({"before": "2026-05-01T08:01"}, {1, 2, 4, 5}),
        ({"before": "2026-04-30"}, set()),
        ({"hours": "08:02-09"}, {3, 6}),
        ({"attributes": {"colour": ["red", "blue"]}}, {1, 3, 4, 6}),
        ({"sources": ["pictures"], "cameras": ["gate1"]}, {1, 2, 3}),
    ],
)
def test_each_filter_holds(ask, filters, left) -> None:
    assert set(found(ask.search("gates", "red", filters=filters, group=False))) == left


def test_filters_that_leave_nothing_say_what_there_is(ask) -> None:
    answer = ask.search("gates", "red", filters={"cameras": ["north"]})
    assert answer.hits == ()
    assert "the gallery has cameras gate1, gate2" in answer.notes[0]


def test_words_are_mixed_and_avoided(ask) -> None:
    texts = [{"text": "red"}, {"text": "green", "weight": 0.1}]
    assert found(ask.search("gates", texts=texts, k=4, group=False)) == [1, 4, 2, 5]
    avoid = [{"text": "green", "weight": 1}]
    answer = ask.search("gates", "red", avoid=avoid, k=6, group=False)
    assert found(answer)[-2:] == list(IDS["green"])
    assert answer.asked == "red + not green"


def test_like_and_unlike_move_a_search_and_leave_the_unlike_out(ask) -> None:
    assert found(ask.search("gates", like=[3], k=1)) == [6]
    answer = ask.search("gates", "red", unlike=[1], k=6, group=False)
    assert found(answer)[0] == 4
    assert 1 not in found(answer)


def test_an_uploaded_picture_finds_who_looks_like_it(ask) -> None:
    answer = ask.search("gates", pictures=[picture_of("blue")], k=2, group=False)
    assert found(answer) == list(IDS["blue"])


def test_words_join_uploaded_pictures_by_their_weights(ask) -> None:
    blue = picture_of("blue")
    heavy = ask.search("gates", "red", pictures=[blue], picture_weights=[9], k=1)
    light = ask.search("gates", "red", pictures=[blue], picture_weights=[0.1], k=1)
    assert (found(heavy), found(light)) == ([IDS["blue"][0]], [IDS["red"][0]])


def test_equal_pictures_are_one_hit_unless_told_otherwise(ask) -> None:
    grouped = ask.search("gates", "red", k=1)
    assert (found(grouped), grouped.hits[0].others) == ([1], (4,))
    assert len(ask.search("gates", "red", k=6).hits) == 3


def test_pages_neither_repeat_nor_skip(ask) -> None:
    pages = [ask.search("gates", "red", k=2, page=page, group=False) for page in (1, 2, 3)]
    assert sorted(number for page in pages for number in found(page)) == [1, 2, 3, 4, 5, 6]
    assert [page.more for page in pages] == [True, True, False]


def test_the_order_of_time_is_that_of_the_cameras(ask) -> None:
    answer = ask.search("gates", "blue", order="time", group=False)
    assert [hit.time for hit in answer.hits] == sorted(hit.time for hit in answer.hits)


def test_facets_count_what_may_be_chosen(ask) -> None:
    facets = ask.facets("gates", "camera:gate1", attributes={"colour": ["red"]})
    assert (facets.total, facets.cameras) == (1, {"gate1": 1, "gate2": 1})
    assert facets.attributes == {"colour": {"red": 1, "green": 1, "blue": 1}}
    assert facets.days == {"2026-05-01": 1}


def test_the_overview_tells_what_is_there(ask) -> None:
    (one,) = ask.galleries()
    assert one == ask.gallery("gates")
    assert (one.name, one.pictures, one.cameras) == ("gates", 6, {"gate1": 3, "gate2": 3})
    assert (one.first, one.last) == ("2026-05-01T08:00:00", "2026-05-01T08:02:00")
    assert (one.sources[0].files, one.calibrated, one.twins) == (6, False, 3)


def test_every_search_stands_in_the_audit_log_with_what_it_showed(ask, world) -> None:
    answer = ask.search("gates", "red", k=2, group=False)
    assert world.acts()[-1] == ("search", tuple(found(answer)))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, "nothing to look for"),
        ({"typed": "note:red"}, "note: is no filter"),
        ({"typed": "red", "filters": {"after": "soon"}}, "'soon' is no date"),
        ({"typed": "red", "filters": {"hours": "8"}}, "no time of day"),
        ({"typed": "red", "like": [77]}, "no picture has the id 77"),
        ({"typed": "red", "like": [1], "unlike": [1]}, "said to fit and not to fit"),
        ({"typed": "red", "k": 0}, "k: Input should be greater than or equal to 1"),
        ({"typed": "red", "k": 101}, "k: Input should be less than or equal to 100"),
        ({"typed": "red", "colour": "red"}, "colour: Extra inputs are not permitted"),
        ({"typed": "x" * 2001}, "typed: String should have at most 2000 characters"),
        ({"texts": [{"text": "red", "weight": 0}]}, "greater than 0"),
    ],
)
def test_what_cannot_be_understood_is_said_in_one_line(ask, asked, said) -> None:
    with pytest.raises(QueryError) as caught:
        ask.search("gates", **asked)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_no_picture_is_refused(ask) -> None:
    with pytest.raises(QueryError, match="not a picture of a known kind"):
        ask.search("gates", pictures=[b"GIF89a, but not really"])


def test_an_unknown_gallery_is_not_there(ask) -> None:
    with pytest.raises(MissingError, match="no gallery is called 'doors'; there are gates"):
        ask.search("doors", "red")
