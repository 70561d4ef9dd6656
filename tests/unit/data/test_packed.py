import os
import pickle

import numpy as np
import pytest

from tipr.data.packed import Packed


def picture(value: int) -> np.ndarray:
    return np.full((4, 2, 3), value, np.uint8)


def test_a_picture_is_read_once() -> None:
    packed = Packed(3, (4, 2))
    asked = []
    for _ in range(2):
        for number in (2, 0):
            found = packed.picture(number, lambda n=number: asked.append(n) or picture(n + 1))
            assert np.array_equal(found, picture(number + 1))
    assert asked == [2, 0]


def test_a_picture_that_cannot_be_read_is_asked_for_again() -> None:
    packed = Packed(1, (4, 2))
    with pytest.raises(ZeroDivisionError):
        packed.picture(0, lambda: picture(1 // 0))
    assert np.array_equal(packed.picture(0, lambda: picture(7)), picture(7))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system starts workers afresh")
def test_what_a_forked_process_reads_all_have() -> None:
    packed = Packed(1, (4, 2))
    child = os.fork()
    if not child:
        packed.picture(0, lambda: picture(9))
        os._exit(0)
    os.waitpid(child, 0)
    assert np.array_equal(packed.picture(0, lambda: picture(0)), picture(9))


def test_a_copy_for_another_process_starts_empty() -> None:
    packed = Packed(1, (4, 2))
    packed.picture(0, lambda: picture(9))
    there = pickle.loads(pickle.dumps(packed))
    assert np.array_equal(there.picture(0, lambda: picture(5)), picture(5))
