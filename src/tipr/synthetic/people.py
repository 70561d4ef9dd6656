"""Invent people: what someone looks like, as named attributes that a sentence can tell.

Nobody here exists. The lists are short on purpose: people share most attributes, so finding one
of them takes the whole sentence.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from tipr.errors import DataError

Colour = tuple[int, int, int]
"""RGB, 0 to 255."""

COLOURS: Mapping[str, Colour] = MappingProxyType(
    {
        "black": (34, 34, 38),
        "white": (234, 234, 232),
        "grey": (132, 134, 138),
        "red": (196, 36, 40),
        "blue": (42, 84, 186),
        "dark blue": (30, 42, 88),
        "light blue": (138, 188, 228),
        "green": (48, 132, 66),
        "yellow": (232, 202, 58),
        "orange": (232, 122, 36),
        "pink": (238, 150, 182),
        "purple": (116, 62, 146),
        "brown": (108, 70, 44),
        "beige": (210, 188, 150),
    }
)
SKINS: Mapping[str, Colour] = MappingProxyType(
    {
        "light": (240, 204, 178),
        "medium": (210, 162, 124),
        "brown": (154, 104, 70),
        "dark": (94, 62, 44),
    }
)
HAIRS: Mapping[str, Colour] = MappingProxyType(
    {
        "black": (28, 25, 26),
        "brown": (86, 56, 36),
        "blond": (214, 180, 112),
        "red": (158, 72, 36),
        "grey": (164, 164, 166),
    }
)

Sex = Literal["man", "woman"]
Build = Literal["slim", "average", "heavy"]
BUILDS: tuple[Build, ...] = ("slim", "average", "average", "heavy")

HAIR_STYLES: Mapping[Sex, tuple[str, ...]] = MappingProxyType(
    {
        "man": ("short", "short", "short", "medium", "bald"),
        "woman": ("long", "long", "ponytail", "bun", "medium", "short"),
    }
)
UPPERS = ("t-shirt", "t-shirt", "shirt", "sweater", "hoodie", "jacket", "coat")
PATTERNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "t-shirt": ("plain", "striped", "print"),
        "shirt": ("plain", "plain", "checked", "striped"),
        "sweater": ("plain", "plain", "striped"),
        "hoodie": ("plain", "plain", "print"),
        "jacket": ("plain",),
        "coat": ("plain",),
    }
)
LOWERS: Mapping[Sex, tuple[str, ...]] = MappingProxyType(
    {
        "man": ("trousers", "trousers", "jeans", "jeans", "shorts"),
        "woman": ("trousers", "jeans", "jeans", "shorts", "skirt", "skirt"),
    }
)
LOWER_COLOURS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "trousers": ("black", "black", "grey", "dark blue", "brown", "beige", "white", "green"),
        "jeans": ("blue", "blue", "dark blue", "light blue", "black", "grey"),
        "shorts": ("black", "white", "grey", "blue", "red", "green", "beige"),
        "skirt": ("black", "white", "red", "pink", "yellow", "purple", "dark blue", "grey"),
    }
)
SHOES = ("sneakers", "sneakers", "shoes", "boots")
SHOE_COLOURS = ("black", "black", "white", "white", "brown", "red", "blue", "grey")
BAGS = (None, None, "backpack", "shoulder bag", "handbag")
BAG_COLOURS = ("black", "black", "red", "blue", "brown", "green", "yellow", "grey", "pink")
HATS = (None, None, None, None, "cap", "knitted hat")


@dataclass(frozen=True, slots=True)
class Item:
    """Something worn or carried. `second` is the colour of the pattern, print or shirt below."""

    kind: str
    colour: str
    pattern: str = "plain"
    second: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """One invented person; every field but `height` is nominal.

    `skin`, `hair_colour` and all other colours are keys of SKINS, HAIRS and COLOURS; `height` is
    relative to the average.
    """

    sex: Sex
    build: Build
    height: float
    skin: str
    hair: str
    hair_colour: str
    upper: Item
    lower: Item
    shoes: Item
    bag: Item | None
    hat: Item | None


def invent(count: int, rng: random.Random) -> list[Person]:
    """`count` people, no two of whom look alike in everything they have, wear and carry.

    Raises:
        DataError: so many people are asked for that the attributes run out.
    """
    people: list[Person] = []
    seen: set[tuple[object, ...]] = set()
    attempts = 0
    while len(people) < count:
        attempts += 1
        if attempts > 20 * count + 1000:
            raise DataError(
                f"only {len(people)} people that differ could be invented, {count} were asked for"
            )
        person = _one(rng)
        looks = (person.sex, person.hair, person.hair_colour, person.upper, person.lower)
        looks += (person.shoes, person.bag, person.hat)
        if looks not in seen:
            seen.add(looks)
            people.append(person)
    return people


def _one(rng: random.Random) -> Person:
    sex: Sex = rng.choice(("man", "woman"))
    skin = rng.choice(tuple(SKINS))
    hair_colours = ("black", "brown", "grey") if skin in ("brown", "dark") else tuple(HAIRS)
    lower = rng.choice(LOWERS[sex])
    upper, bag, hat = _upper(rng), rng.choice(BAGS), rng.choice(HATS)
    # A bag of the coat's colour would not be seen.
    bag_colours = [colour for colour in BAG_COLOURS if colour != upper.colour]
    return Person(
        sex=sex,
        build=rng.choice(BUILDS),
        height=rng.uniform(0.93, 1.03) - (0.04 if sex == "woman" else 0.0),
        skin=skin,
        hair=rng.choice(HAIR_STYLES[sex]),
        hair_colour=rng.choice(hair_colours),
        upper=upper,
        lower=Item(lower, rng.choice(LOWER_COLOURS[lower])),
        shoes=Item(rng.choice(SHOES), rng.choice(SHOE_COLOURS)),
        bag=Item(bag, rng.choice(bag_colours)) if bag else None,
        hat=Item(hat, rng.choice(BAG_COLOURS)) if hat else None,
    )


def _upper(rng: random.Random) -> Item:
    kind = rng.choice(UPPERS)
    pattern = rng.choice(PATTERNS[kind])
    colour = rng.choice(tuple(COLOURS))
    if pattern == "plain" and kind not in ("jacket", "coat"):
        return Item(kind, colour)
    # A pattern is seen only if it is bright on dark or dark on bright.
    dark = sum(COLOURS[colour]) < 330
    seconds = ("white", "yellow", "light blue", "pink") if dark else ("black", "dark blue", "red")
    return Item(kind, colour, pattern, rng.choice([c for c in seconds if c != colour]))
