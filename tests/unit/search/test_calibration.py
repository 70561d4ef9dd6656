"""A calibration says probabilities, and says them again after it was kept as text."""

import json
import math
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.search.made_up import ORIGIN, calibration

from tipr.errors import GalleryError
from tipr.search.calibration import Calibration, HeldOut, calibration_of, label, sample

cosines = st.floats(-1, 1)
HELD = HeldOut(
    trials=3,
    hits=10,
    auroc=0.6,
    auroc_spread=0.01,
    ece=0.02,
    ece_spread=0.003,
    skill=-0.1,
    nobody_present=0.1,
    nobody_absent=0.4,
)


def slow_level(scale: float, scores: list[float]) -> float:
    return math.log(sum(math.exp(scale * score) for score in scores) / len(scores)) / scale


@given(st.lists(cosines, min_size=1, max_size=30), st.floats(0.5, 80))
def test_the_level_is_a_loop_over_the_scores(scores: list[float], scale: float) -> None:
    found = calibration(scale=scale).level(np.array(scores))
    assert found == pytest.approx(slow_level(scale, scores), abs=1e-9)
    assert min(scores) - 1e-9 <= found <= max(scores) + 1e-9


def test_a_sample_with_the_best_hits_stands_for_all_pictures() -> None:
    rng = np.random.default_rng(0)
    scores = np.sort(rng.normal(0.1, 0.15, size=20_000))[::-1].clip(-1, 1)
    some = rng.permutation(scores)[sample(len(scores), 2000)]
    made = calibration(scale=40.0)
    exact = made.level(scores)
    assert made.level(some, best_K=scores[:100], count=20_000) == pytest.approx(exact, abs=0.002)
    # without the best ones the level hangs on whether the sample has met them
    without = [made.level(rng.permutation(scores)[:2000], count=20_000) for _ in range(9)]
    assert max(abs(level - exact) for level in without) > 0.005


def test_best_hits_and_the_rest_of_the_sample_are_weighed_by_what_they_stand_for() -> None:
    made = calibration(scale=5.0)
    found = made.level(np.array([0.5, 0.1, 0.0, 0.9]), best_K=np.array([0.9, 0.5]), count=12)
    rest = 10 * (math.exp(0.5) + math.exp(0.0)) / 2
    assert found == pytest.approx(math.log((math.exp(4.5) + math.exp(2.5) + rest) / 12) / 5)


def test_a_sample_that_is_everything_is_exact_even_with_ties() -> None:
    scores = np.array([0.4, 0.4, 0.4, 0.1])
    made = calibration(scale=5.0)
    found = made.level(scores, best_K=scores[:2], count=4)
    assert found == pytest.approx(slow_level(5, scores.tolist()))


@given(st.lists(cosines, min_size=1, max_size=20), cosines, st.integers(1, 10**7))
def test_chances_are_chances_and_never_fall_with_the_score(
    scores: list[float], level: float, count: int
) -> None:
    chances = calibration().probabilities(np.sort(scores), level, count)
    assert ((chances >= 0) & (chances <= 1)).all()
    assert (np.diff(chances) >= 0).all()


@given(cosines, st.floats(-1, 0.9), st.integers(1, 10**6))
def test_a_score_means_less_in_a_larger_gallery_and_beside_many_that_fit(
    score: float, level: float, count: int
) -> None:
    (chance,) = calibration().probabilities(np.array([score]), level, count)
    assert calibration().probabilities(np.array([score]), level, 2 * count)[0] < chance
    assert calibration().probabilities(np.array([score]), level + 0.1, count)[0] < chance


def test_the_chance_is_the_formula() -> None:
    made = calibration(slope=9.0, against=2.5, intercept=1.0)
    (chance,) = made.probabilities(np.array([0.6], np.float32), 0.3, 500)
    odds = math.exp(9 * 0.6 - 2.5 * 0.3 + 1.0) / 500
    assert chance == pytest.approx(odds / (1 + odds), rel=1e-6)


def test_words_for_chances() -> None:
    assert [label(p) for p in (1.0, 0.5, 0.4999, 0.1, 0.0999, 0.0)] == [
        *("strong", "strong", "possible", "possible", "weak", "weak")
    ]


def test_below_the_threshold_nobody_fits() -> None:
    made = calibration(threshold=0.2)
    assert [made.nobody_fits(level) for level in (0.1999, 0.2, 0.3)] == [True, False, False]


@given(
    st.floats(0.1, 100),
    st.floats(-50, 50),
    st.floats(1e-6, 10),
    st.one_of(st.none(), st.just(HELD)),
)
def test_what_was_kept_as_text_comes_back_equal(
    scale: float, against: float, slope: float, held: HeldOut | None
) -> None:
    made = calibration(scale=scale, against=against, slope=slope, held_out=held)
    assert Calibration.from_json(made.to_json()) == made


def changed(**values: Any) -> str:
    return json.dumps({**json.loads(calibration(held_out=HELD).to_json()), **values})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "damaged"),
        ("[]", "damaged"),
        ("7", "damaged"),
        ("[" * 100_000, "damaged"),
        ("{}", "damaged"),
        (changed(format=2), "newer tipr; update tipr"),
        (changed(scale="12"), "scale is '12'"),
        (changed(scale=True), "scale is True"),
        (changed(against=float("nan")), "against is nan"),
        (changed(slope=-1.0), "above 0"),
        (changed(surprise=1), "surprise"),
        (changed(origin={"model": "aa"}), "expected model, data"),
        (changed(origin=None), "damaged"),
        (changed(held_out={**json.loads(changed())["held_out"], "trials": 1.5}), "trials is 1.5"),
    ],
)
def test_damaged_text_is_one_clear_error(text: str, says: str) -> None:
    with pytest.raises(GalleryError, match=says) as caught:
        Calibration.from_json(text)
    assert "tipr calibrate" in str(caught.value)


def kept(text: str | None) -> Any:
    return SimpleNamespace(calibration=lambda: text, meta=SimpleNamespace(fingerprint=ORIGIN.model))


def test_a_gallery_has_the_calibration_of_its_own_model_only() -> None:
    made = calibration()
    other = replace(made, origin=replace(ORIGIN, model="cc" * 32))
    assert calibration_of(kept(made.to_json())) == made
    assert calibration_of(kept(other.to_json())) is None
    assert calibration_of(kept(None)) is None


def test_a_sample_is_spread_evenly_and_is_all_where_there_are_few() -> None:
    assert sample(5, 10).tolist() == [0, 1, 2, 3, 4]
    assert sample(101, 5).tolist() == [0, 25, 50, 75, 100]
    assert sample(0).tolist() == []
