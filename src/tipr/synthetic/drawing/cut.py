"""How garments are cut: how wide, how long, how stiff."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np


@dataclass(frozen=True, slots=True)
class UpperCut:
    """Lengths in statures: `ease` is added to the trunk, `sleeve` to the arm; `hem` is a height.

    `straight` 0 follows the waist, 1 hangs straight; `folds` is how readily it wrinkles.
    """

    ease: float
    hem: float
    straight: float
    sleeve: float
    folds: float
    cuff: float = 1.0


UPPER: Mapping[str, UpperCut] = MappingProxyType(
    {
        "t-shirt": UpperCut(0.007, 0.490, 0.55, 0.016, 0.8),
        "polo shirt": UpperCut(0.007, 0.492, 0.55, 0.014, 0.7),
        "tank top": UpperCut(0.003, 0.500, 0.35, 0.000, 0.6),
        "shirt": UpperCut(0.010, 0.475, 0.65, 0.012, 1.0),
        "blouse": UpperCut(0.008, 0.495, 0.40, 0.014, 0.9),
        "sweater": UpperCut(0.014, 0.492, 0.75, 0.014, 0.8, 0.85),
        "hoodie": UpperCut(0.019, 0.485, 0.85, 0.018, 1.0, 0.8),
        "jacket": UpperCut(0.019, 0.478, 0.75, 0.017, 0.9),
        "puffer jacket": UpperCut(0.033, 0.482, 0.95, 0.028, 0.3, 0.8),
        "blazer": UpperCut(0.014, 0.450, 0.45, 0.012, 0.6),
        "coat": UpperCut(0.020, 0.290, 0.60, 0.016, 0.6),
        "dress": UpperCut(0.005, 0.300, 0.05, 0.010, 0.7),
    }
)

LEG_BARE = np.array([
    (0.0, 0.056), (0.25, 0.052), (0.6, 0.044), (0.9, 0.035), (1.0, 0.034), (1.15, 0.033),
    (1.35, 0.036), (1.6, 0.029), (1.85, 0.020), (2.0, 0.020),
])  # fmt: skip
"""Rows (place along the leg, radius in statures); place 1 is the knee, 2 the ankle."""

LEGS: Mapping[str, np.ndarray] = MappingProxyType(
    {
        "leggings": np.array([(0, 0.057), (0.6, 0.046), (1, 0.036), (1.35, 0.038), (1.95, 0.023)]),
        "slim": np.array([(0, 0.059), (0.6, 0.049), (1, 0.039), (1.35, 0.039), (2.0, 0.030)]),
        "straight": np.array([(0, 0.060), (0.6, 0.051), (1, 0.044), (1.5, 0.041), (2.04, 0.040)]),
        "wide": np.array([(0, 0.062), (0.6, 0.057), (1, 0.053), (1.5, 0.053), (2.06, 0.056)]),
        "gathered": np.array([(0, 0.061), (0.6, 0.054), (1, 0.047), (1.6, 0.042), (1.9, 0.038),
                              (1.97, 0.027)]),
        "shorts": np.array([(0, 0.061), (0.5, 0.058), (0.9, 0.057)]),
    }
)  # fmt: skip
LEG_CUTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "trousers": ("straight", "straight", "slim", "wide"),
        "jeans": ("slim", "slim", "straight", "wide"),
        "leggings": ("leggings",),
        "sweatpants": ("gathered",),
        "shorts": ("shorts",),
    }
)
SKIRT_HEMS: Mapping[str, float] = MappingProxyType({"short": 0.40, "knee": 0.275, "long": 0.10})
