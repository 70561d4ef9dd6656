"""The short version of `make soak`."""

from pathlib import Path

from tests import soak


def test_killed_indexing_goes_on_to_the_same_gallery(tmp_path: Path) -> None:
    assert soak.kill_indexing(tmp_path, 3, seed=1, pictures=40) == []


def test_a_flipped_bit_is_said_or_changes_nothing(tmp_path: Path) -> None:
    assert soak.flip_bits(tmp_path, 40, seed=1) == []


def test_hostile_pictures_and_rows_are_all_accounted_for(tmp_path: Path) -> None:
    assert soak.hostile(tmp_path, 100, seed=1) == []
