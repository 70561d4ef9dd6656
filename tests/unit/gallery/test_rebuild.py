import os
from pathlib import Path

import numpy as np
import pytest
from tests import detectors, films

from tipr.errors import ModelError
from tipr.gallery import change_over
from tipr.gallery.again import Again
from tipr.gallery.build import build
from tipr.gallery.detect import load
from tipr.gallery.reading import Search
from tipr.gallery.rebuild import rebuild
from tipr.gallery.store import Gallery
from tipr.inputs import image

NEW = "bb" * 32


@pytest.fixture
def old(tmp_path, make_encoder) -> Path:
    """A gallery of frames and two videos by the old model, from the folder `scenes`."""
    folder = tmp_path / "scenes"
    films.write(folder / "b.mkv", range(0, 4000, 100))
    films.write(folder / "d.mkv", range(0, 2000, 100))
    for number, name in enumerate("ac"):
        films.frame(number).save(folder / f"{name}.png")
    find = Search(detector=load(detectors.bright(tmp_path / "detector")), every=0.5, smallest=10)
    build(make_encoder(), folder, tmp_path / "g", model="old", find=find)
    return tmp_path / "g"


def vectors(path: Path) -> dict[int, bytes]:
    with Gallery.open(path) as gallery:
        ids, found = gallery.vectors()
        return {int(one): row.tobytes() for one, row in zip(ids, found, strict=True)}


def cut(path: Path) -> dict[int, np.ndarray]:
    """Every item's pixels by the plain way: each file read alone, each frame looked for."""
    from tipr.gallery.film import Film

    found = {}
    with Gallery.open(path) as gallery:
        items = gallery.items(gallery.ids("1")).values()
    for item in items:
        if item.frame_ms is None:
            picture = image.read(item.path)
        else:
            with Film(item.path) as film:
                (picture,) = [p for t, p in film.frames(lambda _: True) if t == item.frame_ms]
        found[item.id] = image.fit(picture.crop(item.box) if item.box else picture, (24, 8))
    return found


def test_every_picture_is_encoded_anew_from_its_file(old, make_encoder):
    before, encoder = vectors(old), make_encoder(NEW)
    encoder.encode_images = lambda pixels: -make_encoder().encode_images(pixels)
    report = rebuild(encoder, old, model="new", batch=4)
    assert (report.encoded, report.kept, report.missing, report.switched) == (14, 0, [], True)
    for number, pixels in cut(old).items():
        expected = encoder.encode_images(pixels[None])[0]
        np.testing.assert_array_equal(np.frombuffer(vectors(old)[number], "<f4"), expected)
    assert vectors(old) != before
    with Gallery.open(old) as gallery:
        assert (gallery.meta.fingerprint, gallery.meta.model) == (NEW, "new")


@pytest.mark.parametrize("stop_after", [1, 2, 3])
def test_interrupted_it_answers_with_the_old_model_and_goes_on(old, make_encoder, stop_after):
    before = vectors(old)
    batches: list[list[int]] = []

    class Watched(type(make_encoder())):
        """Its vectors say with whom a picture was encoded, as a real model's last bit does."""

        def encode_images(self, pixels):
            batches.append([int(one.sum()) for one in pixels])
            return super().encode_images(pixels + np.uint8(len(pixels)))

    def interrupt(done: int, total: int) -> None:
        if done >= 4 * stop_after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild(Watched(NEW), old, model="new", batch=4, progress=interrupt)
    assert vectors(old) == before
    report = rebuild(Watched(NEW), old, model="new", batch=4)
    assert (report.encoded, report.kept) == (14 - 4 * stop_after, 4 * stop_after)
    assert [len(some) for some in batches] == [4, 4, 4, 2]
    interrupted = vectors(old)
    rebuild(make_encoder(), old, model="old")
    rebuild(Watched(NEW), old, model="new", batch=4)
    assert vectors(old) == interrupted


