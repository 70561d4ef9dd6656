"""Say in English what a picture shows of an invented person, the way two annotators would.

Both name the colours of upper and lower garment; the rest they mention, leave out, order and
word differently. What the picture does not show is never said.
"""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from tipr.synthetic.people import Item, Person
from tipr.synthetic.pose import Direction

COLOUR_WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "black": ("black",),
        "white": ("white",),
        "grey": ("grey", "gray"),
        "red": ("red",),
        "blue": ("blue",),
        "dark blue": ("dark blue", "navy", "navy blue"),
        "light blue": ("light blue", "sky blue", "pale blue"),
        "green": ("green",),
        "yellow": ("yellow",),
        "orange": ("orange",),
        "pink": ("pink",),
        "purple": ("purple", "violet"),
        "brown": ("brown",),
        "beige": ("beige", "tan"),
        "blond": ("blond", "blonde"),
    }
)
KIND_WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "t-shirt": ("t-shirt", "tee shirt", "short sleeved top"),
        "shirt": ("shirt", "long sleeved shirt", "button-up shirt"),
        "sweater": ("sweater", "pullover", "jumper"),
        "hoodie": ("hoodie", "hooded sweatshirt"),
        "jacket": ("jacket",),
        "coat": ("coat", "long coat", "overcoat"),
        "trousers": ("trousers", "pants", "slacks"),
        "jeans": ("jeans", "denim pants"),
        "shorts": ("shorts", "short pants"),
        "skirt": ("skirt", "knee-length skirt"),
        "sneakers": ("sneakers", "trainers", "sports shoes"),
        "shoes": ("shoes",),
        "boots": ("boots",),
        "backpack": ("backpack", "rucksack"),
        "shoulder bag": ("shoulder bag", "bag over the shoulder", "messenger bag"),
        "handbag": ("handbag", "hand bag"),
        "cap": ("cap", "baseball cap"),
        "knitted hat": ("knitted hat", "beanie", "woolly hat"),
    }
)
PLURAL = ("trousers", "jeans", "shorts", "sneakers", "shoes", "boots")
PEOPLE_WORDS = MappingProxyType(
    {"man": ("man", "man", "male", "guy"), "woman": ("woman", "woman", "lady", "female")}
)
WALKS: Mapping[Direction, tuple[str, ...]] = MappingProxyType(
    {
        "front": ("walking towards the camera", "facing the camera"),
        "back": ("walking away from the camera", "seen from behind"),
        "left": ("walking to the left", "heading left"),
        "right": ("walking to the right", "heading right"),
    }
)


SHORTEST, LONGEST = 12, 30


def describe(person: Person, direction: Direction, rng: random.Random) -> tuple[str, str]:
    """Two captions of one or more sentences and 12 to 30 words, by two annotators."""
    return _fitting(_first, person, direction, rng), _fitting(_second, person, direction, rng)


def _fitting(
    annotator: Callable[[Person, Direction, random.Random], str],
    person: Person,
    direction: Direction,
    rng: random.Random,
) -> str:
    """Let the annotator think again until the length is right; what is left out varies."""
    while True:
        text = annotator(person, direction, rng)
        if SHORTEST <= len(text.split()) <= LONGEST:
            return text


def _first(person: Person, direction: Direction, rng: random.Random) -> str:
    """From head to foot, in one sentence and perhaps a second."""
    he = "he" if person.sex == "man" else "she"
    who = rng.choice(PEOPLE_WORDS[person.sex])
    build = {"slim": "slim ", "average": "", "heavy": "heavyset "}[person.build]
    hair = _hair(person, direction, rng)
    opening = _article(f"{build if rng.random() < 0.6 else ''}{who}")
    opening += f" with {hair}" if hair and rng.random() < 0.75 else ""
    worn = [_garment(person.upper, direction, rng), _thing(person.lower, rng)]
    worn += [_thing(person.shoes, rng)] if rng.random() < 0.7 else []
    worn += [_thing(person.hat, rng)] if person.hat and rng.random() < 0.8 else []
    text = f"{opening} {rng.choice(('wearing', 'dressed in', 'in'))} {_listed(worn)}"
    if person.bag and rng.random() < 0.85:
        carried = _thing(person.bag, rng)
        text += rng.choice((f", carrying {carried}", f". {he} has {carried}"))
    elif rng.random() < 0.4:
        text += f", {rng.choice(WALKS[direction])}"
    return _finished(text, f"the {who} is {rng.choice(WALKS[direction])}")


