"""People as directions in space: pictures lie near their person, captions somewhat farther."""

import numpy as np

from tipr.search.asked import Asked
from tipr.search.calibration import Calibration, Origin

ORIGIN = Origin(
    model="aa" * 32,
    data="bb" * 32,
    benchmark="jsonl",
    split="val",
    captions=1,
    pictures=1,
    people=1,
)


def asked(
    people: int, *, pictures: int = 3, captions: int = 2, blur: float = 1.2, seed: int = 0
) -> Asked:
    """`blur` 0: a caption lies where its person does; 2: hardly anywhere near."""
    rng = np.random.default_rng(seed)
    person_PD = rng.normal(size=(people, 16))
    shown = np.repeat(np.arange(people), pictures)
    described = np.repeat(np.arange(people), captions)
    return Asked(
        unit(person_PD[described] + blur * rng.normal(size=(len(described), 16))),
        unit(person_PD[shown] + 0.5 * rng.normal(size=(len(shown), 16))),
        described,
        shown,
    )


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def calibration(**changes: object) -> Calibration:
    told = {"scale": 12.0, "slope": 11.0, "against": 4.0, "intercept": 1.5, "threshold": 0.2}
    return Calibration(**{**told, "miss": 0.1, "origin": ORIGIN, **changes})  # pyright: ignore
