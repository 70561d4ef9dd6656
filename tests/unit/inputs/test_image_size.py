"""The size of a picture by its header agrees with that of the decoded picture."""

import io
from pathlib import Path

import pytest
from PIL import Image

from tipr.errors import PictureError
from tipr.inputs import image


@pytest.mark.parametrize("kind", image.FORMATS)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_it_is_that_of_the_upright_picture(kind: str, orientation: int, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {} if kind in ("BMP", "GIF") else {"exif": exif}
    Image.new("RGB", (30, 50), "red").save(tmp_path / "any", kind, **options)
    assert image.size(tmp_path / "any") == image.read(tmp_path / "any").size


def test_the_pixels_need_not_be_there(tmp_path: Path) -> None:
    whole = io.BytesIO()
    Image.effect_noise((64, 192), 50).save(whole, "JPEG")
    (tmp_path / "cut.jpg").write_bytes(whole.getvalue()[:700])
    assert image.size(tmp_path / "cut.jpg") == (64, 192)


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("no picture")
    for name, line in (
        ("gone.jpg", "no such picture"),
        ("text.jpg", "not a picture"),
        ("", "is a"),
    ):
        with pytest.raises(PictureError, match=line):
            image.size(tmp_path / name)
