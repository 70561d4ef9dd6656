import pytest

from tipr.gallery.reading import How, Search
from tipr.gallery.video import Pace


class Nobody:
    identity = "nobody"

    def find(self, picture):
        return []


def test_frames_may_hold_many_so_fewer_of_them_are_stored_at_once():
    assert How.of((24, 8), None, 64).files == 64
    how = How.of((24, 8), Search(detector=Nobody(), every=0.25), 64)
    assert (how.files, how.people, how.pace) == (16, 64, Pace(step_ms=250, frames=16))
    assert How.of((24, 8), Search(detector=Nobody()), 1).files == 1


def test_the_method_says_all_that_changes_what_is_found():
    ways = [
        None, Search(detector=Nobody()), Search(detector=Nobody(), every=2),
        Search(detector=Nobody(), smallest=9),
    ]  # fmt: skip
    assert len({How.of((24, 8), way, 64).method for way in ways}) == 4
    assert How.of((24, 8), None, 64).method == How.of((48, 16), None, 8).method


def test_numbers_that_are_not_positive_are_the_callers_bug():
    for way in (Search(detector=Nobody(), every=0), Search(detector=Nobody(), smallest=0)):
        with pytest.raises(ValueError, match="positive"):
            How.of((24, 8), way, 64)
