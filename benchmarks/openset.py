"""How honest scores are: probabilities of hits, and "nobody in this gallery fits".

Half of the people make the calibration, the others try it; of those, half have their pictures
removed from the gallery. Beside tipr's own measures stand simpler ones, tried the same way.

    python benchmarks/openset.py RUN --data DIR [--split val] [--trials 10]
        [--reference NPZ]   pictures of another origin ('tipr encode RUN --data ...')

Prints numbers only. Shape legend: Q captions, N pictures, K hits, X hits of all captions.
"""

import argparse
import statistics
from pathlib import Path

import numpy as np

from tipr import vectors
from tipr.data.benchmarks import read_benchmark
from tipr.encoder import load_encoder
from tipr.evaluate import people_of, vectors_of
from tipr.search import openset
from tipr.search.asked import Asked, numbered
from tipr.search.calibrate import HITS, fit
from tipr.search.calibration import Calibration, Origin, log_mean_exp, sigmoid
from tipr.search.platt import platt
from tipr.search.reliability import auroc, calibration_error, skill, table

SIZES = (1.0, 0.5, 0.25, 0.1)
COHORT = 0.7

Figures = dict[str, list[float]]
Trial = tuple[Calibration, Asked, Asked]
"""What was measured, the captions and pictures it was measured on, and those that try it."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--split", default="val")
    parser.add_argument("--trials", type=int, default=10)
    parser.add_argument("--reference", type=Path)
    given = parser.parse_args()
    encoder = load_encoder(given.run)
    split = read_benchmark(given.data, given.split)
    asked = numbered(vectors_of(encoder, split), *people_of(split))
    print(f"{len(asked.captions_QD)} captions, {len(asked.pictures_ND)} pictures, model ", end="")
    print(encoder.fingerprint[:12])
    origin = Origin(
        model="", data="", benchmark="", split="", captions=0, pictures=0, people=len(split.people)
    )
    found = openset.rehearse(asked, origin, trials=given.trials)
    print(found.held_out)
    for one in found.bins:
        print(f"  {one.low:.1f} to {one.high:.1f}: {one.hits} hits, {one.said:.3f}, {one.true:.3f}")
    parts = [openset.parted(asked, seed) for seed in range(given.trials)]
    trials = [(fit(measured, origin), measured, tried) for measured, tried in parts]
    reference = vectors.read(given.reference).vectors_ND if given.reference else None
    show("galleries of other sizes", sizes(trials))
    show("probabilities", probabilities(trials))
    show("nobody fits", nobody(trials, reference))


def sizes(trials: list[Trial]) -> dict[str, Figures]:
    """The same calibrations in galleries of fewer of the other people."""
    rows: dict[str, Figures] = {}
    for seed, (calibration, _, tried) in enumerate(trials):
        # at random, for in an annotation file like people may stand together
        mixed = np.random.default_rng(seed).permutation(np.unique(tried.described_Q))
        here = np.isin(mixed, tried.shown_N)
        there, gone = mixed[here], mixed[~here]
        for share in SIZES:
            count = max(2, round(share * len(there)))
            people = np.concatenate([there[:count], gone[:count]])
            part = openset.answer(calibration, tried.of(people, there[:count]))
            held = openset.summary([part], HITS)
            row = rows.setdefault(f"{share:.0%} of the people", {})
            for name, value in (
                ("pictures", np.isin(tried.shown_N, there[:count]).sum()),
                ("ECE", held.ece),
                ("said", part.chances_X.mean()),
                ("right", part.right_X.mean()),
                ("skill", held.skill),
                ("AUROC", held.auroc),
                ("nobody, there", held.nobody_present),
                ("nobody, gone", held.nobody_absent),
            ):
                row.setdefault(name, []).append(float(value))
    return rows


def probabilities(trials: list[Trial]) -> dict[str, Figures]:
    """tipr's map against logistic curves of the cosine: alone, told the size, standardised."""
    rows: dict[str, Figures] = {}
    for calibration, measured, tried in trials:
        told = openset.answer(calibration, tried)
        note(rows, "tipr", told.chances_X, told.right_X)
        people = np.unique(measured.shown_N)
        there = hits(measured)
        gone = [
            hits(measured.of(people[at : at + 1], np.delete(people, at)))
            for at in range(len(people))
        ]
        for name, column, sized in (
            ("cosine", 0, False),
            ("cosine, told the size", 0, True),
            ("cosine in spreads above the mean, told the size", 1, True),
        ):
            seen = np.concatenate([there[0][:, column], *(one[0][:, column] for one in gone)])
            right = np.concatenate([there[1], *(one[1] for one in gone)])
            offset = np.concatenate([there[2], *(one[2] for one in gone)]) * sized
            (slope,), intercept = platt(seen[:, None], offset, right)
            columns, right, offset = hits(tried)
            said = sigmoid(slope * columns[:, column] + intercept + offset * sized)
            note(rows, name, said, right)
    return rows


