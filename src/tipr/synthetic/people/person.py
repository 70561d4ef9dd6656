"""What someone looks like: named attributes that a sentence can tell, and the exact shades.

Nobody here exists.
"""

from dataclasses import dataclass, field
from typing import Literal

from tipr.synthetic.people.palette import RGB

Gender = Literal["woman", "man"]
Age = Literal["child", "young", "adult", "older"]
Build = Literal["slim", "average", "heavy"]


@dataclass(frozen=True, slots=True)
class Hair:
    """`style` is one of wardrobe.HAIR; `colour` a key of palette.HAIRS."""

    style: str
    colour: str
    rgb: RGB = field(compare=False)


@dataclass(frozen=True, slots=True)
class Item:
    """Something worn or carried, in one colour."""

    kind: str
    colour: str
    rgb: RGB = field(compare=False)


@dataclass(frozen=True, slots=True)
class Garment:
    """A garment for the trunk or the legs.

    `length` is the sleeve's (none, short, long), the skirt's (short, knee, long) or ''; `second` is
    the colour of the pattern, the print or the stripe, or, where `open`, of what is under it.
    """

    kind: str
    colour: str
    rgb: RGB = field(compare=False)
    length: str = "long"
    pattern: str = "plain"
    second: str | None = None
    second_rgb: RGB = field(default=(0, 0, 0), compare=False)
    open: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """One invented person. Two who are equal cannot be told apart by words.

    `skin` (0 to 1 along palette.SKINS) is drawn, evenly over its whole range, and never told;
    `taste` settles the cut of the clothes.
    """

    gender: Gender
    age: Age
    build: Build
    hair: Hair
    upper: Garment
    lower: Garment | None
    shoes: Item
    bag: Item | None = None
    hat: Item | None = None
    glasses: str | None = None
    scarf: Item | None = None
    umbrella: Item | None = None
    bicycle: Item | None = None
    phone: bool = False
    beard: bool = False
    skin: float = field(default=0.4, compare=False)
    taste: int = field(default=0, compare=False)
