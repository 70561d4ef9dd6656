"""What can be told of a person, as one flat table.

A fact is a key and a word: `upper colour: red`. What a person does not have is `no`.
"""

from tipr.synthetic.people.person import Garment, Item, Person

Facts = dict[str, str]

NO = "no"
SIDE, WALKS = "side", "walks"
"""Keys of what holds for one picture only: from which side, and whether they walk."""
HIDES_HAIR = ("headscarf",)
HIDDEN_STYLES = ("short", "cropped", "bald", "bun", "curly")
"""Styles of hair that nobody can tell under a hat."""


def facts_of(person: Person) -> Facts:
    """Everything that can be told of a person, in any picture."""
    who = {"man": "boy", "woman": "girl"} if person.age == "child" else {}
    facts: Facts = {"who": who.get(person.gender, person.gender)}
    facts |= {"age": person.age, "build": person.build}
    hidden = person.hat is not None and person.hat.kind in HIDES_HAIR
    facts["hair"] = NO if hidden else person.hair.style
    facts["hair colour"] = NO if hidden else person.hair.colour or NO
    if person.hat and person.hair.style in HIDDEN_STYLES:
        facts["hair"] = NO
    if person.hat and person.hair.style == "bald":
        facts["hair colour"] = NO
    facts["beard"] = "beard" if person.beard else NO
    facts["glasses"] = person.glasses or NO
    facts |= _garment("upper", person.upper) | _garment("lower", person.lower)
    for name in ("shoes", "bag", "hat", "scarf", "umbrella", "bicycle"):
        facts |= _item(name, getattr(person, name))
    facts["phone"] = "phone" if person.phone else NO
    return facts


def _garment(name: str, garment: Garment | None) -> Facts:
    if garment is None:
        keys = (name, *(f"{name} {key}" for key in ("colour", "length", "pattern", "second")))
        return dict.fromkeys(keys, NO)
    facts = {
        name: garment.kind,
        f"{name} colour": garment.colour,
        f"{name} length": garment.length or NO,
        f"{name} pattern": garment.pattern,
        f"{name} second": garment.second or NO,
    }
    if name == "upper":
        facts["upper open"] = "open" if garment.open else NO
    return facts


def _item(name: str, item: Item | None) -> Facts:
    return {name: item.kind if item else NO, f"{name} colour": item.colour if item else NO}
