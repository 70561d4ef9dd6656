import numpy as np
import pytest
from tests.unit.search.conftest import calibration

from tipr.search.judge import Judge


def test_a_chance_comes_with_its_word():
    scores = np.linspace(0, 0.9, 50).astype(np.float32)
    made = calibration()
    judge = Judge.of(made, scores, scores[-5:], 50)
    assert judge.level == pytest.approx(made.level(scores))
    chance, word = judge.chance(0.9)
    expected = made.probabilities(np.array([0.9]), judge.level, 50)
    assert chance == pytest.approx(float(expected[0]))
    assert word == ("strong" if chance >= 0.5 else "possible")
    assert judge.is_possible(0.9)
    assert judge.chance(-1)[1] == "weak"
    assert not judge.is_possible(-1)


def test_nobody_is_there_below_the_threshold():
    scores = np.zeros(4, np.float32)
    assert Judge.of(calibration(0.1), scores, scores, 4).nobody
    assert not Judge.of(calibration(-0.1), scores, scores, 4).nobody
