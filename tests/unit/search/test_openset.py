"""A calibration is tried on other people, half of whom are not in the gallery."""

import math

import numpy as np
import pytest
from tests.unit.search.made_up import ORIGIN, asked, calibration

from tipr.errors import DataError
from tipr.search import openset
from tipr.search.asked import Asked
from tipr.search.openset import answer, nobody_here, rehearse, trial


def test_nobody_of_the_trial_was_measured_on(monkeypatch: pytest.MonkeyPatch) -> None:
    made, parts = asked(20), {}
    monkeypatch.setattr(
        openset, "fit", lambda part, *_, **__: parts.update(fit=part) or calibration()
    )
    monkeypatch.setattr(
        openset, "answer", lambda _, part, hits: parts.update(answer=part, hits=hits)
    )
    trial(made, ORIGIN, seed=3, hits=4)
    known, tried = set(parts["fit"].described_Q), set(parts["answer"].described_Q)
    assert set(parts["fit"].shown_N) == known
    assert known | tried == set(range(20))
    assert not known & tried
    shown = set(parts["answer"].shown_N)
    assert shown < tried
    assert (len(tried), len(shown), parts["hits"]) == (10, 5, 4)


def test_answers_are_those_of_every_caption_alone() -> None:
    made = asked(10).of(np.arange(10), np.arange(5))
    told = calibration(threshold=0.35)
    found = answer(told, made, hits=3)
    for row, (caption, person) in enumerate(zip(made.captions_QD, made.described_Q, strict=True)):
        scores = [float(caption @ picture) for picture in made.pictures_ND]
        level = math.log(sum(math.exp(12 * s) for s in scores) / len(scores)) / 12
        best = sorted(range(len(scores)), key=lambda at: -scores[at])[:3]
        assert found.levels_Q[row] == pytest.approx(level, abs=1e-5)
        assert found.nobody_Q[row] == (level < 0.35)
        assert found.there_Q[row] == (person < 5)
        assert found.right_X[3 * row : 3 * row + 3].tolist() == [
            made.shown_N[at] == person for at in best
        ]
        chances = told.probabilities(np.array([scores[at] for at in best]), level, len(scores))
        assert found.chances_X[3 * row : 3 * row + 3] == pytest.approx(chances, abs=1e-5)
    assert {bool(told) for told in found.nobody_Q} == {True, False}


def test_a_sharp_model_tells_who_is_there_and_a_blurred_one_does_not() -> None:
    sharp, blurred = (
        rehearse(asked(40, blur=blur), ORIGIN, trials=4).held_out for blur in (0.3, 5.0)
    )
    assert sharp.auroc > 0.97
    assert sharp.skill > 0.5
    assert sharp.nobody_absent > 0.8
    assert blurred.auroc < 0.65
    assert blurred.skill < 0.05
    assert blurred.nobody_absent < 0.45
    assert sharp.trials == 4


def test_means_and_spreads_are_over_trials() -> None:
    made = asked(20, blur=2.0)
    found = rehearse(made, ORIGIN, trials=3)
    each = [openset.summary([trial(made, ORIGIN, seed=seed)], 10) for seed in range(3)]
    aurocs, errors = [one.auroc for one in each], [one.ece for one in each]
    assert found.held_out.auroc == pytest.approx(sum(aurocs) / 3)
    assert found.held_out.auroc_spread == pytest.approx(np.std(aurocs, ddof=1))
    assert found.held_out.ece_spread == pytest.approx(np.std(errors, ddof=1))
    assert each[0].auroc_spread == 0
    assert sum(one.hits for one in found.bins) == 3 * 10 * 2 * 10  # trials, people, captions, hits


def test_progress_counts_trials() -> None:
    seen: list[tuple[int, int]] = []
    rehearse(asked(16), ORIGIN, trials=2, progress=lambda *both: seen.append(both))
    assert seen == [(1, 2), (2, 2)]


def test_too_few_people_to_try_it_on_others() -> None:
    with pytest.raises(DataError, match="15 people are too few"):
        rehearse(asked(15), ORIGIN)


def test_in_a_gallery_of_others_nobody_is_told_and_its_own_people_are_left_out() -> None:
    made = asked(6, blur=0.2)
    told = calibration(threshold=0.4)
    assert nobody_here(told, made, asked(6, seed=9).pictures_ND) > 0.5
    assert math.isnan(nobody_here(told, made, made.pictures_ND))
    only_first = made.of(np.array([0]), np.array([0])).pictures_ND
    rest: Asked = made.of(np.arange(1, 6), np.arange(1, 6))
    assert nobody_here(told, made, only_first) == nobody_here(told, rest, only_first)
