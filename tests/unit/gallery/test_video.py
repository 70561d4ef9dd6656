from pathlib import Path

import pytest
from tests import films

from tipr.errors import PictureError
from tipr.gallery.film import Film
from tipr.gallery.records import Facts
from tipr.gallery.scan import file_of, stat_of
from tipr.gallery.seeing import CHANGED, Seen
from tipr.gallery.sight import People
from tipr.gallery.source import Wanted
from tipr.gallery.video import Pace, watch

PACE = Pace(step_ms=500, frames=3)


class Half:
    """Somebody fills the left half of every frame."""

    identity = "half"

    def find(self, picture):
        return [(0, 0, picture.width // 2, picture.height)]


EYE = People((24, 8), Half(), smallest=1)


@pytest.fixture
def video(tmp_path) -> Path:
    return films.write(tmp_path / "a.mkv", range(0, 4000, 100))


def seen(video: Path, after_ms: int | None = None, eye=EYE) -> list[Seen]:
    wanted = Wanted(file_of(video.name, stat_of(video)), Facts(camera="gate", time_ms=9))
    return list(watch(video.parent, wanted, eye, PACE, after_ms=after_ms))


def times(stretches: list[Seen]) -> list[list[int | None]]:
    return [[sight.frame_ms for sight in one.sights] for one in stretches]


def test_a_video_comes_in_stretches_of_so_many_frames(video):
    found = seen(video)
    assert times(found) == [[0, 500, 1000], [1500, 2000, 2500], [3000, 3500]]
    assert [one.done_ms for one in found] == [1000, 2500, None]
    assert [one.more for one in found] == [False, True, True]
    assert [one.steps for one in found] == [3, 3, 2]
    assert found[0].ahead == 6
    assert {one.reason for one in found} == {None}
    assert found[0].wanted.file == file_of("a.mkv", stat_of(video))


def test_going_on_gives_the_very_stretches_that_were_left(video):
    whole = seen(video)
    for number, one in enumerate(whole[:-1]):
        rest = seen(video, one.done_ms)
        assert times(rest) == times(whole[number + 1 :])
        assert all(stretch.more for stretch in rest)
        for left, right in zip(rest, whole[number + 1 :], strict=True):
            for sight, other in zip(left.sights, right.sights, strict=True):
                assert sight.pixels_HW3.tobytes() == other.pixels_HW3.tobytes()
                assert sight.part == other.part


def test_a_full_last_stretch_is_closed_by_an_empty_one(tmp_path):
    found = seen(films.write(tmp_path / "a.mkv", range(0, 3000, 500)))
    assert times(found) == [[0, 500, 1000], [1500, 2000, 2500], []]
    assert found[-1].done_ms is None


def test_what_comes_before_an_error_is_kept(video, monkeypatch):
    frames = Film.frames

    def fails(self, wanted):
        for time_ms, picture in frames(self, wanted):
            if time_ms > 2000:
                raise PictureError(f"{video}: it broke")
            yield time_ms, picture

    monkeypatch.setattr(Film, "frames", fails)
    found = seen(video)
    assert times(found) == [[0, 500, 1000], [1500, 2000]]
    assert [one.reason for one in found] == [None, "it broke"]


def test_no_video_is_one_stretch_with_the_reason(tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"nothing")
    (one,) = seen(tmp_path / "a.mp4")
    assert one.reason is not None
    assert one.reason.startswith("cannot be read as a video")
    (one,) = seen(tmp_path / "gone.mp4")
    assert one.reason == "no such video"
    assert one.wanted.file.size == -1


def test_a_video_changed_while_it_is_watched_says_so(video):
    class Meddler(Half):
        def find(self, picture):
            video.touch()
            return super().find(picture)

    found = seen(video, eye=People((24, 8), Meddler(), smallest=1))
    assert [one.reason for one in found] == [None, None, CHANGED]
    assert len(found[-1].sights) == 2
