"""Evaluation with an encoder that reads colours: pictures of one colour, captions that name it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tipr.data.layout import FORMATS, Source
from tipr.data.records import Caption, Picture, Split
from tipr.encoder.protocol import Pixels, Vectors
from tipr.errors import DataError, PictureError
from tipr.evaluate import evaluate, evaluate_features, people_of, vectors_of
from tipr.vectors import Features

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


# --- vectors made elsewhere ------------------------------------------------------------------


def features_of(split: Split) -> tuple[Features, Features]:
    """The colour encoder's vectors as two feature files with people."""
    vectors, people = vectors_of(ColourEncoder(), split), people_of(split)
    return (
        Features(vectors_ND=vectors.images_ND, people=tuple(people[0]), model="m"),
        Features(vectors_ND=vectors.captions_MD, people=tuple(people[1]), model="m"),
    )


def test_features_with_people_score_as_the_encoder_that_made_them(split: Split) -> None:
    captions = tuple(Caption("red", caption.picture) for caption in split.captions)
    half = Split("val", split.pictures, captions)
    assert evaluate_features(*features_of(half)) == evaluate(ColourEncoder(), half)


def test_ids_find_the_split_in_files_of_any_order_and_more(split: Split, tmp_path: Path) -> None:
    source = Source(FORMATS["jsonl"], tmp_path / "data.jsonl", tmp_path)
    vectors = vectors_of(ColourEncoder(), split)
    # Backwards, with a stranger in front who would win every ranking if he were let in.
    images = Features(
        vectors_ND=np.concatenate([np.ones((1, 3), np.float32), vectors.images_ND[::-1]]),
        ids=("train/x.png", *(picture.path.name for picture in reversed(split.pictures))),
        people=("wrong",) * 7,
    )
    captions = Features(
        vectors_ND=vectors.captions_MD[::-1],
        ids=tuple(caption.text for caption in reversed(split.captions)),
    )
    found = evaluate_features(images, captions, source=source, split=split)
    assert found == evaluate(ColourEncoder(), split)
    assert found.text_to_image.R1 == 100.0


def test_features_that_cannot_be_scored_say_why(split: Split, tmp_path: Path) -> None:
    images, captions = features_of(split)
    source = Source(FORMATS["jsonl"], tmp_path / "data.jsonl", tmp_path)
    narrow = replace(captions, vectors_ND=captions.vectors_ND[:, :2])
    with pytest.raises(DataError, match="pictures' vectors have 3 numbers, the captions' 2"):
        evaluate_features(images, narrow)
    with pytest.raises(DataError, match="by different models"):
        evaluate_features(images, replace(captions, model="other"))
    evaluate_features(images, replace(captions, model=None))
    with pytest.raises(DataError, match="the captions' feature file has no array 'people'"):
        evaluate_features(images, replace(captions, people=None))
    with pytest.raises(DataError, match="the pictures' feature file has no array 'ids'"):
        evaluate_features(images, captions, source=source, split=split)
