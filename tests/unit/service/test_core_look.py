"""What a caller sees of pictures, and what the audit log says they saw."""

import io

import anyio
import numpy as np
import pytest
from PIL import Image

from tipr.errors import MissingError, PictureError, ReasonError, ScopeError, StorageError
from tipr.gallery.build import build
from tipr.gallery.forget import forget
from tipr.gallery.records import Reading, Shot
from tipr.gallery.scan import File
from tipr.gallery.store import Gallery
from tipr.service.desk import find, look
from tipr.service.desk.rules import Rules, set_rules
from tipr.service.desk.shown import LASTS_S, Shown
from tipr.service.desk.thumbnails import Thumbnails
from tipr.service.guard.caller import Caller
from tipr.service.state import audit

ANNA = Caller(who="key:1", name="anna", scope="read", address="10.0.0.1", request="r1")
BERT = Caller(who="key:2", name="bert", scope="read")


@pytest.fixture
def desk(service):
    return service.desks["people"]


def run(verb, *args, **options):
    async def call():
        return await verb(*args, **options)

    return anyio.run(call)


def noted(desk):
    with desk.state.reading() as db:
        return [(one.who, one.act, one.items) for one in reversed(audit.entries(db))]


def opened(jpeg):
    return Image.open(io.BytesIO(jpeg))


def test_a_search_is_noted_with_its_words_and_the_hits_it_shows(desk):
    caller = Caller(**{name: getattr(ANNA, name) for name in ("who", "name", "scope", "address")})
    answer = run(find.search, desk, caller, "a red coat", 3)
    with desk.state.reading() as db:
        (entry,) = audit.entries(db)
    assert entry.items == tuple(hit.id for hit in answer)
    assert len(entry.items) == 3
    assert entry.gallery == "people"
    assert entry.words == {"query": "a red coat", "client": "10.0.0.1"}


def test_thumbnails_of_hits_belong_to_their_search_and_others_are_views(desk):
    answer = run(find.search, desk, ANNA, "a red coat", 3)
    for hit in answer:
        run(look.thumbnail, desk, ANNA, hit.id)
    assert len(noted(desk)) == 1
    other = next(number for number in range(1, 11) if number not in {hit.id for hit in answer})
    for _ in range(2):
        run(look.thumbnail, desk, ANNA, other)
    run(look.thumbnail, desk, BERT, answer[0].id)
    assert noted(desk)[1:] == [
        ("key:1", "view", (other,)),
        ("key:2", "view", (answer[0].id,)),
    ]


def test_looking_at_a_hit_is_a_view_once_for_all_that_is_loaded_of_it(desk):
    answer = run(find.search, desk, ANNA, "a red coat", 1)
    number = answer[0].id
    assert run(look.item, desk, ANNA, number).id == number
    run(look.picture, desk, ANNA, number)
    run(look.picture, desk, ANNA, number, frame=True)
    assert noted(desk)[1:] == [("key:1", "view", (number,))]


def test_being_shown_a_picture_lasts_an_hour_and_is_ones_own():
    class Clock:
        now = 0.0

        def __call__(self):
            return self.now

    clock = Clock()
    shown = Shown(clock=clock)
    shown.add("a", [1, 2])
    assert shown.holds("a", 1)
    assert not shown.holds("b", 1)
    assert not shown.holds("a", 3)
    clock.now = LASTS_S
    assert not shown.holds("a", 1)


def test_what_is_given_out_holds_nothing_that_a_camera_wrote(make_service, tmp_path, make_encoder):
    folder = tmp_path / "camera"
    folder.mkdir()
    exif = Image.Exif()
    exif[0x010F] = "SECRETCAM"
    exif[0x0112] = 6  # a quarter turn
    picture = Image.fromarray(
        np.random.default_rng(0).integers(0, 255, (20, 60, 3), np.uint8).astype(np.uint8)
    )
    picture.save(folder / "a.jpg", exif=exif, comment=b"SECRETCAM", icc_profile=b"SECRETCAM" * 20)
    build(make_encoder(), folder, tmp_path / "g", model="box")
    desk = make_service(galleries=[tmp_path / "g"]).desks["g"]
    given = [
        run(look.thumbnail, desk, ANNA, 1),
        run(look.picture, desk, ANNA, 1),
        run(look.picture, desk, ANNA, 1, frame=True),
    ]
    assert b"SECRETCAM" in (folder / "a.jpg").read_bytes()
    for jpeg in given:
        assert b"SECRETCAM" not in jpeg
        assert not opened(jpeg).getexif()
        assert opened(jpeg).size == (20, 60)  # upright


