import pytest
from PIL import ExifTags, Image

from tipr.gallery import wallclock
from tipr.gallery.taken import taken_ms


def photograph(path, told):
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "a camera"
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = told
    Image.new("RGB", (8, 8)).save(path, exif=exif)
    return path


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp"])
def test_the_cameras_own_clock_is_read(tmp_path, name):
    taken = taken_ms(photograph(tmp_path / name, "2026:05:01 08:15:02"))
    assert taken == wallclock.of_text("2026-05-01T08:15:02")


@pytest.mark.parametrize("told", ["0000:00:00 00:00:00", "    :  :  ", "yesterday", ""])
def test_a_camera_without_a_clock_tells_nothing(tmp_path, told):
    assert taken_ms(photograph(tmp_path / "a.jpg", told)) is None


def test_no_exif_no_picture_and_no_file_tell_nothing(tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "plain.jpg")
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8Exif\0\0 and so on")
    for name in ("plain.jpg", "broken.jpg", "gone.jpg"):
        assert taken_ms(tmp_path / name) is None
