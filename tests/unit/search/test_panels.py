"""The overlay: a panel for each word, pixels only, and nothing half written."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from tests.unit.search.colour_reader import ColourReader, picture

from tipr.errors import ConfigError, StorageError
from tipr.inputs.overlay import shade
from tipr.search.explain import Explanation, explain
from tipr.search.panels import draw, write

PIXELS = picture((255, 0, 0), (0, 0, 255))


def explained(sentence: str) -> Explanation:
    encoder: Any = ColourReader()
    return explain(encoder, PIXELS, sentence)


def panel(sheet: Image.Image, number: int, size: tuple[int, int]) -> np.ndarray:
    """The pixels of a panel of a first row."""
    wide, tall = size
    left, top = 12 + number * (wide + 12), 12 + 22 + 12
    return np.asarray(sheet)[top : top + tall, left : left + wide]


def test_the_photograph_comes_first_and_every_word_is_laid_over_it() -> None:
    found = explained("red hat")
    photograph = Image.fromarray(PIXELS).resize((80, 240), Image.Resampling.NEAREST)
    sheet = draw(found, photograph)
    plain = np.asarray(photograph.resize((104, 256), Image.Resampling.LANCZOS))
    assert np.array_equal(panel(sheet, 0, (104, 256)), plain)
    for number, word in enumerate(found.content, start=1):
        assert np.array_equal(panel(sheet, number, (104, 256)), shade(plain, word.shade_RC))
    upper, lower = (panel(sheet, 1, (104, 256))[row, 50].astype(int) for row in (30, 230))
    assert upper[0] > upper[2] + 100  # orange where the red is
    assert abs(lower[0] - lower[2]) < 3  # and grey elsewhere


def test_a_word_that_matched_nothing_is_called_so_below_its_panel() -> None:
    sheet = draw(explained("red hat"), Image.new("RGB", (64, 192)))
    font = ImageFont.load_default(13)
    for number, said in ((1, "adds +0.500"), (2, "nothing")):
        expected = Image.new("RGB", (104, 24), "white")
        ImageDraw.Draw(expected).text((0, 0), said, (104, 104, 104), font)
        left, top = 12 + number * 116, 12 + 22 + 12 + 256 + 25
        found = sheet.crop((left, top, left + 104, top + 24))
        assert found.tobytes() == expected.tobytes(), said


@pytest.mark.parametrize("size", [(20, 2000), (2000, 20), (1, 1), (64, 192)])
def test_any_shape_of_photograph_gives_readable_panels(size: tuple[int, int]) -> None:
    sheet = draw(explained("red blue hat"), Image.new("RGB", size, "red"))
    assert sheet.mode == "RGB"
    assert 4 * 104 <= sheet.width <= 1300
    assert sheet.height >= 256


def test_many_words_take_several_rows_and_long_ones_are_cut() -> None:
    few, many = (
        draw(explained(" ".join(["red"] * count)), Image.new("RGB", (64, 192))) for count in (3, 30)
    )
    assert many.width <= 1300
    assert many.height > few.height + 2 * 256
    endless = draw(explained("x" * 500), Image.new("RGB", (64, 192)))
    assert endless.width <= 1300


def test_a_sentence_without_looks_shows_the_photograph_alone() -> None:
    sheet = draw(explained("and the"), Image.new("RGB", (64, 192), "red"))
    assert sheet.width < 500


@pytest.mark.parametrize("name", ["why.png", "why.JPG", "why.jpeg"])
def test_only_pixels_are_written(tmp_path: Path, name: str) -> None:
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    Image.fromarray(PIXELS).save(tmp_path / "from.jpg", exif=exif, comment=b"SecretComment")
    with Image.open(tmp_path / "from.jpg") as photograph:
        write(tmp_path / name, explained("red hat"), photograph)
    content = (tmp_path / name).read_bytes()
    assert b"Secret" not in content
    assert b"Exif" not in content
    with Image.open(tmp_path / name) as made:
        made.load()
        assert not made.getexif()
        assert not set(made.info) - {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_other_kinds_and_folders_that_are_not_there_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"\.png or \.jpg"):
        write(tmp_path / "why.gif", explained("red"), Image.fromarray(PIXELS))
    with pytest.raises(StorageError):
        write(tmp_path / "gone" / "why.png", explained("red"), Image.fromarray(PIXELS))
    assert list(tmp_path.iterdir()) == []
