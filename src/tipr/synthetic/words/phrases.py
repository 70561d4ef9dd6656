"""The phrases of a caption: for each thing that a picture shows, the ways to put it.

`@` stands for `a` or `an`, `{he}` and `{his}` for the pronouns; sentence.py settles them.
"""

from collections.abc import Mapping, Sequence

from tipr.synthetic.people.facts import SIDE, WALKS, Facts
from tipr.synthetic.words import lexicon as w
from tipr.synthetic.words.grammar import Claim, Line, Maybe, OneOf, Part, Text, Word

COLOUR_SAID = 0.95
"""How often a thing's colour is told with it."""


def text(*variants: str) -> Part:
    """One of several fixed wordings."""
    return Text(variants[0]) if len(variants) == 1 else OneOf([Text(v) for v in variants])


def word(facts: Facts, key: str) -> Word:
    """The words for a fact."""
    return Word(key, w.TABLES[key][facts[key]])


def wordings(facts: Facts, key: str, variants: Sequence[str]) -> Part:
    """Fixed wordings that all claim a fact as it is."""
    claim = (Claim(key, facts[key]),)
    return OneOf([Text(variant, claim) for variant in variants])


def colour(facts: Facts, key: str) -> Part:
    return Maybe(word(facts, f"{key} colour"), COLOUR_SAID)


def subject(facts: Facts, start: str) -> Part:
    """Who it is: `@ young slim man`."""
    parts: list[Part] = [Text(start)]
    if facts.get("age") in w.AGES:
        parts.append(Maybe(word(facts, "age"), 0.45))
    if facts.get("build") in w.BUILDS:
        parts.append(Maybe(word(facts, "build"), 0.35))
    return Line([*parts, word(facts, "who")])


def hair(facts: Facts) -> Part | None:
    """`short brown hair`; None where none is seen."""
    style, tone = facts.get("hair"), "hair colour" in facts
    if style == "bald":
        return wordings(facts, "hair", w.BALD)
    if not tone:
        return None
    if style is None:
        return Line([word(facts, "hair colour"), Text("hair")])
    claim = (Claim("hair", style),)
    told: list[Part] = []
    for form in w.HAIR[style]:
        before, after = (piece.strip() for piece in form.split("{}"))
        told.append(Line([Text(before, claim), word(facts, "hair colour"), Text(after)]))
    return OneOf(told)


def upper(facts: Facts) -> Part:
    """The upper garment as a phrase with an article."""
    noun, tone = word(facts, "upper"), colour(facts, "upper")
    plain = [Line([Text("@"), tone, noun])]
    length = facts.get("upper length")
    if length and not (facts["upper"] == "tank top" or (length, facts["upper"]) in USUAL):
        sleeve = wordings(facts, "upper length", w.SLEEVES[length])
        plain += [Line([Text("@"), tone, sleeve, noun]), Line([Text("@"), sleeve, tone, noun])]
        if length != "none":
            end = Text(f"with {length} sleeves", (Claim("upper length", length),))
            plain.append(Line([Text("@"), tone, noun, end]))
    base: Part = OneOf([plain[0], OneOf(plain)])
    return _patterned(facts, "upper", base, noun, "@")


USUAL = frozenset(
    ("long", kind) for kind in ("sweater", "hoodie", "jacket", "puffer jacket", "blazer", "coat")
)
"""Sleeves that nobody mentions."""


def lower(facts: Facts) -> Part:
    """The lower garment as a phrase."""
    noun, tone = word(facts, "lower"), colour(facts, "lower")
    if facts["lower"] != "skirt":
        base = OneOf(
            [Line([tone, noun]), Line([tone, noun]), Line([Text("a pair of"), tone, noun])]
        )
        return _patterned(facts, "lower", base, noun, "")
    base = Line([Text("@"), tone, noun])
    if "lower length" in facts:
        long = wordings(facts, "lower length", w.SKIRTS[facts["lower length"]])
        base = OneOf(
            [base, Line([Text("@"), long, tone, noun]), Line([Text("@"), tone, long, noun])]
        )
    return _patterned(facts, "lower", base, noun, "@")


