"""The video in which somebody was seen: who gets it, and what is noted."""

import shutil
from pathlib import Path

import anyio
import numpy as np
import pytest

from tipr.errors import MissingError, PictureError, ReasonError
from tipr.gallery.records import Facts, Reading, Shot
from tipr.gallery.scan import File
from tipr.gallery.store import Gallery
from tipr.service.desk.films import film
from tipr.service.desk.rules import Rules, set_rules
from tipr.service.guard.caller import Caller
from tipr.service.state import audit

ANNA = Caller(who="key:1", name="anna", scope="read")
CONTENT = bytes(range(256)) * 40


@pytest.fixture
def desk(service):
    return service.desks["people"]


@pytest.fixture
def seen(desk, tmp_path):
    """seen(name): the number of somebody seen at 12.5 s in a video of that name."""
    (tmp_path / "films").mkdir()

    def one(name: str) -> int:
        path = tmp_path / "films" / name
        path.write_bytes(CONTENT)
        stat = path.stat()
        shot = Shot(
            vector=np.ones(12, np.float32) / 12**0.5,
            part="0@12500",
            box=(1, 2, 31, 92),
            frame_ms=12_500,
            facts=Facts(camera="gate"),
            thumbnail=b"kept",
        )
        with Gallery.open(desk.path, write=True) as gallery:
            file = File(name, stat.st_size, stat.st_mtime_ns)
            gallery.add(path.parent, [Reading(file=file, shots=(shot,))])
            return gallery.ids("frame_ms IS NOT NULL").tolist()[-1]

    return one


def noted(desk):
    with desk.state.reading() as db:
        return [(one.who, one.act, one.items) for one in reversed(audit.entries(db))]


def test_it_is_noted_once_for_all_parts_that_a_browser_asks_for(desk, seen, tmp_path):
    number = seen("a.MP4")
    for _ in range(3):
        found = anyio.run(film, desk, ANNA, number)
        assert found == (tmp_path / "films" / "a.MP4", "video/mp4")
    assert noted(desk) == [("key:1", "film", (number,))]


def test_pictures_and_what_no_browser_plays_have_none(desk, seen):
    for number in (1, seen("a.avi")):
        with pytest.raises(MissingError, match="out of no video that a browser plays"):
            anyio.run(film, desk, ANNA, number)
    assert noted(desk) == []


def test_a_video_that_is_not_what_was_indexed_is_not_given_out(desk, seen, tmp_path):
    number = seen("a.webm")
    (tmp_path / "films" / "a.webm").write_bytes(b"another")
    for _ in range(2):
        with pytest.raises(PictureError, match=r"^a.webm: is gone or has changed"):
            anyio.run(film, desk, ANNA, number)
        shutil.rmtree(tmp_path / "films", ignore_errors=True)
    assert noted(desk) == []


def test_a_gallery_that_demands_a_reason_demands_it_here_too(desk, seen):
    number = seen("a.mp4")
    with Gallery.open(desk.path, write=True) as gallery:
        set_rules(gallery, Rules(reason=True))
    with pytest.raises(ReasonError):
        anyio.run(film, desk, ANNA, number)


def test_a_browser_gets_the_part_it_asks_for_and_a_player_at_the_moment(client, seen: object):
    number = seen("a.mp4")  # type: ignore[operator]
    answer = client.get(f"/g/people/film/{number}", headers={"Range": "bytes=100-199"})
    assert (answer.status_code, answer.content) == (206, CONTENT[100:200])
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["cache-control"] == "no-store"
    assert "media-src 'self'" in answer.headers["content-security-policy"]
    assert str(Path("films")) not in str(answer.headers)
    page = client.get(f"/g/people?q=red&hit={number}&film=1").text
    assert f'src="/g/people/film/{number}#t=9.5,21.5"' in page
    assert f'poster="/g/people/picture/{number}?frame=1"' in page
    assert "film=1" in client.get(f"/g/people?q=red&hit={number}").text
    assert "film=1" not in client.get("/g/people?q=red&hit=1").text
