"""Pictures by their ids: what is known of them, how they look, what was near, why they fit."""

import io

import pytest
from PIL import Image
from tests.unit.service.api.conftest import COLOURS

from tipr.errors import MissingError, QueryError
from tipr.gallery.records import Reading, Shot
from tipr.gallery.scan import File
from tipr.gallery.store import Gallery


def mean_of(jpeg: bytes) -> tuple[int, ...]:
    with Image.open(io.BytesIO(jpeg)) as picture:
        assert picture.format == "JPEG"
        assert not picture.getexif()
        return tuple(picture.resize((1, 1)).getpixel((0, 0)))  # pyright: ignore


def test_an_item_is_told_without_its_place_on_the_disk(ask, world) -> None:
    item = ask.item("gates", 5)
    assert (item.id, item.file, item.camera) == (5, "08-01-00_green.png", "gate2")
    assert (item.time, item.attributes) == ("2026-05-01T08:01:00", {"colour": "green"})
    assert str(world.pictures) not in world.http.get("/api/v1/galleries/gates/items/5").text


@pytest.mark.parametrize("frame", [False, True])
def test_a_picture_shows_what_was_indexed(ask, frame) -> None:
    shown = mean_of(ask.picture("gates", 6, frame=frame))
    assert shown == pytest.approx(COLOURS["blue"], abs=4)
    assert mean_of(ask.thumbnail("gates", 6)) == pytest.approx(COLOURS["blue"], abs=4)


def test_a_video_is_fetched_as_it_is_and_in_parts(own, tmp_path) -> None:
    content = bytes(range(256)) * 4
    video = own.pictures / "gate.mp4"
    video.write_bytes(content)
    stat = video.stat()
    with Gallery.open(own.gallery, write=True) as gallery:
        shot = Shot(vector=gallery.vectors()[1][0], frame_ms=500)
        file = File("gate.mp4", stat.st_size, stat.st_mtime_ns)
        gallery.add(own.pictures, [Reading(file=file, shots=(shot,))])
        number = int(gallery.ids("frame_ms IS NOT NULL")[0])
    own.ask.film("gates", number, tmp_path / "copy.mp4")
    assert (tmp_path / "copy.mp4").read_bytes() == content
    place = f"/api/v1/galleries/gates/items/{number}/film"
    part = own.http.get(place, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, content[10:20])
    assert own.http.get(place, headers={"Range": "bytes=5000-"}).status_code == 416
    assert own.acts()[-1] == ("film", (number,))
    with pytest.raises(MissingError, match="picture 1 is out of no video that a browser plays"):
        own.ask.film("gates", 1, tmp_path / "copy.mp4")
    assert (tmp_path / "copy.mp4").read_bytes() == content


def test_neighbours_are_of_the_same_camera_in_the_order_of_time(ask, world) -> None:
    assert [one.id for one in ask.nearby("gates", 2, minutes=1)] == [1, 3]
    assert world.acts()[-1] == ("nearby", (2, 1, 3))
    assert [one.id for one in ask.nearby("gates", 4, minutes=5)] == [5, 6]
    assert [one.id for one in ask.nearby("gates", 4, minutes=5, k=1)] == [5]
    assert ask.nearby("gates", 4, minutes=0.5) == []


@pytest.mark.parametrize(
    "asked", [{"minutes": m} for m in ("0", "-1", "nan", "inf", "1441")] + [{"k": 0}, {"k": 201}]
)
def test_neighbours_lie_within_bounds(http, asked) -> None:
    answer = http.get("/api/v1/galleries/gates/items/1/nearby", params=asked)
    assert answer.status_code == 422
    assert next(iter(asked)) in answer.json()["error"]


def test_an_explanation_says_which_word_fits_and_which_does_not(ask, world) -> None:
    found = ask.explain("gates", 1, "a red hat")
    by_word = {word.word: word for word in found.words}
    assert by_word["red"].adds > 0 > by_word["hat"].adds
    assert found.matched_nothing == ("hat",)
    assert by_word["a"].adds is None
    total = sum(value for word in found.words for row in word.map for value in row)
    assert total == pytest.approx(found.score)
    assert world.acts()[-1] == ("explain", (1,))


def test_a_sentence_of_nothing_is_no_sentence(ask) -> None:
    with pytest.raises(QueryError, match="the description is empty"):
        ask.explain("gates", 1, "  ")


@pytest.mark.parametrize("what", ["", "/thumbnail", "/picture", "/film", "/nearby"])
def test_an_id_that_is_not_there_is_missing(http, what) -> None:
    answer = http.get(f"/api/v1/galleries/gates/items/99{what}")
    assert answer.status_code == 404
    assert "no picture has the id 99" in answer.json()["error"]


@pytest.mark.parametrize("item", ["..%2F..%2Fetc%2Fpasswd", "1.png", "0", "-1", "9" * 30])
def test_an_id_is_a_number_and_nothing_else(http, item) -> None:
    answer = http.get(f"/api/v1/galleries/gates/items/{item}/picture")
    assert answer.status_code in (404, 422)
    assert set(answer.json()) == {"error", "request"}


def test_explaining_what_is_not_there_is_missing(ask) -> None:
    with pytest.raises(MissingError):
        ask.explain("gates", 99, "red")
