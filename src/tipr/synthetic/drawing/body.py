"""The measures of a body, in statures, from who someone is.

Heights and breadths follow the segment lengths of Drillis and Contini (1966); a child's head is
larger in its body. What one wears is added later.
"""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from tipr.synthetic.people.person import Person

Height = TypeVar("Height", float, np.ndarray)

HEADS = {"child": 0.162, "young": 0.136, "adult": 0.134, "older": 0.135}
"""Height of the head, from chin to crown."""


@dataclass(frozen=True, slots=True)
class Body:
    """`grown` turns an adult's heights below the chin into this body's."""

    head: float
    grown: float
    shoulder: float
    trunk_K4: np.ndarray
    arm: float
    leg: float
    neck: float
    stoop: float

    def h(self, adult: Height) -> Height:
        """A height of an adult, or several, in this body."""
        return adult * self.grown


def measure(person: Person) -> Body:
    """The body of a person, undressed."""
    female = person.gender == "woman" and person.age != "child"
    head = HEADS[person.age]
    grown = (1 - head) / 0.87
    girth = {"slim": 0.9, "average": 1.0, "heavy": 1.2}[person.build]
    belly = {"slim": 0.92, "average": 1.0, "heavy": 1.42}[person.build]
    shoulder = (0.102 if female else 0.116) * (0.6 + 0.4 * girth)
    if person.age == "child":
        shoulder *= 0.97
    chest = (0.078 if female else 0.089) * girth
    waist = (0.066 if female else 0.078) * belly
    hip = (0.090 if female else 0.084) * (0.35 + 0.65 * girth) * (0.85 + 0.15 * belly)
    bust = 0.012 if female else 0.0
    deep = 0.85 + 0.15 * girth
    out = 0.022 * (belly - 1)
    rows = [
        (0.862, 0.034, 0.034, 0.000),
        (0.848, 0.041, 0.038, -0.002),
        (0.840, 0.054, 0.041, -0.004),
        (0.830, shoulder * 0.74, 0.044, -0.004),
        (0.818, shoulder * 0.89, 0.048, -0.002),
        (0.800, shoulder * 0.97, 0.054 * deep, 0.000),
        (0.775, shoulder * 0.96, 0.060 * deep, 0.002),
        (0.735, chest * 1.08, 0.064 * deep + bust * 0.5, 0.004 + bust),
        (0.705, chest, 0.062 * deep + bust * 0.4, 0.003 + bust * 0.8),
        (0.660, (chest + 2 * waist) / 3, 0.055 * deep + out * 0.6, out * 0.7),
        (0.620, waist, 0.053 * deep + out, out),
        (0.575, (waist + hip) / 2, 0.056 * deep + out, out * 0.8 - 0.002),
        (0.530, hip, 0.060 * deep + out * 0.4, -0.008),
        (0.495, hip * 1.02, 0.062 * deep, -0.010),
        (0.465, hip * 0.98, 0.058 * deep, -0.006),
    ]
    trunk_K4 = np.array(rows)
    trunk_K4[:, 0] *= grown
    if person.age == "child":
        trunk_K4[:, 1] *= 1.02
    return Body(
        head=head,
        grown=grown,
        shoulder=shoulder,
        trunk_K4=trunk_K4,
        arm=(0.88 if female else 1.0) * (0.55 + 0.45 * girth),
        leg=0.5 + 0.5 * girth,
        neck=0.032 if female or person.age == "child" else 0.037,
        stoop={"older": 0.05}.get(person.age, 0.0),
    )