def test_a_picture_that_cannot_be_read_does_not_shift_the_batches(old, tmp_path, make_encoder):
    (tmp_path / "scenes" / "a.png").unlink()
    encoder = make_encoder(NEW)

    def interrupt(done: int, total: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild(encoder, old, model="new", batch=4, progress=interrupt)
    rebuild(encoder, old, model="new", batch=4)
    assert encoder.batches == [3, 4, 4, 2]


def test_stopped_between_erasing_and_switching_no_erased_vector_is_left(
    old, tmp_path, make_encoder, monkeypatch
):
    def fails(*_: object) -> None:
        raise MemoryError

    before = vectors(old)
    (tmp_path / "scenes" / "a.png").unlink()
    monkeypatch.setattr(change_over, "switch", fails)
    with pytest.raises(MemoryError):
        rebuild(make_encoder(NEW), old, model="new", drop_missing=True)
    (gone,) = before.keys() - vectors(old).keys()
    assert before[gone] not in b"".join(path.read_bytes() for path in old.iterdir())


def test_pictures_that_cannot_be_read_keep_it_from_switching(old, tmp_path, make_encoder):
    class Opposite(make_encoder):
        def encode_images(self, pixels_NHWC):
            return -super().encode_images(pixels_NHWC)

    before = vectors(old)
    (tmp_path / "scenes" / "a.png").unlink()
    os.utime(tmp_path / "scenes" / "b.mkv", ns=(1, 1))
    report = rebuild(Opposite(NEW), old, model="new", batch=4)
    assert not report.switched
    assert {(one.path.name, one.reason.split(";")[0]) for one in report.missing} == {
        ("a.png", "the file is gone"),
        ("b.mkv", "the file has changed since it was indexed"),
    }
    assert len(report.missing) == 9
    assert vectors(old) == before
    dropped = rebuild(Opposite(NEW), old, model="new", batch=4, drop_missing=True)
    assert (dropped.switched, dropped.dropped, dropped.encoded, dropped.kept) == (True, True, 0, 5)
    assert len(vectors(old)) == 5
    with Gallery.open(old) as gallery:
        assert set(gallery.known(tmp_path / "scenes")) == {"c.png", "d.mkv"}
    for content in before.values():
        assert content not in b"".join(path.read_bytes() for path in old.iterdir())


def test_a_picture_that_came_back_is_encoded_with_the_next_call(old, tmp_path, make_encoder):
    away = (tmp_path / "scenes" / "a.png").rename(tmp_path / "away.png")
    assert not rebuild(make_encoder(NEW), old, model="new", batch=4).switched
    away.rename(tmp_path / "scenes" / "a.png")
    report = rebuild(make_encoder(NEW), old, model="new", batch=4)
    assert (report.encoded, report.kept, report.switched) == (1, 13, True)


def test_the_model_that_is_there_already_is_kept(old, make_encoder):
    before = vectors(old)
    report = rebuild(make_encoder(), old, model="elsewhere")
    assert (report.encoded, report.kept, report.switched) == (0, 14, True)
    assert vectors(old) == before
    with Gallery.open(old) as gallery:
        assert gallery.meta.model == "elsewhere"


def test_vectors_that_are_not_finite_leave_the_gallery_as_it_was(old, make_encoder):
    before, encoder = vectors(old), make_encoder(NEW)
    encoder.encode_images = lambda pixels: np.full((len(pixels), 12), np.nan, np.float32)
    with pytest.raises(ModelError, match="not finite"):
        rebuild(encoder, old, model="new")
    assert vectors(old) == before


def test_a_video_is_opened_once_for_its_people_in_order(old, monkeypatch):
    from tipr.gallery import again as module

    opened = []
    film = module.Film

    def count(path):
        opened.append(path.name)
        return film(path)

    monkeypatch.setattr(module, "Film", count)
    with Gallery.open(old) as gallery, Again((24, 8)) as again:
        ids = gallery.ids("1").tolist()
        items = gallery.items(ids)
        for number in ids:
            again.read([items[number]])
        assert opened == ["b.mkv", "d.mkv"]
        again.read([items[ids[-1]], items[ids[-2]]])
        assert opened == ["b.mkv", "d.mkv", "d.mkv"]


def test_a_frame_that_is_not_there_is_named(old, tmp_path):
    from dataclasses import replace

    with Gallery.open(old) as gallery, Again((24, 8)) as again:
        item = next(one for one in gallery.items(gallery.ids("1")).values() if one.frame_ms == 500)
        found = again.read([replace(item, frame_ms=501), item, replace(item, frame_ms=10**9)])
    assert found[0] == found[2] == "the video has no such frame"
    assert not isinstance(found[1], str)