def hits(asked: Asked) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of the first hits: (cosine, cosine in spreads above the query's mean), right, -log size."""
    scores_QN = (asked.captions_QD @ asked.pictures_ND.T).astype(np.float64)
    best_QK = np.argsort(-scores_QN, axis=1, kind="stable")[:, :HITS]
    first_QK = np.take_along_axis(scores_QN, best_QK, axis=1)
    middle_Q1, spread_Q1 = scores_QN.mean(axis=1)[:, None], scores_QN.std(axis=1)[:, None]
    seen = np.stack([first_QK.ravel(), ((first_QK - middle_Q1) / spread_Q1).ravel()], axis=1)
    right_QK = asked.shown_N[best_QK] == asked.described_Q[:, None]
    return seen, right_QK.ravel(), np.full(len(seen), -np.log(scores_QN.shape[1]))


def note(rows: dict[str, Figures], name: str, said: np.ndarray, right: np.ndarray) -> None:
    row = rows.setdefault(name, {})
    row.setdefault("ECE", []).append(calibration_error(table(said, right)))
    row.setdefault("skill", []).append(skill(said, right))
    row.setdefault("said", []).append(float(said.mean()))
    row.setdefault("right", []).append(float(right.mean()))


def nobody(trials: list[Trial], reference_MD: np.ndarray | None) -> dict[str, Figures]:
    """The AUROC of several measures of "somebody fits", and what each gains on the first."""
    rows: dict[str, Figures] = {}
    for calibration, measured, tried in trials:
        scale = calibration.scale
        scores_QN = (tried.captions_QD @ tried.pictures_ND.T).astype(np.float64)
        bank_MN = (measured.captions_QD @ tried.pictures_ND.T).astype(np.float64)

        def level(
            pictures_ND: np.ndarray, scale: float = scale, tried: Asked = tried
        ) -> np.ndarray:
            return log_mean_exp(scale * (tried.captions_QD @ pictures_ND.T).astype(float)) / scale

        measures = {
            "level (tipr)": level(tried.pictures_ND),
            "best cosine": scores_QN.max(axis=1),
            "best cosine in spreads above the mean": (
                (scores_QN.max(axis=1) - scores_QN.mean(axis=1)) / scores_QN.std(axis=1)
            ),
            "best cosine, each picture normalised by a bank of captions": (
                ((scores_QN - bank_MN.mean(axis=0)) / bank_MN.std(axis=0)).max(axis=1)
            ),
            f"level less {COHORT} x level in pictures of the same benchmark": (
                level(tried.pictures_ND) - COHORT * level(measured.pictures_ND)
            ),
        }
        if reference_MD is not None:
            measures[f"level less {COHORT} x level in the reference pictures"] = level(
                tried.pictures_ND
            ) - COHORT * level(reference_MD)
        there_Q = np.isin(tried.described_Q, tried.shown_N)
        found = {name: auroc(value[there_Q], value[~there_Q]) for name, value in measures.items()}
        for name, value in found.items():
            row = rows.setdefault(name, {})
            row.setdefault("AUROC", []).append(value)
            row.setdefault("gain", []).append(value - found["level (tipr)"])
    return rows


def show(title: str, rows: dict[str, Figures]) -> None:
    print(f"\n{title}: mean ± standard deviation over trials")
    for name, row in rows.items():
        told = (
            f"{key} {statistics.mean(v):.4g} ± {statistics.stdev(v) if v[1:] else 0:.2g}"
            for key, v in row.items()
        )
        print(f"  {name}: {', '.join(told)}")


if __name__ == "__main__":
    main()
