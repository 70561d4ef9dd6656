"""Invent people: one by one, each from the seed and their number alone.

People come in pairs, 1 and 2, 3 and 4, ...; in a share of the pairs the second is the first with
one attribute changed: hard negatives, whom only a whole sentence tells apart.
"""

from bisect import bisect
from collections.abc import Callable
from dataclasses import replace
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np

from tipr.synthetic.people import wardrobe as w
from tipr.synthetic.people.facts import facts_of
from tipr.synthetic.people.palette import COLOURS, DENIM, HAIRS, RGB, brightness, mixed
from tipr.synthetic.people.person import Garment, Hair, Item, Person

TWINS = 0.2
"""The share of pairs that differ in one attribute only."""

PERSON, TWIN = 1, 2
"""Which stream of chance a number is drawn from, beside the seed."""

Rng = np.random.Generator


class Invented(NamedTuple):
    """A person, and for the second of a pair of twins the attribute in which they differ."""

    person: Person
    differs: str | None = None


def invent(seed: int, number: int) -> Invented:
    """Person `number` (from 1) of a seed; how many others there are changes nothing.

    Raises:
        ValueError: the number is less than 1.
    """
    if number < 1:
        raise ValueError(f"people are numbered from 1, found {number}")
    if number % 2 == 0:
        rng = np.random.default_rng([seed, TWIN, number])
        if rng.random() < TWINS:
            return twin(invent(seed, number - 1).person, rng)
    return Invented(anyone(np.random.default_rng([seed, PERSON, number])))


def anyone(rng: Rng) -> Person:
    """Somebody."""
    gender, age = _pick(w.GENDERS, rng), _pick(w.AGES, rng)
    upper = _upper(gender, rng)
    lower = _lower(gender, rng)
    if upper.kind in w.WARM and lower.kind == "shorts":  # once again: seldom together
        lower = _lower(gender, rng)
    colour = _pick(w.UPPER_COLOURS, rng)
    person = Person(
        gender=gender,
        age=age,
        build=_pick(w.BUILDS, rng),
        hair=_hair(gender, age, rng),
        upper=upper,
        lower=None if upper.kind == "dress" else lower,
        shoes=_shoes(gender, age, rng),
        bag=_bag(gender, age, rng),
        hat=_hat(gender, rng),
        glasses=_pick(w.GLASSES, rng),
        scarf=_item("scarf", colour, rng)
        if upper.kind in w.SCARVES_WITH and rng.random() < w.SCARF
        else None,
        umbrella=_item(_pick(w.UMBRELLAS, rng), _pick(w.BAG_COLOURS, rng), rng)
        if rng.random() < w.UMBRELLA
        else None,
        bicycle=_item("bicycle", _pick(w.BAG_COLOURS, rng), rng)
        if rng.random() < w.BICYCLE
        else None,
        phone=bool(rng.random() < w.PHONE),
        beard=bool(gender == "man" and age != "child" and rng.random() < w.BEARD),
        skin=float(rng.random()),
        taste=int(rng.integers(2**31)),
    )
    return _sensible(person)


def twin(first: Person, rng: Rng) -> Invented:
    """The same again, but for one attribute."""
    changes: dict[str, Callable[[Person, Rng], Person]] = {
        "upper colour": lambda p, r: replace(p, upper=_recoloured(p.upper, r)),
        "shoe colour": lambda p, r: replace(p, shoes=_shoes(p.gender, p.age, r)),
        "hair": lambda p, r: replace(p, hair=_hair(p.gender, p.age, r)),
        "bag": lambda p, r: replace(p, bag=_bag(p.gender, p.age, r)),
        "hat": lambda p, r: replace(p, hat=_hat(p.gender, r)),
        "glasses": lambda p, r: replace(p, glasses=_pick(w.GLASSES, r)),
    }
    if first.lower:
        changes["lower garment"] = lambda p, r: replace(p, lower=_lower(p.gender, r))
    names = list(changes)
    for _ in range(1000):
        name = names[int(rng.integers(len(names)))]
        second = _sensible(changes[name](first, rng))
        if facts_of(second) != facts_of(first):
            return Invented(second, name)
    raise AssertionError("nothing about them could be changed")


