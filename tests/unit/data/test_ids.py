"""Rows of a feature file are found by path, sentence or number, in any order."""

from pathlib import Path

import pytest

from tipr.data.ids import rows_of_captions, rows_of_pictures
from tipr.data.layout import FORMATS, Source
from tipr.data.records import Caption, Picture, Split
from tipr.errors import DataError

NAMES = ["a/1.jpg", "b/1.jpg", "2.jpg"]


@pytest.fixture
def source(tmp_path: Path) -> Source:
    return Source(FORMATS["cuhk-pedes"], tmp_path / "reid_raw.json", tmp_path)


@pytest.fixture
def split(tmp_path: Path) -> Split:
    pictures = tuple(Picture(tmp_path / "imgs" / name, name[0]) for name in NAMES)
    captions = tuple(Caption(text, 0) for text in ("A man.", "a  woman\n", "A man.", "child"))
    return Split("test", pictures, captions)


@pytest.mark.parametrize("style", ["imgs/{}", "{}", "/{}", "./imgs/../imgs/{}"])
def test_pictures_are_found_by_any_usual_spelling_of_their_path(
    source: Source, split: Split, style: str
) -> None:
    if style == "/{}":
        style = f"{source.folder}/imgs/{{}}"
    ids = [style.format(name) for name in ("x.jpg", *reversed(NAMES), "train/7.jpg")]
    assert rows_of_pictures(split, ids, source) == [3, 2, 1]


def test_a_picture_without_a_vector_or_with_two_is_named(source: Source, split: Split) -> None:
    with pytest.raises(DataError, match=r"1 of the 3 pictures of test have no vector.*2\.jpg"):
        rows_of_pictures(split, NAMES[:2], source)
    with pytest.raises(DataError, match=r"3 of the 3.*found e.g. '17'"):
        rows_of_pictures(split, ["17", "18", "19"], source)
    with pytest.raises(DataError, match=r"b/1\.jpg has 2 vectors"):
        rows_of_pictures(split, [*NAMES, "b/1.jpg"], source)


def test_a_picture_that_stands_in_the_split_twice_gets_its_vector_twice(
    source: Source, split: Split
) -> None:
    twice = Split("test", (*split.pictures, split.pictures[0]), split.captions)
    assert rows_of_pictures(twice, NAMES, source) == [0, 1, 2, 0]


def test_captions_are_found_by_their_words_however_they_are_spaced(split: Split) -> None:
    ids = ["child", "other", "a woman", " A man. ", "A man."]
    assert rows_of_captions(split, ids) == [3, 2, 3, 0]


def test_captions_are_found_by_their_numbers(split: Split) -> None:
    assert rows_of_captions(split, ["2", "0", "3", "1"]) == [1, 3, 0, 2]


def test_a_caption_without_a_vector_is_named(split: Split) -> None:
    for ids in (["A man.", "child"], ["a man.", "a woman", "child"], ["0", "1", "2"]):
        with pytest.raises(DataError, match=r"of the 4 captions of test have no vector, e\.g\."):
            rows_of_captions(split, ids)
