"""Maps of words over patches, on one scale of colour."""

from typing import Any

import numpy as np
import pytest
from tests.unit.search.colour_reader import ColourReader, picture

from tipr.encoder.maps import WordMaps, word_maps


def maps(values: list[list[float]], *, divides: bool) -> WordMaps:
    table = np.float32(values).reshape(len(values), -1, 1) if values else np.zeros((0, 2, 1))
    return WordMaps(("x",) * len(values), table, divides, 0.0, 0.0)  # pyright: ignore


def test_values_are_products_of_words_and_patches() -> None:
    encoder: Any = ColourReader()
    pixels = picture((255, 0, 0), (0, 255, 0))
    found = word_maps(encoder, "Red hat green", pixels)
    assert found.names == ("red", "hat", "green")
    words, patches = encoder.encode_words("red hat green")[1], encoder.encode_patches(pixels[None])
    for word, map_RC in zip(words[1:-1], found.values_VRC, strict=True):
        for patch, value in zip(patches[0], map_RC.ravel(), strict=True):
            assert value == pytest.approx(float(word @ patch))
    assert found.score == pytest.approx(found.values_VRC.sum() + found.frame)


def test_shares_keep_their_sign_and_cosines_start_at_the_smallest() -> None:
    values = [[0.1, -0.4], [0.2, 0.0]]
    shares = maps(values, divides=True).shades().reshape(2, 2)
    assert shares == pytest.approx(np.array([[0.25, -1], [0.5, 0]]))
    cosines = maps(values, divides=False).shades().reshape(2, 2)
    assert cosines == pytest.approx(np.array([[5 / 6, 0], [1, 4 / 6]]))


@pytest.mark.parametrize("divides", [True, False])
def test_nothing_to_show_is_no_division_by_zero(divides: bool) -> None:
    assert maps([[0, 0]], divides=divides).shades().tolist() == [[[0], [0]]]
    empty = maps([], divides=divides)
    assert (empty.low, empty.high, empty.shades().size) == (0, 0, 0)