def _sensible(person: Person) -> Person:
    """Free the hands and the head of what cannot be together."""
    if person.bicycle:
        carried = (
            person.bag if person.bag and person.bag.kind in ("backpack", "shoulder bag") else None
        )
        person = replace(person, bag=carried, umbrella=None, phone=False)
    return replace(person, phone=False) if person.umbrella else person


def _upper(gender: str, rng: Rng) -> Garment:
    kind = _pick(w.UPPERS[gender], rng)
    colour = _pick(w.UPPER_COLOURS, rng)
    pattern = _pick(w.PATTERNS[kind], rng)
    is_open = bool(rng.random() < w.OPEN.get(kind, 0.0))
    if is_open:
        pattern = "plain"
    garment = Garment(
        kind=kind,
        colour=colour,
        rgb=mixed(COLOURS[colour], rng),
        length=_pick(w.SLEEVES.get(kind, {"long": 1.0}), rng),
        pattern=pattern,
        open=is_open,
    )
    return _with_second(garment, rng)


def _lower(gender: str, rng: Rng) -> Garment:
    kind = _pick(w.LOWERS[gender], rng)
    colour = _pick(w.LOWER_COLOURS[kind], rng)
    within = DENIM.get(colour, COLOURS[colour]) if kind == "jeans" else COLOURS[colour]
    garment = Garment(
        kind=kind,
        colour=colour,
        rgb=mixed(within, rng),
        length=_pick(w.SKIRTS, rng) if kind == "skirt" else "",
        pattern=_pick(w.LOWER_PATTERNS.get(kind, {"plain": 1.0}), rng),
    )
    return _with_second(garment, rng)


def _recoloured(garment: Garment, rng: Rng) -> Garment:
    colour = _pick(w.UPPER_COLOURS, rng)
    return _with_second(replace(garment, colour=colour, rgb=mixed(COLOURS[colour], rng)), rng)


def _with_second(garment: Garment, rng: Rng) -> Garment:
    """A second colour, where the garment has one, that stands out from the first."""
    if garment.pattern == "plain" and not garment.open and garment.kind != "blazer":
        return replace(garment, second=None)
    while True:
        second = _pick(w.UPPER_COLOURS, rng)
        rgb = mixed(COLOURS[second], rng)
        if second != garment.colour and _distance(rgb, garment.rgb) > 90:
            return replace(garment, second=second, second_rgb=rgb)


def _distance(one: RGB, other: RGB) -> float:
    apart = sum(abs(a - b) for a, b in zip(one, other, strict=True)) / 2
    return apart + abs(brightness(one) - brightness(other))


def _hair(gender: str, age: str, rng: Rng) -> Hair:
    style = _pick(w.HAIR_STYLES[gender], rng)
    if age == "child" and style == "bald":
        style = "short"
    colour = _pick(w.HAIR_COLOURS_OLDER if age == "older" else w.HAIR_COLOURS, rng)
    if style == "bald":  # nothing to be told of it, but of a beard
        return Hair(style, "", mixed(HAIRS[colour], rng))
    return Hair(style, colour, mixed(HAIRS[colour], rng))


def _shoes(gender: str, age: str, rng: Rng) -> Item:
    kind = "sneakers" if age == "child" else _pick(w.SHOES[gender], rng)
    return _item(kind, _pick(w.SHOE_COLOURS[kind], rng), rng)


def _bag(gender: str, age: str, rng: Rng) -> Item | None:
    kind = _pick(w.BAGS[gender], rng)
    if age == "child" and kind not in (None, "backpack"):
        kind = None
    return _item(kind, _pick(w.BAG_COLOURS, rng), rng) if kind else None


def _hat(gender: str, rng: Rng) -> Item | None:
    kind = _pick(w.HATS, rng)
    if gender == "woman" and rng.random() < w.HEADSCARF:
        kind = "headscarf"
    return _item(kind, _pick(w.BAG_COLOURS, rng), rng) if kind else None


def _item(kind: str, colour: str, rng: Rng) -> Item:
    return Item(kind, colour, mixed(COLOURS[colour], rng))


def _pick(weights: w.Weights, rng: Rng) -> Any:
    """One of the keys, as often as its weight says."""
    names, sums = tuple(weights), tuple(accumulate(weights.values()))
    place = rng.random() * sums[-1]
    return names[min(bisect(sums, place), len(names) - 1)]
