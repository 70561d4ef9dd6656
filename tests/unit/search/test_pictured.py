"""The pixels behind an item: the file, the part or the frame that was indexed, or an error."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tipr.errors import PictureError
from tipr.gallery.look import content_of
from tipr.gallery.records import Item
from tipr.search.pictured import picture_of


def item(path: Path, **more: object) -> Item:
    return Item(id=1, path=path, size=0, mtime_ns=0, **more)  # pyright: ignore[reportArgumentType]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    whole = Image.new("RGB", (40, 30), "white")
    whole.paste((255, 0, 0), (10, 5, 20, 25))
    whole.save(tmp_path / "frame.png")
    return tmp_path / "frame.png"


def test_a_file_or_the_part_of_it_that_was_indexed(file: Path) -> None:
    assert picture_of(item(file)).size == (40, 30)
    part = picture_of(item(file, box=(10, 5, 20, 25)))
    assert part.size == (10, 20)
    assert part.getcolors() == [(200, (255, 0, 0))]


def test_a_picture_that_has_changed_since_is_no_explanation(file: Path) -> None:
    with Image.open(file) as opened:
        content = content_of(opened.convert("RGB"))
    assert picture_of(item(file, content=content)).size == (40, 30)
    Image.new("RGB", (40, 30), "blue").save(file)
    with pytest.raises(PictureError, match="changed since it was indexed; run 'tipr index'"):
        picture_of(item(file, content=content))
    file.unlink()
    with pytest.raises(PictureError, match="no such picture"):
        picture_of(item(file, content=content))


class Reel:
    """A video of three frames."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> "Reel":
        return self

    def __exit__(self, *_: object) -> None: ...

    def frames(self, wanted: object) -> Iterator[tuple[int, Image.Image]]:
        for time_ms, colour in ((0, "red"), (500, "green"), (1000, "blue")):
            if wanted(time_ms):  # pyright: ignore[reportCallIssue]
                yield time_ms, Image.new("RGB", (40, 30), colour)


def test_a_person_in_a_frame_of_a_video(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tipr.gallery.film.Film", Reel)
    found = picture_of(item(tmp_path / "film.mp4", frame_ms=500, box=(0, 0, 4, 8)))
    assert found.getcolors() == [(32, (0, 128, 0))]
    with pytest.raises(PictureError, match="no frame at 700 ms any more"):
        picture_of(item(tmp_path / "film.mp4", frame_ms=700))
