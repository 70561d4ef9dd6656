from pathlib import Path

import numpy as np
import pytest

from tipr.gallery.duplicates import Group, groups, near_pairs
from tipr.gallery.records import Reading, Shot
from tipr.gallery.scan import File
from tipr.gallery.store import Gallery

VECTOR = np.eye(3, dtype=np.float32)[0]


def looks(count: int, seed: int) -> np.ndarray:
    """Some random looks, and children of them with up to seven bits flipped."""
    rng = np.random.default_rng(seed)
    words = rng.integers(0, 2**64, count // 3, dtype=np.uint64)
    children = [words]
    for _ in range(2):
        flipped = words.copy()
        for index in range(len(flipped)):
            for bit in rng.choice(64, rng.integers(1, 8), replace=False):
                flipped[index] ^= np.uint64(1) << np.uint64(bit)
        children.append(flipped)
    return np.unique(np.concatenate(children).view(np.int64))


def slow_sets(words: list[int], near: int) -> set[frozenset[int]]:
    """Sets of indices joined by a chain of near pairs, by comparing all with all."""
    sets = [{index} for index in range(len(words))]
    for one in range(len(words)):
        for other in range(one):
            if ((words[one] ^ words[other]) % 2**64).bit_count() <= near:
                first = next(some for some in sets if one in some)
                second = next(some for some in sets if other in some)
                if first is not second:
                    first |= second
                    sets.remove(second)
    return {frozenset(some) for some in sets}


@pytest.mark.parametrize("near", [0, 1, 2, 3, 5, 6])
def test_near_pairs_join_what_comparing_all_with_all_joins(near):
    words = looks(150, near)
    sets = [{index} for index in range(len(words))]
    for one, other in near_pairs(words, near):
        assert ((int(words[one]) ^ int(words[other])) % 2**64).bit_count() <= near
        first = next(some for some in sets if one in some)
        second = next(some for some in sets if other in some)
        assert first is not second, "a pair that others join already"
        first |= second
        sets.remove(second)
    assert {frozenset(some) for some in sets} == slow_sets(words.tolist(), near)


@pytest.mark.parametrize("near", [-1, 7])
def test_more_than_six_bits_is_the_callers_bug(near):
    with pytest.raises(ValueError, match="near"):
        list(near_pairs(looks(9, 0), near))


def gallery(path: Path, *pictures: tuple[bytes, int]) -> Gallery:
    made = Gallery.create(path, fingerprint="f", model="m", width=3, image_size=(2, 1))
    made.add(
        Path("/p"),
        [
            Reading(
                file=File(str(n), 1, 1), shots=(Shot(vector=VECTOR, content=content, look=look),)
            )
            for n, (content, look) in enumerate(pictures)
        ],
    )
    return made


def test_exact_and_near_duplicates_are_grouped_and_chains_are_one_group(tmp_path):
    far = -(2**63)
    with gallery(
        tmp_path / "g",
        (b"a", 0b111), (b"b", far), (b"a", 0b111), (b"c", 0b111_111), (b"d", 0b111_111_111),
        (b"b", far), (b"e", 2**40 - 1), (b"", 0), (b"", 0), (b"f", 0), (b"f", 0),
    ) as made:  # fmt: skip
        assert groups(made, near=3) == [
            Group((1, 3, 4, 5), exact=False),
            Group((2, 6), exact=True),
            Group((10, 11), exact=True),
        ]
        assert groups(made, near=0) == [
            Group((1, 3), exact=True), Group((2, 6), exact=True), Group((10, 11), exact=True),
        ]  # fmt: skip


def test_an_empty_gallery_has_no_duplicates(tmp_path):
    with gallery(tmp_path / "g") as made:
        assert groups(made, near=3) == []
