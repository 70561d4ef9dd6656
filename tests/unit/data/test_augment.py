"""Augmentations change what they say, inside their bounds, from their own generator."""

import numpy as np
import pytest

from tipr.config import AugmentConfig
from tipr.data.augment import NO_BOX, change_picture, drop_words, mask_tokens

OFF = {"flip": 0.0, "pad": 0, "zoom": 1.0, "brightness": 0.0, "erase": 0.0}


def picture() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (48, 16, 3), dtype=np.uint8)


def config(**changes: object) -> AugmentConfig:
    return AugmentConfig(**{**OFF, **changes})  # pyright: ignore[reportArgumentType]


def test_everything_off_is_the_picture_itself() -> None:
    changed, box = change_picture(picture(), config(), np.random.default_rng(1))
    assert np.array_equal(changed, picture())
    assert box == NO_BOX


def test_flip_mirrors() -> None:
    changed, _ = change_picture(picture(), config(flip=1.0), np.random.default_rng(1))
    assert np.array_equal(changed, picture()[:, ::-1])


def test_pad_and_crop_shifts_by_at_most_the_padding() -> None:
    changed, _ = change_picture(picture(), config(pad=3), np.random.default_rng(2))
    padded = np.pad(picture(), ((3, 3), (3, 3), (0, 0)))
    windows = [padded[t : t + 48, left : left + 16] for t in range(7) for left in range(7)]
    assert any(np.array_equal(changed, window) for window in windows)


@pytest.mark.parametrize("pad", [1, 3, 50])
def test_pad_and_crop_is_a_window_of_the_padded_picture(pad: int) -> None:
    height, width, _ = picture().shape
    padded = np.pad(picture(), ((pad, pad), (pad, pad), (0, 0)))
    for seed in range(10):
        drawn = np.random.default_rng(seed)
        drawn.random()  # whether to flip
        top, left = drawn.integers(0, 2 * pad + 1, size=2)
        changed, _ = change_picture(picture(), config(pad=pad), np.random.default_rng(seed))
        assert np.array_equal(changed, padded[top : top + height, left : left + width])


@pytest.mark.parametrize("change", [{"zoom": 0.5}, {"brightness": 0.4}, {"pad": 4}, {"flip": 0.5}])
def test_size_and_type_stay_and_equal_generators_agree(change: dict[str, float]) -> None:
    for seed in range(20):
        one, _ = change_picture(picture(), config(**change), np.random.default_rng(seed))
        two, _ = change_picture(picture(), config(**change), np.random.default_rng(seed))
        assert one.shape == (48, 16, 3)
        assert one.dtype == np.uint8
        assert np.array_equal(one, two)


def test_erased_areas_are_within_their_bounds() -> None:
    areas = []
    for seed in range(300):
        _, (top, left, bottom, right) = change_picture(
            picture(), config(erase=1.0), np.random.default_rng(seed)
        )
        assert 0 <= top < bottom <= 48
        assert 0 <= left < right <= 16
        areas.append((bottom - top) * (right - left) / (48 * 16))
    # rounding to whole pixels moves the edges a little
    assert min(areas) >= 0.01
    assert max(areas) <= 0.45
    assert np.mean(areas) > 0.1


def test_dropping_words_keeps_order_and_at_least_one() -> None:
    sentence = " ".join(str(number) for number in range(200))
    kept = [int(word) for word in drop_words(sentence, 0.3, np.random.default_rng(0)).split()]
    assert kept == sorted(kept)
    assert 110 < len(kept) < 170
    assert drop_words("alone", 0.99, np.random.default_rng(1)) == "alone"
    assert drop_words("", 0.5, np.random.default_rng(1)) == ""


def test_masking_rates_are_the_released_ones() -> None:
    ids = [1000, *range(100, 300), 1001]
    hits = {True: 0, False: 0}
    masked = 0
    for seed in range(200):
        changed = mask_tokens(
            ids, lambda at: at % 2 == 0, mask_id=999, rng=np.random.default_rng(seed)
        )
        assert (changed[0], changed[-1]) == (1000, 1001)
        assert max(changed[1:-1]) <= 999
        for at in range(1, 201):
            hits[at % 2 == 0] += changed[at] != ids[at]
            masked += changed[at] == 999
    # a tenth of the chosen stay as they are
    assert hits[True] / 20_000 == pytest.approx(0.3 * 0.9, abs=0.01)
    assert hits[False] / 20_000 == pytest.approx(0.05 * 0.9, abs=0.01)
    assert masked / sum(hits.values()) == pytest.approx(8 / 9, abs=0.01)
