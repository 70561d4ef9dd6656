"""What one picture shows of a person: the facts whose pixels are there to be seen.

Captions are written from these and from nothing else.
"""

from collections.abc import Mapping

from tipr.synthetic.drawing.parts import Part
from tipr.synthetic.people.facts import NO, SIDE, WALKS, Facts, facts_of
from tipr.synthetic.people.person import Garment, Person
from tipr.synthetic.photo.shot import Shot

TIED = ("ponytail", "bun")

# How many pixels of a finished picture something must cover to be noticed.
ENOUGH: Mapping[str, tuple[float, tuple[Part, ...]]] = {
    "hair": (12, (Part.HAIR, Part.LONG_HAIR, Part.TIED_HAIR)),
    "beard": (5, (Part.BEARD,)),
    "glasses": (3, (Part.GLASSES,)),
    "hat": (12, (Part.HAT,)),
    "scarf": (14, (Part.SCARF,)),
    "upper": (90, (Part.UPPER, Part.SLEEVE, Part.PATTERN, Part.PRINT, Part.INNER, Part.HOOD)),
    "sleeves": (25, (Part.SLEEVE, Part.ARM)),
    "upper pattern": (25, (Part.PATTERN,)),
    "print": (9, (Part.PRINT,)),
    "inside": (18, (Part.INNER,)),
    "lower": (140, (Part.LOWER, Part.LOWER_PATTERN)),
    "lower pattern": (25, (Part.LOWER_PATTERN,)),
    "shoes": (16, (Part.SHOES,)),
    "bag": (18, (Part.BAG, Part.STRAP)),
    "umbrella": (50, (Part.UMBRELLA,)),
    "bicycle": (50, (Part.BICYCLE,)),
    "phone": (4, (Part.PHONE,)),
    "head": (50, (Part.FACE, Part.HAIR, Part.LONG_HAIR, Part.TIED_HAIR, Part.HAT)),
}


def facts_in(person: Person, shot: Shot) -> Facts:
    """What of a person one picture shows, and from which side and whether they walk."""
    known = facts_of(person)
    seen = {name for name, (least, parts) in ENOUGH.items()
            if sum(shot.pixels.get(part, 0.0) for part in parts) >= least}  # fmt: skip
    shown: Facts = {"who": known["who"], SIDE: shot.side}
    if "head" in seen:
        shown["age"] = known["age"]
    if "upper" in seen:
        shown["build"] = known["build"]
    if "hair" in seen and known["hair colour"] != NO:
        shown["hair colour"] = known["hair colour"]
    if _style_shows(known["hair"], shot, seen):
        shown["hair"] = known["hair"]
    shown |= {name: known[name] for name in ("beard", "glasses", "phone") if name in seen}
    for name in ("shoes", "bag", "hat", "scarf", "umbrella", "bicycle", "upper", "lower"):
        if name in seen:
            shown |= {key: known[key] for key in (name, f"{name} colour")}
    shown |= _cut_shown(person.upper, "upper", known, seen)
    if person.lower and "lower" in seen:
        shown |= _cut_shown(person.lower, "lower", known, seen)
        shown[WALKS] = "walking" if shot.walking else "standing"
    return {key: value for key, value in shown.items() if value != NO}


def _style_shows(style: str, shot: Shot, seen: set[str]) -> bool:
    if style == NO or "head" not in seen:
        return False
    if style == "long":
        return shot.pixels.get(Part.LONG_HAIR, 0.0) >= 25
    if style in TIED:
        return shot.pixels.get(Part.TIED_HAIR, 0.0) >= 9
    return style == "bald" or "hair" in seen


def _cut_shown(garment: Garment, name: str, known: Facts, seen: set[str]) -> Facts:
    """Length, pattern and second colour, where they show."""
    shown: Facts = {}
    if name not in seen:
        return shown
    if name == "lower" or "sleeves" in seen:
        shown[f"{name} length"] = known[f"{name} length"]
    proof = {"print": "print", "plain": "inside"}.get(garment.pattern, f"{name} pattern")
    if proof in seen and garment.second:
        keys = (f"{name} pattern", f"{name} second", f"{name} open")
        shown |= {key: known[key] for key in keys if key in known}
    elif garment.pattern == "plain":
        shown[f"{name} pattern"] = "plain"
    return shown
