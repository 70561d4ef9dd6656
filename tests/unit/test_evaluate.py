"""Evaluation with an encoder that reads colours: pictures of one colour, captions that name it."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tipr.data.records import Caption, Picture, Split
from tipr.encoder.protocol import Pixels, Vectors
from tipr.errors import DataError, PictureError
from tipr.evaluate import evaluate, vectors_of

COLOURS = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255)}


class ColourEncoder:
    """Red, green and blue are the three directions of its space."""

    fingerprint = "colour"
    width = 3
    image_size = (6, 2)

    def __init__(self) -> None:
        self.batches: list[int] = []

    def encode_text(self, sentences: Sequence[str]) -> Vectors:
        self.batches.append(len(sentences))
        rows = [[float(name in sentence) for name in COLOURS] for sentence in sentences]
        return np.array(rows, dtype=np.float32)

    def encode_images(self, pixels_NHWC: Pixels) -> Vectors:
        assert pixels_NHWC.shape[1:] == (6, 2, 3)
        assert pixels_NHWC.dtype == np.uint8
        self.batches.append(len(pixels_NHWC))
        return pixels_NHWC[:, 3, 1].astype(np.float32) / 255

    def cut_words(self, sentence: str) -> str:
        return ""


@pytest.fixture
def split(tmp_path: Path) -> Split:
    """Two pictures of each of three people; captions of very different lengths."""
    pictures, captions = [], []
    for person, colour in COLOURS.items():
        for take in range(2):
            path = tmp_path / f"{person}{take}.png"
            Image.new("RGB", (4, 12), colour).save(path)
            pictures.append(Picture(path, person))
            text = f"{'a person who is all ' * (3 - take)}{person}"
            captions.append(Caption(text, len(pictures) - 1))
    return Split("val", tuple(pictures), tuple(captions))


def test_an_encoder_that_tells_everyone_apart_scores_100_both_ways(split: Split) -> None:
    table = evaluate(ColourEncoder(), split).as_json()
    perfect = dict.fromkeys(("R1", "R5", "R10", "mAP", "mINP"), 100.0)
    assert table == {
        "text_to_image": perfect,
        "image_to_text": perfect,
        "images": 6,
        "captions": 6,
        "people": 3,
    }


def test_directions_are_not_confused(split: Split) -> None:
    # All captions say red. A caption of the red person finds that person's pictures first; a
    # picture finds all captions tied, which counts against it.
    captions = tuple(Caption("red", caption.picture) for caption in split.captions)
    table = evaluate(ColourEncoder(), Split("val", split.pictures, captions)).as_json()
    assert table["text_to_image"]["R1"] == pytest.approx(100 / 3)
    assert table["image_to_text"]["R1"] == 0.0


def test_vectors_keep_the_order_of_the_split_whatever_the_batch(split: Split) -> None:
    for batch in (1, 4, 64):
        encoder = ColourEncoder()
        images, captions = vectors_of(encoder, split, batch=batch)
        assert np.array_equal(images, np.repeat(np.eye(3, dtype=np.float32), 2, axis=0))
        assert np.array_equal(captions, images)
        assert max(encoder.batches) <= batch


def test_progress_counts_pictures_and_captions_to_the_end(split: Split) -> None:
    seen: list[tuple[int, int]] = []
    evaluate(
        ColourEncoder(), split, batch=4, progress=lambda done, total: seen.append((done, total))
    )
    assert seen == [(4, 12), (6, 12), (10, 12), (12, 12)]


def test_pictures_without_a_caption_are_gallery_items_and_counted(split: Split) -> None:
    table = evaluate(ColourEncoder(), Split("val", split.pictures, split.captions[:4])).as_json()
    assert table["unmatched"] == 2
    assert table["captions"] == 4


@pytest.mark.parametrize("empty", ["pictures", "captions"])
def test_an_empty_split_is_a_data_error_before_anything_is_encoded(
    split: Split, empty: str
) -> None:
    pictures = () if empty == "pictures" else split.pictures
    encoder = ColourEncoder()
    with pytest.raises(DataError, match=r"split val: .* scores need both"):
        evaluate(encoder, Split("val", pictures, ()))
    assert not encoder.batches


def test_a_broken_picture_is_named(split: Split) -> None:
    split.pictures[3].path.write_bytes(b"not a picture")
    with pytest.raises(PictureError, match=split.pictures[3].path.name):
        evaluate(ColourEncoder(), split)


def test_an_encoder_that_gives_nan_is_a_data_error(split: Split) -> None:
    class Broken(ColourEncoder):
        def encode_text(self, sentences: Sequence[str]) -> Vectors:
            return np.full((len(sentences), 3), np.nan, dtype=np.float32)

    with pytest.raises(DataError, match="not finite"):
        evaluate(Broken(), split)
