"""Full descriptions of people, and what words can tell apart.

A description fits everybody who has all that it states; it is unique if it fits one person only.
The ceiling is the best that any search could do with captions as they are.
"""

from collections.abc import Sequence

import numpy as np

from tipr.synthetic.people.facts import NO, Facts, facts_of
from tipr.synthetic.people.person import Person
from tipr.synthetic.people.wardrobe import SLEEVES
from tipr.synthetic.words.grammar import Claim
from tipr.synthetic.words.lexicon import HAIR, MARKS, TABLES
from tipr.synthetic.words.sentence import article

SILENT = {"age": "adult", "build": "average", "upper pattern": "plain", "lower pattern": "plain"}
"""What goes without saying."""


def stated(person: Person) -> Facts:
    """The facts that a full description states; what somebody does not have is not stated."""
    facts = facts_of(person)
    if len(SLEEVES.get(person.upper.kind, {})) < 2:
        facts["upper length"] = NO
    if person.age == "child":
        facts["age"] = NO
    return {key: value for key, value in facts.items() if value not in (NO, SILENT.get(key))}


def full_description(person: Person) -> str:
    """Everything that can be told of a person, in plain words; equal only for equal facts."""
    facts = stated(person)
    words = " ".join(facts[key] for key in ("age", "build", "who") if key in facts)
    has = [part for part in (_hair(facts), facts.get("beard") and "a beard") if part]
    text = article(words) + (f" with {_listed(has)}" if has else "")
    worn = [_garment(facts, "upper"), _garment(facts, "lower"), _thing(facts, "shoes")]
    worn += [article(_thing(facts, key)) for key in ("hat", "scarf") if key in facts]
    worn += [facts["glasses"]] if "glasses" in facts else []
    text += f", wearing {_listed([part for part in worn if part])}"
    for key, verb in (("bag", "carrying"), ("umbrella", "holding"), ("bicycle", "pushing")):
        if key in facts:
            text += f", {verb} {article(_thing(facts, key))}"
    if "phone" in facts:
        text += ", using a phone"
    return f"{text[0].upper()}{text[1:]}."


def unique(people: Sequence[Person]) -> list[bool]:
    """For each person whether their full description fits nobody else, by the attribute table."""
    keys, codes_NK, _ = _table(people)
    told_NK = np.zeros(codes_NK.shape, dtype=bool)
    for row, person in enumerate(people):
        facts = stated(person)
        told_NK[row] = [key in facts for key in keys]
    return [
        int((codes_NK[:, told_NK[i]] == codes_NK[i, told_NK[i]]).all(axis=1).sum()) == 1
        for i in range(len(people))
    ]


def ceiling(captions: Sequence[tuple[Sequence[Claim], int]], people: Sequence[Person]) -> float:
    """R@1 in per cent of a search that reads captions perfectly.

    A caption is its claims and the index of whom it describes. The search knows the attributes of
    everybody and how people call things, takes whoever makes the claims most likely, and
    shares a hit among those who make them equally likely.

    Raises:
        ValueError: there is no caption.
    """
    if not captions:
        raise ValueError("the ceiling of no captions is undefined")
    keys, codes_NK, values = _table(people)
    column = {key: at for at, key in enumerate(keys)}
    hits = 0.0
    for claims, person in captions:
        fit_N = np.ones(len(people))
        for claim in claims:
            if claim.key in column:
                at = column[claim.key]
                fit = np.array([likelihood(claim, value) for value in values[at]])
                fit_N = fit_N * fit[codes_NK[:, at]]
        best = fit_N >= fit_N.max() * (1 - 1e-9)
        hits += best[person] / best.sum()
    return 100.0 * hits / len(captions)


def likelihood(claim: Claim, value: str) -> float:
    """How often the claim's word is said of a fact with that value."""
    calls = TABLES.get(claim.key, {}).get(value)
    if calls is None:
        return float(claim.word == value)
    return calls.get(claim.word, 0.0) / sum(calls.values())


def _table(people: Sequence[Person]) -> tuple[list[str], np.ndarray, list[list[str]]]:
    """Keys, for every person and key a code, and for every key the values of the codes."""
    rows = [facts_of(person) for person in people]
    keys = sorted({key for row in rows for key in row})
    values = [sorted({row.get(key, NO) for row in rows}) for key in keys]
    codes_NK = np.array([
        [names.index(row.get(key, NO)) for key, names in zip(keys, values, strict=True)]
        for row in rows
    ])  # fmt: skip
    return keys, codes_NK, values


def _hair(facts: Facts) -> str:
    style, tone = facts.get("hair"), facts.get("hair colour")
    if style == "bald":
        return "a bald head"
    if tone is None:
        return ""
    return HAIR[style][0].format(tone) if style else f"{tone} hair"


def _garment(facts: Facts, name: str) -> str:
    """A garment with all that is known of it."""
    if name not in facts:
        return ""
    kind, tone = facts[name], facts[f"{name} colour"]
    length, second = facts.get(f"{name} length"), facts.get(f"{name} second")
    pattern = facts.get(f"{name} pattern")
    if length and name == "upper":
        length = "sleeveless" if length == "none" else f"{length} sleeved"
    if length == "knee":
        length = "knee length"
    noun = " ".join(part for part in (length, kind) if part)
    if pattern == "two-tone":
        tone = f"{tone} and {second}"
    text = f"{tone} {noun}"
    if name == "upper" or kind == "skirt":
        text = article(f"open {text}" if "upper open" in facts and name == "upper" else text)
    if pattern is not None and pattern in MARKS:
        text += f" with {second} {next(iter(MARKS[pattern]))}"
    elif pattern == "print":
        text += f" with {article(f'{second} print')}"
    elif pattern is None and second:
        text += f" over {article(f'{second} top')}"
    return text


def _thing(facts: Facts, key: str) -> str:
    return f"{facts[f'{key} colour']} {facts[key]}" if key in facts else ""


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
