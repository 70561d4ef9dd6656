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
from tipr.gallery.records import Meta
from tipr.gallery.store import Gallery
from tipr.search import sheet
from tipr.search.query import Hit, search_many

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


def render(answers, count=1234) -> Page:
    return Page(sheet.render(answers, META, count, NOW))


def test_a_tile_tells_rank_score_name_and_path(tmp_path, draw):
    path = draw(tmp_path / "gate" / "1.png", 3)
    page = render([("a red coat", [Hit(1, 0.4321, path, 7)])])
    assert {"title": str(path)} in page.all("li")
    for words in ("a red coat", "0.432", "1.png", "1,234", "sen-b16", "0123456789ab", "2026-05-01"):
        assert words in page.words
    assert "not an identification" in page.words
    assert "not a probability" in page.words
    assert len(page.all("h1")) == 1


def test_nothing_is_fetched_from_anywhere(tmp_path, draw):
    path = draw(tmp_path / "1.png", 3)
    text = sheet.render([("a", [Hit(1, 0.1, path, 1)])], META, 1, NOW)
    page = Page(text)
    assert not page.all("script")
    assert not page.all("link")
    assert not re.search(r"https?:|//[a-z]|url\(|@import", text)
    assert all(img["src"].startswith("data:image/jpeg;base64,") for img in page.all("img"))


def test_words_and_names_cannot_become_markup(tmp_path, draw):
    path = draw(tmp_path / "x&<b>' onerror=1.png", 3)
    page = render([("</title><script>alert('x')</script>", [Hit(1, 0.1, path, 1)])])
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
    text = sheet.render([("a", [Hit(1, 0.1, path, 1)])], META, 1, NOW)
    (picture,) = pictures(Page(text))
    raw = base64.b64decode(Page(text).all("img")[0]["src"].split(",")[1])
    assert b"Secret" not in raw
    assert b"Exif" not in raw
    assert not picture.getexif()
    assert picture.size == (20, 60)


def test_large_pictures_become_thumbnails_of_the_same_shape(tmp_path):
    path = tmp_path / "1.png"
    Image.new("RGB", (1000, 3000), "blue").save(path)
    (picture,) = pictures(render([("a", [Hit(1, 0.1, path, 1)])]))
    width, height = picture.size
    assert height <= 800
    assert height / width == pytest.approx(3, rel=0.02)


def test_a_vanished_picture_is_drawn_as_an_empty_tile(tmp_path):
    page = render([("a", [Hit(1, 0.1, tmp_path / "gone.png", 1)])])
    assert not page.all("img")
    assert "picture no longer" in page.words
    assert "gone.png" in page.words


def test_several_sentences_share_a_sheet(tmp_path, draw):
    path = draw(tmp_path / "1.png", 3)
    page = render(
        [("one", [Hit(1, 0.3, path, 1)]), ("two", [Hit(1, -0.2, path, 1)]), ("three", [])]
    )
    assert (len(page.all("h1")), len(page.all("h2"))) == (1, 2)
    assert "\u22120.200" in page.words
    assert "nothing found" in page.words


def test_the_sheet_of_a_gallery_is_written_whole_or_not_at_all(
    people, tmp_path, make_encoder, monkeypatch
):
    build(make_encoder(), people, tmp_path / "gallery", model="m")
    goal = tmp_path / "sheet.html"
    with Gallery.open(tmp_path / "gallery") as gallery:
        answers = [("a", search_many(gallery, make_encoder(), ["a"], 4)[0])]
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
