"""Exchanged captions: exactly so many, every one of another person, nothing else moves."""

from collections import Counter
from pathlib import Path

import pytest

from tipr.data.noise import exchange_captions
from tipr.data.records import Caption, Picture, Split
from tipr.errors import DataError


def split_of(*captions_each: int) -> Split:
    """One person a number, with that many captions on two pictures; every text tells its person."""
    pictures = [
        Picture(Path(f"/{p}_{n}.jpg"), str(p)) for p in range(len(captions_each)) for n in (0, 1)
    ]
    captions = [
        Caption(f"{p} {c}", 2 * p + c % 2)
        for p, count in enumerate(captions_each)
        for c in range(count)
    ]
    captions.sort(key=lambda caption: caption.text[::-1])  # people do not stand together
    return Split("train", tuple(pictures), tuple(captions))


def test_no_noise_is_the_very_same_split() -> None:
    split = split_of(3, 3)
    assert exchange_captions(split, 0.0, 1) is split


@pytest.mark.parametrize("share", [0.1, 0.33, 0.5, 1.0])
@pytest.mark.parametrize("seed", range(5))
def test_exactly_the_share_is_wrong_and_the_rest_untouched(share: float, seed: int) -> None:
    split = split_of(*[4] * 20, 7, 2)
    noisy = exchange_captions(split, share, seed)
    wrong = [
        at
        for at, caption in enumerate(noisy.captions)
        if caption.text.split()[0] != noisy.person_of(caption)
    ]
    assert len(wrong) == round(share * 89)
    kept = set(range(89)) - set(wrong)
    assert all(noisy.captions[at] == split.captions[at] for at in kept)
    assert noisy.pictures == split.pictures
    assert [c.picture for c in noisy.captions] == [c.picture for c in split.captions]
    assert Counter(c.text for c in noisy.captions) == Counter(c.text for c in split.captions)


def test_the_seed_decides() -> None:
    split = split_of(*[4] * 20)
    assert exchange_captions(split, 0.3, 1) == exchange_captions(split, 0.3, 1)
    assert exchange_captions(split, 0.3, 1) != exchange_captions(split, 0.3, 2)


def test_a_person_with_half_of_all_captions_can_still_be_exchanged() -> None:
    noisy = exchange_captions(split_of(6, 3, 3), 1.0, 0)
    assert all(c.text.split()[0] != noisy.person_of(c) for c in noisy.captions)


@pytest.mark.parametrize(("each", "share"), [((7, 3, 3), 1.0), ((4,), 1.0), ((4, 4), 0.1)])
def test_what_cannot_be_exchanged_is_one_clear_error(each: tuple[int, ...], share: float) -> None:
    with pytest.raises(DataError, match=r"split train: \d+ captions, .*take another data\.noise"):
        exchange_captions(split_of(*each), share, 0)
