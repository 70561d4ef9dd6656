"""The map is the likeliest one, by loops; what cannot be measured is said."""

import math

import numpy as np
import pytest
from tests.unit.search.made_up import ORIGIN, asked

from tipr.errors import DataError
from tipr.evaluate import SplitVectors
from tipr.search import calibrate
from tipr.search.asked import FEWEST, Asked, numbered
from tipr.search.calibrate import fit
from tipr.search.calibration import HeldOut
from tipr.search.openset import answer
from tipr.search.platt import platt


def searches(made: Asked) -> list[tuple[list[float], list[float]]]:
    """For every caption the cosines of its own person's pictures, and of all others."""
    found = []
    for caption, person in zip(made.captions_QD, made.described_Q, strict=True):
        own, other = [], []
        for picture, who in zip(made.pictures_ND, made.shown_N, strict=True):
            cosine = float(np.dot(caption.astype(float), picture.astype(float)))
            (own if who == person else other).append(cosine)
        found.append((own, other))
    return found


def likelihood(cosines: list[tuple[list[float], list[float]]], scale: float) -> float:
    """That the right picture is drawn, when pictures are drawn by exp(scale * cosine)."""
    return sum(
        math.log(
            sum(math.exp(scale * score) for score in own)
            / sum(math.exp(scale * score) for score in own + other)
        )
        for own, other in cosines
    )


def test_the_scale_makes_right_pictures_likeliest() -> None:
    made = asked(9)
    found = fit(made, ORIGIN)
    cosines = searches(made)
    best = likelihood(cosines, found.scale)
    for factor in (0.7, 0.86, 1.165, 1.4):
        assert likelihood(cosines, found.scale * factor) < best


def test_the_curve_is_that_of_all_first_hits_with_the_person_there_and_gone() -> None:
    made = asked(9)
    found = fit(made, ORIGIN, hits=4)
    measures, offsets, right = [], [], []
    for own, other in searches(made):
        for there in (own, []):
            scores = [(score, True) for score in there] + [(score, False) for score in other]
            total = sum(math.exp(found.scale * score) for score, _ in scores)
            level = math.log(total / len(scores)) / found.scale
            for score, match in sorted(scores, reverse=True)[:4]:
                measures.append((score, level))
                offsets.append(-math.log(len(scores)))
                right.append(match)
    weights, intercept = platt(np.array(measures), np.array(offsets), np.array(right))
    assert (found.slope, -found.against) == pytest.approx(tuple(weights), rel=1e-3)
    assert found.intercept == pytest.approx(intercept, rel=1e-3)


def test_the_threshold_tells_nobody_to_one_in_ten_of_those_who_are_there() -> None:
    made = asked(30)
    found = fit(made, ORIGIN)
    told = [
        math.log(sum(math.exp(found.scale * s) for s in own + other) / len(own + other))
        < found.threshold * found.scale
        for own, other in searches(made)
    ]
    assert sum(told) == math.ceil(0.1 * (len(told) - 1))
    rarely = fit(made, ORIGIN, miss=0.02)
    assert rarely.threshold < found.threshold
    assert (found.miss, rarely.miss) == (0.1, 0.02)


def test_on_its_own_people_the_map_says_as_many_right_hits_as_there_are() -> None:
    made = asked(40)
    found = fit(made, ORIGIN)
    there = answer(found, made)
    said, right = there.chances_X.sum(), int(there.right_X.sum())
    for person in range(40):
        others = made.of(np.array([person]), np.setdiff1d(np.arange(40), [person]))
        said += answer(found, others).chances_X.sum()
    assert said == pytest.approx(right, rel=0.02)


def test_in_a_smaller_gallery_the_same_score_means_more_and_about_as_much_as_is_said() -> None:
    found = fit(asked(120, blur=1.5), ORIGIN)
    others = asked(300, blur=1.5, seed=1)
    small = [
        answer(found, others.of(np.arange(at, at + 30), np.arange(at, at + 15)))
        for at in range(0, 300, 30)
    ]
    chances = np.concatenate([part.chances_X for part in small])
    right = np.concatenate([part.right_X for part in small]).mean()
    assert chances.mean() == pytest.approx(right, rel=0.2)
    # said as if the gallery were as large as the one it was measured on, it would be far off
    odds = chances / (1 - chances) * (15 / 120)
    assert (odds / (1 + odds)).mean() < 0.5 * right


def test_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    made = asked(12)
    whole = fit(made, ORIGIN)
    monkeypatch.setattr(calibrate, "_CHUNK", 5)
    parts = fit(made, ORIGIN)
    for name in ("scale", "slope", "against", "intercept", "threshold"):
        assert getattr(parts, name) == pytest.approx(getattr(whole, name), rel=1e-5)


def test_a_calibration_keeps_where_it_is_from() -> None:
    held = HeldOut(
        **dict.fromkeys(("trials", "hits"), 1),
        **dict.fromkeys(
            ("auroc", "auroc_spread", "ece", "ece_spread", "skill", "nobody_present"), 0.5
        ),
        nobody_absent=0.5,
    )
    found = fit(asked(9), ORIGIN, held_out=held)
    assert (found.origin, found.held_out) == (ORIGIN, held)


def test_people_get_numbers_that_captions_and_pictures_share() -> None:
    vectors = SplitVectors(np.eye(4, dtype=np.float32), np.eye(3, 4, dtype=np.float32))
    made = numbered(vectors, ["b", "a", "b", "c"], ["a", "c", "b"])
    assert made.shown_N.tolist() == [0, 1, 0, 2]
    assert made.described_Q.tolist() == [1, 2, 0]
    some = made.of(np.array([1, 0]), np.array([0]))
    assert some.described_Q.tolist() == [1, 0]
    assert np.array_equal(some.pictures_ND, vectors.images_ND[[0, 2]])


def wrong(made: Asked, what: str) -> Asked:
    match what:
        case "few":
            return asked(FEWEST - 1)
        case "stranger":
            return made._replace(described_Q=made.described_Q + 1)
        case "nan":
            return made._replace(captions_QD=np.full_like(made.captions_QD, np.nan))
        case "blind":
            return made._replace(pictures_ND=np.ones_like(made.pictures_ND) / 4)
        case _:
            return made._replace(captions_QD=-made.captions_QD)


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("few", "7 people are too few"),
        ("stranger", "2? ?described people are shown by no picture|1 described"),
        ("nan", "vectors of the captions are not finite"),
        ("blind", "every picture the same score"),
        ("backwards", "do not tell right pictures from wrong"),
    ],
)
def test_what_cannot_be_measured_is_said(what: str, says: str) -> None:
    with pytest.raises(DataError, match=says):
        fit(wrong(asked(10), what), ORIGIN)


def test_more_hits_than_there_are_pictures_are_all_pictures() -> None:
    made = asked(8, pictures=1)
    found = fit(made, ORIGIN, hits=50)
    assert found == fit(made, ORIGIN, hits=7)
    assert np.isfinite([found.slope, found.against, found.intercept]).all()