def _second(person: Person, direction: Direction, rng: random.Random) -> str:
    """Clothes first, in short sentences, sparing with the rest."""
    he, his = ("he", "his") if person.sex == "man" else ("she", "her")
    who = rng.choice((person.sex, person.sex, "person", "pedestrian"))
    upper, lower = _garment(person.upper, direction, rng), _thing(person.lower, rng)
    clothes = rng.choice((f"{upper} with {lower}", f"{lower} and {upper}", f"{upper} and {lower}"))
    text = f"the {who} {rng.choice(('is wearing', 'wears', 'has on'))} {clothes}"
    more = []
    if person.hat:
        more.append(f"there is {_thing(person.hat, rng)} on {his} head")
    if person.bag:
        more.append(f"{he} carries {_thing(person.bag, rng)}")
    hair = _hair(person, direction, rng)
    if hair:
        more.append(f"{he} has {hair}")
    more.append(f"{his} {_plain(person.shoes, rng)} {_seen_as(rng)}")
    more.append(f"{he} is {rng.choice(WALKS[direction])}")
    for fact in rng.sample(more, k=min(len(more), rng.choice((1, 2)))):
        text += f". {fact}"
    return _finished(text, f"{he} can be seen {_view(direction)}")


def _seen_as(rng: random.Random) -> str:
    return rng.choice(("are easy to see", "can be seen"))


def _view(direction: Direction) -> str:
    return {"front": "from the front", "back": "from behind"}.get(direction, "from the side")


def _hair(person: Person, direction: Direction, rng: random.Random) -> str:
    """What is seen of the hair; '' where a hat or the head hides it."""
    tied_back = person.hair == "ponytail" and direction == "front"
    if person.hat and (tied_back or person.hair in ("short", "bald", "bun")):
        return ""
    if person.hair == "bald":
        return rng.choice(("a bald head", "no hair"))
    colour = rng.choice(COLOUR_WORDS[person.hair_colour])
    if tied_back or rng.random() < 0.2:
        return f"{colour} hair"
    return {
        "short": f"short {colour} hair",
        "medium": f"{colour} hair down to the chin",
        "long": f"long {colour} hair",
        "ponytail": f"{colour} hair in a ponytail",
        "bun": f"{colour} hair in a bun",
    }[person.hair]


def _garment(item: Item, direction: Direction, rng: random.Random) -> str:
    """The upper garment; prints and the shirt under a jacket show from the front only."""
    second = rng.choice(COLOUR_WORDS[item.second]) if item.second else ""
    plain = _plain(item, rng)
    if item.pattern == "striped":
        stripes = (f"striped {plain}", f"{plain} with {second} stripes")
        return _article(rng.choice(stripes))
    if item.pattern == "checked":
        checks = (f"checked {plain}", f"{plain} with a {second} check", f"plaid {plain}")
        return _article(rng.choice(checks))
    if direction != "front" or not second or rng.random() < 0.3:
        return _article(plain)
    if item.pattern == "print":
        return _article(f"{plain} with {_article(second)} print on the chest")
    return _article(f"{plain} over {_article(second)} top")


def _thing(item: Item, rng: random.Random) -> str:
    plain = _plain(item, rng)
    if item.kind in PLURAL:
        return rng.choice((plain, plain, f"a pair of {plain}"))
    return _article(plain)


def _plain(item: Item, rng: random.Random) -> str:
    return f"{rng.choice(COLOUR_WORDS[item.colour])} {rng.choice(KIND_WORDS[item.kind])}"


def _article(words: str) -> str:
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def _listed(things: Sequence[str]) -> str:
    return f"{', '.join(things[:-1])} and {things[-1]}"


def _finished(text: str, filler: str) -> str:
    """At least 12 words, sentences begun with a capital and closed."""
    if len(text.split()) < SHORTEST:
        text += f". {filler}"
    return re.sub(r"(^|\. )([a-z])", lambda m: m[1] + m[2].upper(), text) + "."
