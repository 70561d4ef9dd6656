import os
from pathlib import Path

import pytest
from PIL import ExifTags, Image

from tipr.gallery import wallclock
from tipr.gallery.records import Facts
from tipr.gallery.scan import File, file_of, stat_of
from tipr.gallery.seeing import CHANGED, see
from tipr.gallery.sight import Whole
from tipr.gallery.source import Wanted

EYE = Whole((24, 8))


def wanted(path: Path, **facts) -> Wanted:
    return Wanted(file_of(path.name, stat_of(path)), Facts(**facts))


class Meddler:
    """Whenever a picture is looked at, its file is written anew: `times` times."""

    method = "whole"

    def __init__(self, path: Path, draw, times: int):
        self.path, self.draw, self.times = path, draw, times

    def __call__(self, picture, frame_ms=None):
        if self.times:
            self.times -= 1
            self.draw(self.path, 100 + self.times)
            os.utime(self.path, ns=(1, 1000 + self.times))
        return EYE(picture)


def test_a_picture_is_seen_with_what_is_known_of_it(tmp_path, draw):
    path = draw(tmp_path / "a.png", 3)
    seen = see(tmp_path, wanted(path, camera="gate", time_ms=5), EYE)
    assert (len(seen.sights), seen.reason) == (1, None)
    assert seen.facts == seen.wanted.facts == Facts(camera="gate", time_ms=5)


def test_where_no_time_was_given_the_cameras_own_is_known_but_not_given(tmp_path):
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2026:05:01 08:15:02"
    Image.new("RGB", (8, 8)).save(tmp_path / "a.jpg", exif=exif)
    seen = see(tmp_path, wanted(tmp_path / "a.jpg", camera="gate"), EYE)
    assert seen.facts == Facts(camera="gate", time_ms=wallclock.of_text("2026-05-01T08:15:02"))
    assert seen.wanted.facts == Facts(camera="gate")


def test_a_picture_changed_while_it_is_read_is_read_once_more(tmp_path, draw):
    path = draw(tmp_path / "a.png", 3)
    seen = see(tmp_path, wanted(path), Meddler(path, draw, 1))
    assert seen.reason is None
    assert seen.wanted.file == file_of("a.png", stat_of(path))
    (now,) = EYE(Image.open(path).convert("RGB"))
    assert seen.sights[0].content == now.content


def test_a_picture_that_never_rests_is_left_for_the_next_time(tmp_path, draw):
    path = draw(tmp_path / "a.png", 3)
    seen = see(tmp_path, wanted(path), Meddler(path, draw, 9))
    assert (seen.reason, seen.sights) == (CHANGED, ())
    assert seen.wanted.file != file_of("a.png", stat_of(path))


def test_the_file_is_remembered_as_it_was_when_it_was_read(tmp_path, draw):
    path = draw(tmp_path / "a.png", 3)
    before = wanted(path)
    os.utime(path, ns=(7, 7))
    assert see(tmp_path, before, EYE).wanted.file.mtime_ns == 7
    path.unlink()
    seen = see(tmp_path, before, EYE)
    assert (seen.wanted.file, seen.reason) == (File("a.png", -1, -1), "no such picture")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes there")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.png")
    seen = see(tmp_path, wanted(tmp_path / "a.png"), EYE)
    assert seen.reason == "is a pipe or device, not a file"
    (tmp_path / "b.png").mkdir()
    assert see(tmp_path, wanted(tmp_path / "b.png"), EYE).reason == "is a folder, not a picture"
