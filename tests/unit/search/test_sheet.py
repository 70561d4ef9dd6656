import base64
import io
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image

from tipr.errors import StorageError
from tipr.gallery.build import build
from tipr.gallery.records import Facts, Item, Meta
from tipr.gallery.store import Gallery
from tipr.search import sheet
from tipr.search.answer import Answer, Hit
from tipr.search.filters import Filters
from tipr.search.query import search_many
from tipr.search.terms import Avoided, Picture, Query, Words

META = Meta(
    fingerprint="0123456789abcdef" * 4,
    model="/models/sen-b16",
    width=12,
    image_size=(384, 128),
    created="2026-01-01T00:00:00+00:00",
    version="0.1.0",
)
NOW = datetime(2026, 5, 1, 12, 30, tzinfo=UTC)


class Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def pictures(page: Page) -> list[Image.Image]:
    found = []
    for img in page.all("img"):
        head, data = img["src"].split(",")
        assert head == "data:image/jpeg;base64"
        found.append(Image.open(io.BytesIO(base64.b64decode(data))))
    return found


def answer(words, *hits, **more) -> Answer:
    query = words if isinstance(words, Query) else Query(texts=(Words(words),))
    return Answer(
        query=query, hits=hits, **{"searched": 1234, "total": 1234, "how": "exact"} | more
    )


def item(number, path, **more) -> Item:
    return Item(number, path, 1, 1, **more)


def html(*answers, items=(), thumbnails=None) -> str:
    """The items of the hits are whole files, unless they are given."""
    shown = {hit.id: item(hit.id, hit.path) for one in answers for hit in one}
    shown |= {one.id: one for one in items}
    return sheet.render(answers, META, NOW, items=shown, thumbnails=thumbnails or {})


def render(*answers, **more) -> Page:
    return Page(html(*answers, **more))


def test_a_tile_tells_rank_score_name_and_path(tmp_path, draw):
    path = draw(tmp_path / "gate" / "1.png", 3)
    page = render(answer("a red coat", Hit(1, 0.4321, path, 7)))
    assert {"title": str(path)} in page.all("li")
    for words in ("a red coat", "0.432", "1.png", "1,234", "sen-b16", "0123456789ab", "2026-05-01"):
        assert words in page.words
    assert "not an identification" in page.words
    assert "not a probability" in page.words
    assert len(page.all("h1")) == 1


def test_nothing_is_fetched_from_anywhere(tmp_path, draw):
    path = draw(tmp_path / "1.png", 3)
    text = html(answer("a", Hit(1, 0.1, path, 1)))
    page = Page(text)
    assert not page.all("script")
    assert not page.all("link")
    assert not re.search(r"https?:|//[a-z]|url\(|@import", text)
    assert all(img["src"].startswith("data:image/jpeg;base64,") for img in page.all("img"))


def test_words_and_names_cannot_become_markup(tmp_path, draw):
    path = draw(tmp_path / "x&<b>' onerror=1.png", 3)
    page = render(answer("</title><script>alert('x')</script>", Hit(1, 0.1, path, 1)))
    assert not page.all("script")
    assert all(not {"onerror", "onload"} & set(attributes) for _, attributes in page.tags)
    assert {"title": str(path)} in page.all("li")


def test_what_a_camera_wrote_into_the_file_is_not_passed_on(tmp_path):
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    exif[0x0112] = 6  # the camera was held upright: turn by a quarter
    path = tmp_path / "1.jpg"
    Image.new("RGB", (60, 20), "red").save(path, exif=exif, comment=b"SecretComment")
    assert b"SecretCamera" in path.read_bytes()
    text = html(answer("a", Hit(1, 0.1, path, 1)))
    (picture,) = pictures(Page(text))
    raw = base64.b64decode(Page(text).all("img")[0]["src"].split(",")[1])
    assert b"Secret" not in raw
    assert b"Exif" not in raw
    assert not picture.getexif()
    assert picture.size == (20, 60)


def test_large_pictures_become_thumbnails_of_the_same_shape(tmp_path):
    path = tmp_path / "1.png"
    Image.new("RGB", (1000, 3000), "blue").save(path)
    (picture,) = pictures(render(answer("a", Hit(1, 0.1, path, 1))))
    width, height = picture.size
    assert height <= 800
    assert height / width == pytest.approx(3, rel=0.02)


def test_a_vanished_picture_is_drawn_as_an_empty_tile(tmp_path):
    page = render(answer("a", Hit(1, 0.1, tmp_path / "gone.png", 1)))
    assert not page.all("img")
    assert "picture gone" in page.words
    assert "gone.png" in page.words


def test_several_sentences_share_a_sheet(tmp_path, draw):
    path = draw(tmp_path / "1.png", 3)
    one, two = answer("one", Hit(1, 0.3, path, 1)), answer("two", Hit(1, -0.2, path, 1))
    page = render(one, two, answer("three"))
    assert (len(page.all("h1")), len(page.all("h2"))) == (1, 2)
    assert "\u22120.200" in page.words
    assert "nothing found" in page.words


