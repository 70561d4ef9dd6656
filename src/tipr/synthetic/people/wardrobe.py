"""What there is to wear and carry, and how common it is.

Rows of weights need not sum to one. Only what is cut for one gender, or is nearly always worn by
one, depends on gender; nothing depends on the skin.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

Weights = Mapping[Any, float]

GENDERS: Weights = {"woman": 1.0, "man": 1.0}
AGES: Weights = {"young": 0.36, "adult": 0.44, "older": 0.13, "child": 0.07}
BUILDS: Weights = {"slim": 0.28, "average": 0.52, "heavy": 0.20}

HAIR_STYLES: Mapping[str, Weights] = MappingProxyType(
    {
        "woman": {"long": 0.36, "ponytail": 0.22, "medium": 0.18, "bun": 0.10, "curly": 0.08,
                  "short": 0.06},
        "man": {"short": 0.52, "cropped": 0.20, "bald": 0.10, "curly": 0.08, "medium": 0.05,
                "long": 0.03, "ponytail": 0.02},
    }
)  # fmt: skip
HAIR_COLOURS: Weights = {"black": 0.36, "dark brown": 0.24, "brown": 0.15, "blond": 0.15,
                         "red": 0.05, "grey": 0.05}  # fmt: skip
HAIR_COLOURS_OLDER: Weights = {"grey": 0.5, "white": 0.35, "dark brown": 0.08, "black": 0.07}

UPPERS: Mapping[str, Weights] = MappingProxyType(
    {
        "woman": {"t-shirt": 0.22, "dress": 0.10, "blouse": 0.08, "shirt": 0.07, "sweater": 0.11,
                  "hoodie": 0.08, "jacket": 0.12, "puffer jacket": 0.06, "coat": 0.08,
                  "blazer": 0.03, "tank top": 0.05},
        "man": {"t-shirt": 0.28, "polo shirt": 0.08, "shirt": 0.14, "sweater": 0.09,
                "hoodie": 0.11, "jacket": 0.14, "puffer jacket": 0.05, "coat": 0.04,
                "blazer": 0.05, "tank top": 0.02},
    }
)  # fmt: skip
SLEEVES: Mapping[str, Weights] = MappingProxyType(
    {
        "t-shirt": {"short": 0.85, "long": 0.15},
        "polo shirt": {"short": 1.0},
        "tank top": {"none": 1.0},
        "shirt": {"long": 0.7, "short": 0.3},
        "blouse": {"long": 0.6, "short": 0.3, "none": 0.1},
        "dress": {"short": 0.45, "none": 0.3, "long": 0.25},
    }
)
PATTERNS: Mapping[str, Weights] = MappingProxyType(
    {
        "t-shirt": {
            "plain": 0.48,
            "print": 0.26,
            "striped": 0.17,
            "two-tone": 0.05,
            "dotted": 0.04,
        },
        "polo shirt": {"plain": 0.65, "striped": 0.25, "two-tone": 0.10},
        "tank top": {"plain": 0.7, "striped": 0.15, "print": 0.15},
        "shirt": {
            "plain": 0.48,
            "checked": 0.30,
            "pinstriped": 0.12,
            "dotted": 0.04,
            "floral": 0.06,
        },
        "blouse": {"plain": 0.5, "floral": 0.22, "dotted": 0.16, "striped": 0.12},
        "sweater": {"plain": 0.62, "striped": 0.28, "two-tone": 0.10},
        "hoodie": {"plain": 0.68, "print": 0.24, "two-tone": 0.08},
        "jacket": {"plain": 0.88, "two-tone": 0.12},
        "puffer jacket": {"plain": 0.92, "two-tone": 0.08},
        "coat": {"plain": 0.9, "checked": 0.10},
        "blazer": {"plain": 0.9, "checked": 0.10},
        "dress": {"plain": 0.45, "floral": 0.22, "dotted": 0.15, "striped": 0.13, "checked": 0.05},
    }
)
OPEN: Mapping[str, float] = MappingProxyType(
    {"jacket": 0.45, "hoodie": 0.15, "puffer jacket": 0.25, "coat": 0.35}
)
"""How often a garment that can be open is worn open; what is under it then shows."""

LOWERS: Mapping[str, Weights] = MappingProxyType(
    {
        "woman": {"jeans": 0.32, "trousers": 0.20, "leggings": 0.13, "skirt": 0.20, "shorts": 0.09,
                  "sweatpants": 0.06},
        "man": {"jeans": 0.38, "trousers": 0.32, "shorts": 0.18, "sweatpants": 0.12},
    }
)  # fmt: skip
SKIRTS: Weights = {"short": 0.35, "knee": 0.40, "long": 0.25}
LOWER_PATTERNS: Mapping[str, Weights] = MappingProxyType(
    {
        "skirt": {"plain": 0.66, "floral": 0.12, "checked": 0.12, "dotted": 0.05, "striped": 0.05},
        "sweatpants": {"plain": 0.55, "side stripe": 0.45},
        "shorts": {"plain": 0.84, "checked": 0.10, "side stripe": 0.06},
        "trousers": {"plain": 0.96, "checked": 0.04},
    }
)

UPPER_COLOURS: Weights = {
    "black": 0.18, "white": 0.14, "grey": 0.09, "dark grey": 0.05, "dark blue": 0.09, "blue": 0.08,
    "light blue": 0.05, "red": 0.07, "dark red": 0.03, "green": 0.04, "dark green": 0.03,
    "yellow": 0.03, "orange": 0.02, "pink": 0.05, "purple": 0.03, "brown": 0.03, "beige": 0.04,
    "turquoise": 0.02,
}  # fmt: skip
LOWER_COLOURS: Mapping[str, Weights] = MappingProxyType(
    {
        "jeans": {"blue": 0.42, "dark blue": 0.30, "light blue": 0.16, "black": 0.09, "grey": 0.03},
        "trousers": {"black": 0.34, "dark grey": 0.12, "grey": 0.10, "dark blue": 0.14,
                     "beige": 0.11, "brown": 0.08, "white": 0.04, "dark green": 0.05,
                     "dark red": 0.02},
        "leggings": {"black": 0.55, "dark grey": 0.12, "grey": 0.08, "dark blue": 0.10,
                     "purple": 0.05, "dark red": 0.05, "white": 0.05},
        "sweatpants": {"grey": 0.30, "black": 0.36, "dark blue": 0.16, "dark grey": 0.12,
                       "red": 0.03, "green": 0.03},
        "shorts": {"black": 0.22, "beige": 0.18, "blue": 0.14, "grey": 0.12, "dark blue": 0.12,
                   "white": 0.08, "red": 0.05, "dark green": 0.06, "orange": 0.03},
        "skirt": {"black": 0.28, "dark blue": 0.12, "red": 0.09, "white": 0.10, "grey": 0.08,
                  "pink": 0.08, "blue": 0.07, "beige": 0.06, "green": 0.05, "purple": 0.04,
                  "yellow": 0.04, "brown": 0.04},
    }
)  # fmt: skip
SHOES: Mapping[str, Weights] = MappingProxyType(
    {
        "woman": {"sneakers": 0.46, "shoes": 0.14, "boots": 0.17, "sandals": 0.12, "heels": 0.11},
        "man": {"sneakers": 0.56, "shoes": 0.26, "boots": 0.12, "sandals": 0.06},
    }
)
SHOE_COLOURS: Mapping[str, Weights] = MappingProxyType(
    {
        "sneakers": {"white": 0.32, "black": 0.28, "grey": 0.12, "blue": 0.08, "red": 0.09,
                     "pink": 0.04, "green": 0.04, "yellow": 0.03},
        "shoes": {"black": 0.55, "brown": 0.35, "beige": 0.10},
        "boots": {"black": 0.50, "brown": 0.35, "beige": 0.15},
        "sandals": {"black": 0.35, "brown": 0.40, "white": 0.15, "red": 0.10},
        "heels": {"black": 0.50, "red": 0.20, "beige": 0.15, "white": 0.15},
    }
)  # fmt: skip
BAGS: Mapping[str, Weights] = MappingProxyType(
    {
        "woman": {None: 0.30, "backpack": 0.20, "shoulder bag": 0.18, "handbag": 0.12,
                  "tote bag": 0.09, "shopping bag": 0.07, "suitcase": 0.04},
        "man": {None: 0.40, "backpack": 0.30, "shoulder bag": 0.13, "handbag": 0.02,
                "tote bag": 0.03, "shopping bag": 0.07, "suitcase": 0.05},
    }
)  # fmt: skip
BAG_COLOURS: Weights = {"black": 0.34, "brown": 0.10, "grey": 0.09, "blue": 0.09, "red": 0.10,
                        "dark blue": 0.07, "green": 0.05, "beige": 0.06, "pink": 0.05,
                        "yellow": 0.04, "white": 0.05, "purple": 0.03, "orange": 0.03}  # fmt: skip
HATS: Weights = {None: 0.80, "cap": 0.08, "knitted hat": 0.06, "hat": 0.05, "helmet": 0.01}
HEADSCARF = 0.04
"""How often a woman wears a headscarf."""
GLASSES: Weights = {None: 0.76, "glasses": 0.17, "sunglasses": 0.07}
SCARF = 0.35
"""How often a scarf goes with a coat, a jacket or a sweater; never with thin clothes."""
WARM = ("coat", "jacket", "puffer jacket", "sweater", "blazer", "hoodie")
SCARVES_WITH = ("coat", "jacket", "puffer jacket", "sweater", "blazer")
UMBRELLA, BICYCLE, PHONE, BEARD = 0.03, 0.03, 0.09, 0.28
UMBRELLAS: Weights = {"umbrella": 0.8, "striped umbrella": 0.2}
