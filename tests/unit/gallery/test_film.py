import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests import films

from tipr.errors import DependencyError, PictureError
from tipr.gallery import film
from tipr.gallery.film import Film, clock, every

STEADY = range(0, 4000, 100)


def always(time_ms: int) -> bool:
    return True


def near(picture: Image.Image, number: int) -> bool:
    """Whether this is the drawn frame, but for what the video's codec changes."""
    drawn = np.asarray(films.frame(number), np.int16)
    return float(np.abs(np.asarray(picture, np.int16) - drawn).mean()) < 6


@pytest.mark.parametrize("kind", ["mp4", "mkv", "avi", "mov", "ts"])
def test_frames_come_with_their_times_since_the_first(tmp_path, kind):
    with Film(films.write(tmp_path / f"a.{kind}", STEADY)) as opened:
        found = list(opened.frames(always))
        assert opened.fault == ""
    assert [time for time, _ in found] == list(STEADY)
    assert all(near(picture, number) for number, (_, picture) in enumerate(found))


def test_a_frame_of_every_step_whatever_the_rate(tmp_path):
    times = [0, 130, 990, 1000, 1001, 2900, 3100, 3900, 7000, 7010]
    path = films.write(tmp_path / "a.mkv", times)
    with Film(path) as opened:
        found = [time for time, _ in opened.frames(every(1000))]
    slow, steps = [], set()
    for time in times:
        if time // 1000 not in steps:
            steps.add(time // 1000)
            slow.append(time)
    assert found == slow == [0, 1000, 2900, 3100, 7000]


def test_going_on_behind_a_frame_finds_the_same_frames():
    times = sorted(np.random.default_rng(0).integers(0, 20_000, 300).tolist())
    whole = [time for time, wanted in zip(times, map(every(700), times), strict=True) if wanted]
    for done in range(len(whole)):
        rest = [
            time
            for time, wanted in zip(times, map(every(700, whole[done]), times), strict=True)
            if wanted
        ]
        assert rest == whole[done + 1 :]


@pytest.mark.parametrize("turned", [90, 180, -90, 0])
def test_a_video_filmed_upright_is_turned_as_it_says(tmp_path, turned):
    with Film(films.write(tmp_path / "a.mp4", [0, 100], turned=turned)) as opened:
        _, found = next(opened.frames(always))
    upright = films.frame(0).rotate(turned, expand=True)
    assert found.size == upright.size
    difference = np.asarray(found, np.int16) - np.asarray(upright, np.int16)
    assert float(np.abs(difference).mean()) < 6


def test_what_is_no_video_says_so_without_its_path(tmp_path):
    (tmp_path / "text.mp4").write_text("no video at all")
    (tmp_path / "empty.mp4").touch()
    for name in ("text.mp4", "empty.mp4", "gone.mp4"):
        with pytest.raises(
            PictureError, match=f"^{tmp_path / name}: cannot be read as a video"
        ) as caught:
            Film(tmp_path / name)
        assert str(caught.value).count(str(tmp_path)) == 1


def test_a_playlist_under_a_videos_name_opens_nothing_else(tmp_path):
    films.write(tmp_path / "real.mp4", [0, 100])
    (tmp_path / "list.mp4").write_text("ffconcat version 1.0\nfile real.mp4\n")
    with pytest.raises(PictureError, match="cannot be read as a video"):
        Film(tmp_path / "list.mp4")


def test_a_video_that_ends_early_gives_what_it_has_and_says_so(tmp_path):
    path = films.write(tmp_path / "a.mkv", range(0, 20_000, 100))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with Film(path) as opened:
        found = list(opened.frames(every(1000)))
        assert 5 < len(found) < 15
        assert "though it is 0:00:20 long" in opened.fault


def test_a_broken_place_is_told_and_what_is_behind_it_is_read(tmp_path):
    path = films.write(tmp_path / "a.avi", range(0, 8000, 100))
    content = bytearray(path.read_bytes())
    places = [
        place for place in range(len(content)) if content.startswith(b"\x00\x00\x01\xb6", place)
    ]
    for place in places[30:33]:  # the start codes of some frames in the middle
        content[place + 4 : place + 20] = b"\xff" * 16
    path.write_bytes(content)
    with Film(path) as opened:
        found = [time for time, _ in opened.frames(always)]
        assert "damaged frame at 0:00:0" in opened.fault
    assert found[-1] == 7900
    assert len(found) == 77


@pytest.mark.parametrize(("at", "left"), [("packet", 19), ("file", 10)])
def test_an_error_of_the_decoder_ends_its_packet_and_one_of_the_file_ends_it(tmp_path, at, left):
    import av

    class Broken:
        def decode(self):
            raise av.InvalidDataError(1, "it is broken")

    with Film(films.write(tmp_path / "a.avi", range(0, 2000, 100))) as opened:
        whole = opened._container

        class Disturbed:
            duration, streams = whole.duration, whole.streams

            def demux(self, stream):
                for number, packet in enumerate(whole.demux(stream)):
                    if number == 10 and at == "file":
                        raise av.InvalidDataError(1, "it is broken")
                    yield Broken() if number == 10 else packet

            def close(self):
                whole.close()

        opened._container = Disturbed()  # pyright: ignore[reportAttributeAccessIssue]
        assert len(list(opened.frames(always))) in (left, left - 1)
        assert "broken at 0:00:00: it is broken" in opened.fault


def test_a_coding_that_nobody_knows_is_named(tmp_path):
    path = films.write(tmp_path / "a.avi", [0, 100])
    path.write_bytes(path.read_bytes().replace(b"FMP4", b"ZZZ9"))
    with pytest.raises(PictureError, match="its coding is not known"):
        Film(path)


def test_frames_that_are_too_large_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(film, "MAX_PIXELS", 64 * 48 - 1)
    with (
        Film(films.write(tmp_path / "a.mp4", [0])) as opened,
        pytest.raises(PictureError, match="64 x 48"),
    ):
        next(opened.frames(always))


def test_sound_alone_is_no_moving_picture(tmp_path):
    import av

    with av.open(str(tmp_path / "a.mkv"), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), layout="mono")
        sound.sample_rate = 8000
        container.mux(stream.encode(sound))
        container.mux(stream.encode(None))
    with pytest.raises(PictureError, match="no moving picture"):
        Film(tmp_path / "a.mkv")


def test_without_the_library_one_is_told_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(DependencyError, match=r"pip install 'tipr\[video\]'"):
        Film(Path("a.mp4"))


def test_a_clock_shows_hours():
    assert [clock(time) for time in (0, 61_999, 3_723_000)] == ["0:00:00", "0:01:01", "1:02:03"]