def _patterned(facts: Facts, name: str, base: Part, noun: Part, article: str) -> Part:
    """The garment with its pattern, print, stripe or what is under it."""
    pattern, second = facts.get(f"{name} pattern"), facts.get(f"{name} second")
    if second is None or pattern is None:
        return base
    other = word(facts, f"{name} second")
    tone = word(facts, f"{name} colour")
    start = Text(article)
    if pattern == "plain":
        under = (Claim("upper open", "open"),) if facts.get("upper open") else ()
        inner = text("shirt", "top", "shirt", "t-shirt")
        forms: list[Part] = [
            Line([base, Text("over @", under), other, inner]),
            Line([base, Text("and @", under), other, inner, Text("underneath")]),
            Line(
                [
                    base,
                    Text("with @", under),
                    other,
                    inner,
                    text("under it", "underneath", "inside"),
                ]
            ),
        ]
        if under:
            forms.append(Line([Text("an open", under), tone, noun, Text("over @"), other, inner]))
        return OneOf([*forms, base])
    claim = (Claim(f"{name} pattern", pattern),)
    if pattern == "print":
        mark = Word("print", w.PRINTS)
        place = text("on the front", "on the chest", "on it", "on the front of it", "")
        return OneOf([
            Line([base, Text("with @", claim), Maybe(other, 0.75), mark, place]),
            Line([base, Text("with", claim), other, text("writing", "letters"), place]),
            base,
        ])  # fmt: skip
    if pattern == "two-tone":
        return OneOf([
            Line([start, tone, Text("and", claim), other, noun]),
            Line([base, Text("that is", claim), other, text("at the bottom", "on the lower half")]),
            base,
        ])  # fmt: skip
    marks = Line([base, Text("with", claim), other, OneOf([Text(m) for m in w.MARKS[pattern]])])
    if pattern == "side stripe":
        return OneOf([marks, base])
    how = word(facts, f"{name} pattern")
    return OneOf([
        marks,
        Line([start, how, tone, noun]),
        Line([start, tone, how, noun]),
        Line([start, tone, Text("and"), other, how, noun]),
        Line([start, tone, how, noun]),
    ])  # fmt: skip


def shoes(facts: Facts) -> Part:
    named = Line([colour(facts, "shoes"), word(facts, "shoes")])
    return OneOf([named, named, Line([Text("a pair of"), named])])


def thing(facts: Facts, key: str) -> Part:
    """Something in one colour, with an article."""
    return Line([Text("@"), colour(facts, key), word(facts, key)])


CARRIED: Mapping[str, tuple[tuple[str, str], ...]] = {
    "backpack": (("carrying", ""), ("with", "on {his} back"), ("wearing", ""), ("with", "")),
    "shoulder bag": (("carrying", ""), ("with", "over {his} shoulder"),
                     ("with", "across {his} body"), ("carrying", "at {his} side")),
    "handbag": (("carrying", ""), ("holding", "in {his} hand"), ("with", "")),
    "tote bag": (("carrying", ""), ("with", "over {his} shoulder"), ("with", "on {his} shoulder")),
    "shopping bag": (("carrying", ""), ("holding", "in {his} hand"), ("with", "")),
    "suitcase": (("pulling", ""), ("with", ""), ("pulling", "behind {him}"), ("dragging", "")),
}  # fmt: skip


def bag(facts: Facts, *, sentence: bool = False) -> Part:
    """`carrying a red backpack`, to follow a subject; or `he is carrying` as a sentence."""
    named = thing(facts, "bag")
    told: list[Part] = []
    for verb, end in CARRIED[facts["bag"]]:
        verb_ = verb
        if sentence:
            verb_ = "{he} has" if verb == "with" else f"{{he}} is {verb}"
        told.append(Line([Text(verb_), named, Text(end)]))
    return OneOf(told)


def busy(facts: Facts) -> list[Part]:
    """What the person is doing or has with them, each to follow `{he} is` or a comma."""
    found: list[Part] = []
    if "umbrella" in facts:
        under = Line([text("holding", "carrying", "walking under"), thing(facts, "umbrella")])
        found.append(under)
    if "bicycle" in facts:
        found.append(Line([text("pushing", "walking with", "walking"), thing(facts, "bicycle")]))
    if "phone" in facts:
        phone = word(facts, "phone")
        found.append(OneOf([
            Line([text("talking on", "using", "holding"), Text("@"), phone]),
            Line([text("holding", "looking at"), Text("{his}"), phone]),
        ]))  # fmt: skip
    return found


def worn(facts: Facts) -> list[Part]:
    """Hat, scarf and glasses, each with its article, to follow `wearing` or `with`."""
    found: list[Part] = [thing(facts, key) for key in ("hat", "scarf") if key in facts]
    if "glasses" in facts:
        found.append(word(facts, "glasses"))
    return found


def view(facts: Facts) -> Part:
    """Which side is seen and where they go."""
    walks = facts.get(WALKS) == "walking"
    side = facts[SIDE]
    fit = [form for form in w.VIEWS[side] if walks or not form.startswith(("walking", "heading"))]
    return wordings(facts, SIDE, fit)
