"""Order and numbers survive batches, sorting and broken pictures."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tipr.encoder.bulk import encode_pictures, encode_sentences
from tipr.errors import PictureError


@pytest.mark.parametrize("batch", [1, 3, 64])
def test_vectors_keep_the_order_whatever_the_batch(
    make_encoder: Callable[[], Any], people: Path, batch: int
) -> None:
    paths = sorted(people.rglob("*.png"), reverse=True)
    alone = [encode_pictures(make_encoder(), [path])[0] for path in paths]
    assert np.array_equal(encode_pictures(make_encoder(), paths, batch=batch), np.stack(alone))
    texts = ["a long sentence", "short", "the longest of them all", "b", "short"]
    one_by_one = np.concatenate([make_encoder().encode_text([text]) for text in texts])
    assert np.array_equal(encode_sentences(make_encoder(), texts, batch=batch), one_by_one)


def test_progress_ends_at_the_total(make_encoder: Callable[[], Any], people: Path) -> None:
    seen: list[tuple[int, int]] = []
    encode_pictures(
        make_encoder(), sorted(people.rglob("*.png")), batch=4, progress=lambda *at: seen.append(at)
    )
    encode_sentences(make_encoder(), ["a", "b", "c"], batch=2, progress=lambda *at: seen.append(at))
    assert seen == [(4, 10), (8, 10), (10, 10), (2, 3), (3, 3)]


@pytest.mark.parametrize("batch", [1, 4])
def test_broken_pictures_stop_the_work_or_are_told_by_number(
    make_encoder: Callable[[], Any], people: Path, batch: int
) -> None:
    paths = sorted(people.rglob("*.png"))
    whole = encode_pictures(make_encoder(), paths)
    for number in (2, 3, 9):
        paths[number].write_bytes(b"broken")
    with pytest.raises(PictureError, match=paths[2].name):
        encode_pictures(make_encoder(), paths, batch=batch)
    told: dict[int, PictureError] = {}
    left = encode_pictures(make_encoder(), paths, batch=batch, skip=told.__setitem__)
    assert list(told) == [2, 3, 9]
    assert np.array_equal(left, np.delete(whole, [2, 3, 9], axis=0))


def test_nothing_gives_no_vectors_and_no_batch_is_a_bug(make_encoder: Callable[[], Any]) -> None:
    assert encode_pictures(make_encoder(), []).shape == (0, 12)
    assert encode_sentences(make_encoder(), []).shape == (0, 12)
    with pytest.raises(ValueError, match="at least 1"):
        encode_sentences(make_encoder(), ["a"], batch=0)