def test_a_person_is_cut_out_of_the_frame_and_the_frame_is_whole(desk, draw, tmp_path):
    frame = tmp_path / "frames" / "f.png"
    frame.parent.mkdir()
    Image.new("RGB", (100, 80), (200, 10, 10)).save(frame)
    with Gallery.open(desk.path, write=True) as gallery:
        vector = np.ones(12, np.float32) / np.sqrt(12).astype(np.float32)
        shot = Shot(vector=vector, part="0", box=(10, 20, 30, 70), content=b"", look=0)
        gallery.add(frame.parent, [Reading(file=File("f.png", 1, 1), shots=(shot,))])
        (number,) = gallery.ids("part = '0'").tolist()
    assert opened(run(look.picture, desk, ANNA, number)).size == (20, 50)
    assert opened(run(look.picture, desk, ANNA, number, frame=True)).size == (100, 80)


def test_a_kept_thumbnail_is_given_as_it_is(desk):
    with Gallery.open(desk.path, write=True) as gallery:
        gallery.set_thumbnails({4: b"kept"})
    assert run(look.thumbnail, desk, ANNA, 4) == b"kept"
    assert opened(run(look.thumbnail, desk, ANNA, 4, fine=True)).size == (10, 30)


def test_a_fine_thumbnail_is_twice_as_large_and_belongs_to_the_same_search(
    make_service, tmp_path, make_encoder
):
    Image.effect_noise((300, 900), 60).convert("RGB").save(tmp_path / "a.png")
    (tmp_path / "large").mkdir()
    (tmp_path / "a.png").rename(tmp_path / "large" / "a.png")
    build(make_encoder(), tmp_path / "large", tmp_path / "tall", model="box")
    desk = make_service([tmp_path / "tall"]).desks["tall"]
    (hit,) = run(find.search, desk, ANNA, "a red coat", 3)
    for _ in range(2):  # the second time out of the memory
        assert opened(run(look.thumbnail, desk, ANNA, hit.id)).size == (128, 384)
        assert opened(run(look.thumbnail, desk, ANNA, hit.id, fine=True)).size == (256, 768)
    assert [act for _, act, _ in noted(desk)] == ["search"]


def test_a_picture_that_changed_since_it_was_indexed_is_not_shown(desk, people, draw):
    draw(people / "2.png", 77)
    number = 3
    for verb in (look.thumbnail, look.picture):
        with pytest.raises(PictureError, match="has changed since it was indexed"):
            run(verb, desk, ANNA, number)
    assert noted(desk) == []


def test_an_erased_picture_is_shown_no_more_though_it_was_in_the_memory(desk):
    run(look.thumbnail, desk, ANNA, 5)
    with Gallery.open(desk.path, write=True) as gallery:
        forget(gallery, [5])
    for verb in (look.item, look.thumbnail, look.picture):
        with pytest.raises(MissingError, match="no picture has the id 5"):
            run(verb, desk, ANNA, 5)
    run(desk.read, desk.refresh)
    assert not desk.thumbnails._jpegs


def test_thumbnails_in_the_memory_are_bounded_and_belong_to_one_content():
    thumbnails = Thumbnails(10)
    for number in range(4):
        thumbnails.put("g", number, b"1234")
    assert [thumbnails.get("g", number) for number in range(4)] == [None, None, b"1234", b"1234"]
    thumbnails.put("g", 2, b"12")
    thumbnails.put("g", 4, b"1234")
    assert thumbnails.get("g", 3) == b"1234"
    assert thumbnails.get("h", 3) is None
    assert thumbnails.get("g", 3) is None


def test_a_gallery_may_demand_a_reason_which_is_noted(desk):
    with Gallery.open(desk.path, write=True) as gallery:
        set_rules(gallery, Rules(reason=True))
    for verb, args in (
        (find.search, ["red"]),
        (look.item, [1]),
        (look.thumbnail, [1]),
        (look.picture, [1]),
    ):
        with pytest.raises(ReasonError, match="demands a reason"):
            run(verb, desk, ANNA, *args)
    assert noted(desk) == []
    run(look.item, desk, Caller(who="key:1", name="a", scope="read", reason="case 12"), 1)
    with desk.state.reading() as db:
        assert audit.entries(db)[0].words == {"reason": "case 12"}


def test_a_desk_looks_at_the_scope_itself(desk):
    with pytest.raises(ScopeError):
        run(desk.admit, ANNA, "admin")


def test_nothing_is_shown_that_cannot_be_noted(desk, monkeypatch):
    def full(db, acts):
        raise StorageError("the disk is full")

    monkeypatch.setattr(audit, "append", full)
    for verb, args in ((find.search, ["red"]), (look.item, [1]), (look.picture, [1])):
        with pytest.raises(StorageError):
            run(verb, desk, ANNA, *args)
    assert not desk.shown.holds(ANNA.who, 1)


def test_through_the_api_a_picture_that_is_not_there_is_404_and_noted_nowhere(client, service):
    answer = client.get("/api/v1/galleries/people/items/99/thumbnail")
    assert answer.status_code == 404
    assert client.get("/api/v1/galleries/nobody/items/1/thumbnail").status_code == 404
    assert noted(service.desks["people"]) == []
