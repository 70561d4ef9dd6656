"""The report ranks as evaluate does, draws the CMC curve, and chooses queries as it says."""

from pathlib import Path

import numpy as np
import pytest

from tipr.data.benchmarks import read_benchmark
from tipr.data.records import Caption, Picture, Split
from tipr.encoder import load_encoder
from tipr.evaluate import SplitVectors, evaluate
from tipr.report.build import Report
from tipr.report.ranking import choose, cmc, hits, leads, rank


@pytest.fixture
def split() -> Split:
    """Six people with three pictures each, a caption for every second picture."""
    pictures = tuple(Picture(Path(f"/{n}.jpg"), str(n % 6)) for n in range(18))
    return Split("val", pictures, tuple(Caption(f"caption {n}", n) for n in range(0, 18, 2)))


@pytest.fixture
def vectors() -> SplitVectors:
    """Coarse numbers, so that there are ties."""
    rng = np.random.default_rng(1)
    rows = rng.integers(-2, 3, (27, 4)).astype(np.float32) + 0.5
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    rows[5] = rows[4]
    return SplitVectors(rows[:18], rows[18:])


def slow_first_rank(vectors: SplitVectors, split: Split, caption: int) -> int:
    scores = [float(v @ vectors.captions_MD[caption]) for v in vectors.images_ND]
    person = split.person_of(split.captions[caption])
    same = [p.person == person for p in split.pictures]
    best = max(s for s, right in zip(scores, same, strict=True) if right)
    return 1 + sum(s >= best for s, right in zip(scores, same, strict=True) if not right)


def test_the_curve_equals_a_slow_loop_over_queries(split: Split, vectors: SplitVectors) -> None:
    ranks = [slow_first_rank(vectors, split, number) for number in range(len(split.captions))]
    slow = [100 * sum(r <= k for r in ranks) / len(ranks) for k in range(1, 19)]
    found = rank(vectors, split)
    assert cmc(found.outcomes, 18).tolist() == pytest.approx(slow)
    assert len(set(slow)) > 3


def test_the_curve_passes_through_the_scores(split: Split, vectors: SplitVectors) -> None:
    found = rank(vectors, split)
    curve, scores = cmc(found.outcomes, 10), found.scores.text_to_image
    assert [curve[0], curve[4], curve[9]] == [scores.R1, scores.R5, scores.R10]


def test_scores_are_those_of_evaluate(reported: Report, run: Path, drawn: Path) -> None:
    encoder = load_encoder(run, precision="float32")
    assert reported.parts[0].best.scores == evaluate(encoder, read_benchmark(drawn, "val"))


def test_worst_and_best_are_what_they_are_called(split: Split, vectors: SplitVectors) -> None:
    ranked = rank(vectors, split)
    chosen = choose(ranked, split, 2, seed=3)
    everyone = [*chosen.sampled, *chosen.worst, *chosen.best]
    assert len(everyone) == len(set(everyone)) == 6
    rest = [n for n in range(9) if n not in chosen.sampled]
    by_rank = sorted((slow_first_rank(vectors, split, n) for n in rest), reverse=True)
    assert [slow_first_rank(vectors, split, n) for n in chosen.worst] == by_rank[:2]
    left = np.array([n for n in rest if n not in chosen.worst])
    lead = leads(vectors, split, left)
    assert set(chosen.best) == set(left[np.argsort(-lead)[:2]].tolist())


def test_a_lead_is_the_best_match_less_the_best_other(split: Split, vectors: SplitVectors) -> None:
    for caption, lead in enumerate(leads(vectors, split, np.arange(9), chunk=2)):
        scores = vectors.images_ND @ vectors.captions_MD[caption]
        person = split.person_of(split.captions[caption])
        own = [s for s, p in zip(scores, split.pictures, strict=True) if p.person == person]
        others = [s for s, p in zip(scores, split.pictures, strict=True) if p.person != person]
        assert lead == pytest.approx(max(own) - max(others), abs=1e-6)


def test_the_sample_is_seeded(split: Split, vectors: SplitVectors) -> None:
    ranked = rank(vectors, split)
    assert choose(ranked, split, 3, seed=5) == choose(ranked, split, 3, seed=5)
    assert len({choose(ranked, split, 3, seed=seed).sampled for seed in range(5)}) > 1


def test_more_queries_than_there_are_is_no_error(split: Split, vectors: SplitVectors) -> None:
    chosen = choose(rank(vectors, split), split, 50, seed=0)
    assert (len(chosen.sampled), chosen.worst, chosen.best) == (9, (), ())


def test_a_tie_stands_behind_the_wrong_picture_and_a_late_match_is_added(split: Split) -> None:
    images = np.eye(18, 18, dtype=np.float32)
    images[:4, :] = images[0]  # the right picture (person 0) ties with three wrong ones
    captions = np.stack([split_caption(images, 0)] + [images[1]] * 8)
    ranked = rank(SplitVectors(images, captions), split)
    found = hits(ranked, split, 0, 2)
    assert [(hit.rank, hit.right) for hit in found] == [(1, False), (2, False), (4, True)]
    assert found[-1].picture == 0
    assert ranked.outcomes.first_N[0] == 4


def split_caption(images: np.ndarray, row: int) -> np.ndarray:
    return images[row].copy()