def test_a_tile_tells_camera_time_and_how_many_more(tmp_path, draw):
    path = draw(tmp_path / "1.png", 3)
    noon = Facts(camera="north gate", time_ms=1_777_636_800_000)
    hit = Hit(3, 0.4, path, 7, noon.camera, noon.time_ms, others=(8, 9, 10))
    page = render(answer("a", hit, Hit(4, 0.3, path, 8, frame_ms=3_725_000)), thumbnails={8: b"x"})
    assert "north gate 2026-05-01 12:00:00" in page.words
    assert "+3" in page.words
    assert "1:02:05" in page.words
    assert [tag.get("class") for tag in page.all("li")] == ["stack", None]


def test_a_calibrated_answer_shows_chances_and_labels(tmp_path, draw):
    path = draw(tmp_path / "1.png", 3)
    hits = (
        Hit(1, 0.61, path, 1, probability=0.87, label="strong"),
        Hit(2, 0.5, path, 2, probability=0.04, label="weak"),
    )
    page = render(answer("a", *hits, calibrated=True))
    assert "87\u2009%" in page.words
    assert [tag["class"] for tag in page.all("span") if "label" in (tag["class"] or "")] == [
        "label strong",
        "label weak",
    ]
    assert "not a probability" not in page.words
    assert {"class": "score", "title": "similarity 0.610"} in page.all("div")
    assert "Nobody" not in page.words
    nobody = render(answer("a", *hits, calibrated=True, nobody=True))
    assert "Nobody among these 1,234 pictures seems to fit" in nobody.words


def test_the_whole_question_stands_above_the_hits(tmp_path, draw):
    query = Query(
        texts=(Words("a red coat"), Words("boots")),
        avoid=(Avoided("a <hat>"),),
        pictures=(Picture(draw(tmp_path / "1.png", 1)), Picture(b"broken")),
        like=(5, 6, 7),
        unlike=(8,),
        filters=Filters(cameras=("gate", "yard"), attributes=(("bag", "a, b"),)),
        order="time",
        page=2,
    )
    liked = [item(5, draw(tmp_path / "5.png", 5)), item(6, tmp_path / "gone.png")]
    page = render(answer(query, searched=30, notes=("a note & more",)), items=liked)
    assert "a red coat + boots" in page.words
    assert len(page.all("img")) == 2
    chips = re.findall(r'class="chip">([^<]*)<', html(answer(query), items=liked))
    assert chips == [
        "not a &lt;hat&gt;",
        "unlike 1 marked as wrong",
        "camera gate or yard",
        "bag a, b",
        "in order of time",
        "page 2",
    ]
    assert "a note & more" in page.words
    assert "30 searched, 1,234 in the gallery" in page.words


def test_a_question_without_words_is_told_by_what_it_is_made_of():
    page = render(answer(Query(like=(1, 2))))
    assert "like 2 pictures" in page.words
    assert page.all("h1") == [{}]


def test_a_person_in_a_frame_is_cut_out_and_a_kept_thumbnail_is_preferred(tmp_path):
    frame = tmp_path / "frame.png"
    picture = Image.new("RGB", (100, 60), "white")
    picture.paste("red", (20, 10, 40, 50))
    picture.save(frame)
    jpeg = io.BytesIO()
    Image.new("RGB", (30, 70), "blue").save(jpeg, "JPEG", comment=b"SecretComment")
    box = (20, 10, 40, 50)
    hits = [Hit(number, 0.5, frame, number, box=box) for number in (1, 2)]
    boxed = [item(number, frame, box=box) for number in (1, 2)]
    text = html(answer("a", *hits), items=boxed, thumbnails={2: jpeg.getvalue()})
    cut, kept = pictures(Page(text))
    assert cut.size == (20, 40)
    assert cut.getpixel((10, 20))[0] > 240
    assert cut.getpixel((10, 20))[1] < 20
    assert kept.size == (30, 70)
    assert b"Secret" not in base64.b64decode(Page(text).all("img")[1]["src"].split(",")[1])


def test_a_file_that_has_changed_is_not_shown_for_what_was_found(tmp_path, draw):
    path = draw(tmp_path / "1.png", 3)
    page = render(answer("a", Hit(1, 0.5, path, 1)), items=[item(1, path, content=b"otherwise")])
    assert not page.all("img")
    assert "picture gone" in page.words


def test_the_sheet_of_a_gallery_is_written_whole_or_not_at_all(
    people, tmp_path, make_encoder, monkeypatch
):
    build(make_encoder(), people, tmp_path / "gallery", model="m")
    goal = tmp_path / "sheet.html"
    with Gallery.open(tmp_path / "gallery") as gallery:
        answers = search_many(gallery, make_encoder(), ["a"], 4)
        sheet.write(goal, answers, gallery)
        before = goal.read_bytes()
        assert len(Page(before.decode()).all("img")) == 4
        with pytest.raises(StorageError, match="cannot be written"):
            sheet.write(tmp_path / "no" / "folder.html", answers, gallery)
        with pytest.raises(StorageError, match="cannot be written"):
            sheet.write(people, answers, gallery)

        def full(_: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("tipr.files.os.fsync", full)
        with pytest.raises(StorageError, match="No space left"):
            sheet.write(goal, answers, gallery)
    assert goal.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gallery", "people", "sheet.html"]


def test_the_template_travels_with_the_package():
    assert (Path(sheet.__file__).parent / "sheet.html").is_file()
