import pickle

import numpy as np
import pytest

from tipr.errors import ModelError
from tipr.gallery.records import Facts
from tipr.gallery.scan import File, file_of, stat_of
from tipr.gallery.seeing import Seen
from tipr.gallery.sight import Sight, Whole
from tipr.gallery.source import Wanted
from tipr.gallery.work import Batch, encoded, local, read_batch


@pytest.fixture
def batches(tmp_path, draw) -> list[Batch]:
    paths = [draw(tmp_path / f"{number}.png", number) for number in range(11)]
    (tmp_path / "4.png").write_bytes(b"no picture")
    wanted = [Wanted(file_of(path.name, stat_of(path)), Facts(camera="c")) for path in paths]
    return [Batch(tmp_path, tuple(wanted[start : start + 3])) for start in range(0, 11, 3)]


def plain(readings):
    return [
        (
            one.file,
            one.reason,
            one.facts,
            [(shot.vector.tobytes(), shot.content, shot.facts) for shot in one.shots],
        )
        for one in readings
    ]


def test_local_work_answers_like_reading_one_file_after_the_other(batches, make_encoder):
    eye = Whole(make_encoder.image_size)
    slow, fast = make_encoder(), make_encoder()
    expected = [read_batch(slow, eye, batch, 64) for batch in batches]
    found = list(local(fast, eye, 64)(iter(batches)))
    assert [plain(some) for some in found] == [plain(some) for some in expected]
    assert fast.batches == slow.batches == [3, 2, 3, 2]
    assert [one.reason is None for some in found for one in some].count(False) == 1


def test_local_work_that_is_given_up_reads_no_further(batches, make_encoder):
    read = []

    class Counting(Whole):
        def __call__(self, picture, frame_ms=None):
            read.append(1)
            return super().__call__(picture, frame_ms)

    going = local(make_encoder(), Counting(make_encoder.image_size), 64)(batches * 50)
    next(going)
    going.close()
    assert len(read) < 30


def test_a_batch_travels(batches):
    assert pickle.loads(pickle.dumps(batches[0])) == batches[0]


def sight(number: int, frame_ms: int | None = None) -> Sight:
    pixels = np.full((24, 8, 3), number, np.uint8)
    return Sight(pixels_HW3=pixels, content=b"", look=0, part=str(number), frame_ms=frame_ms)


def test_people_go_to_the_encoder_in_order_so_many_at_once(make_encoder):
    encoder = make_encoder()
    seen = [
        Seen(wanted=Wanted(File("a", 1, 1)), sights=tuple(sight(n) for n in range(5))),
        Seen(wanted=Wanted(File("b", 1, 1)), reason="broken"),
        Seen(wanted=Wanted(File("c", 1, 1)), sights=(sight(5), sight(6))),
    ]
    readings = encoded(encoder, seen, at_once=3)
    assert encoder.batches == [3, 3, 1]
    assert [[shot.part for shot in one.shots] for one in readings] == [
        ["0", "1", "2", "3", "4"], [], ["5", "6"],
    ]  # fmt: skip
    for one in readings:
        for shot in one.shots:
            pixels = np.full((1, 24, 8, 3), int(shot.part), np.uint8)
            np.testing.assert_array_equal(shot.vector, encoder.encode_images(pixels)[0])


def test_a_frame_is_later_than_its_video_by_its_own_time(make_encoder):
    seen = Seen(
        wanted=Wanted(File("a", 1, 1), Facts(time_ms=1000)),
        facts=Facts(time_ms=1000),
        sights=(sight(0, 250), sight(1)),
    )
    (reading,) = encoded(make_encoder(), [seen], 64)
    assert [shot.facts.time_ms for shot in reading.shots] == [1250, 1000]


def test_vectors_that_are_not_finite_are_refused(make_encoder):
    encoder = make_encoder()
    encoder.encode_images = lambda pixels: np.full((len(pixels), 12), np.inf, np.float32)
    with pytest.raises(ModelError, match="not finite"):
        encoded(encoder, [Seen(wanted=Wanted(File("a", 1, 1)), sights=(sight(0),))], 64)
