"""Captions: the phrases put into sentences, as different annotators do."""

from collections.abc import Callable
from dataclasses import dataclass

from tipr.synthetic.people.facts import Facts
from tipr.synthetic.words import phrases as p
from tipr.synthetic.words.grammar import AnyOrder, Line, Maybe, OneOf, Part, Rng, Said, Text
from tipr.synthetic.words.phrases import text

WEARS = ("wearing", "dressed in", "in", "wearing", "clad in", "wearing")
IS_WEARING = ("is wearing", "wears", "is dressed in", "has on", "is wearing", "is in")
STOP = " . "
VOWELS = ("a", "e", "i", "o", "umbrella")


@dataclass(frozen=True, slots=True)
class Annotator:
    """Somebody who writes captions in a manner of their own."""

    name: str
    write: Callable[[Facts], Part]


def caption_grammar(facts: Facts, annotator: Annotator) -> Part:
    """Everything that the annotator may write about a picture that shows these facts."""
    return annotator.write(facts)


def _clothes(facts: Facts, *, shoes: bool) -> Part:
    """Upper and lower garment, and mostly shoes where asked for, as a list."""
    shoes = shoes and "shoes" in facts
    if "upper" not in facts:
        return p.lower(facts) if "lower" in facts else text("clothes", "some clothes")
    upper = p.upper(facts)
    if "lower" not in facts:
        ends = [Line([upper, text("and", "with"), p.shoes(facts)]), upper] if shoes else [upper]
        return OneOf(ends)
    lower = p.lower(facts)
    two: list[Part] = [Line([upper, text("and", "with"), lower])]
    two.append(Line([lower, text("and", "with"), upper]))
    if _suited(facts):
        two.append(Line([Text("@"), p.word(facts, "upper colour"), Text("suit")]))
    if not shoes:
        return OneOf([two[0], *two])
    footwear = p.shoes(facts)
    return OneOf([
        Line([upper, Text(","), lower, text("and", ", and", "with"), footwear]),
        Line([upper, text("with", "and"), lower, Text("and"), footwear]),
        Line([lower, Text(","), upper, text("and", ", and"), footwear]),
        Line([upper, Text(","), lower, text("and", ", and", "with"), footwear]),
        two[0],
    ])  # fmt: skip


def _suited(facts: Facts) -> bool:
    return (facts["upper"], facts["lower"]) == ("blazer", "trousers") and (
        facts["upper colour"] == facts["lower colour"]
    )


def _extras(facts: Facts, *, skip: tuple[str, ...] = ()) -> list[Part]:
    """Sentences about everything but the main clothes."""
    found: list[Part] = []
    hair = p.hair(facts)
    if hair is not None and "hair" not in skip:
        found.append(Line([text("{he} has", "{he} also has", "the {sir} has"), hair]))
    if "beard" in facts:
        beard = p.word(facts, "beard")
        found.append(OneOf([Line([Text("{he} has @"), beard]), Line([Text("{he} has"), beard])]))
    found += [Line([text("{he} is wearing", "{he} wears", "{he} also has on"), thing])
              for thing in p.worn(facts)]  # fmt: skip
    if "bag" in facts and "bag" not in skip:
        found.append(p.bag(facts, sentence=True))
    found += [Line([Text("{he} is"), doing]) for doing in p.busy(facts)]
    if "shoes" in facts and "shoes" not in skip:
        shoes = p.shoes(facts)
        found.append(OneOf([
            Line([text("{he} has on", "{he} is wearing", "on {his} feet are"), shoes]),
            Line([Text("{his} shoes are"), p.word(facts, "shoes colour")]),
        ]))  # fmt: skip
    if "view" not in skip:
        found.append(Line([text("{he} is", "the {sir} is"), p.view(facts)]))
    return found


def _thorough(facts: Facts) -> Part:
    """From head to foot in one sentence, then what else there is."""
    hair = p.hair(facts)
    parts: list[Part] = [p.subject(facts, "@")]
    if hair is not None:
        parts.append(Maybe(Line([Text("with"), hair]), 0.65))
    opening = [Line([*parts, text(*WEARS)]), Line([*parts, text(*IS_WEARING)])]
    first = Line([OneOf(opening), _clothes(facts, shoes=True)])
    rest = _extras(facts, skip=("hair", "shoes"))
    return Line([first, Text(STOP), AnyOrder(rest, 1, 2, STOP, STOP)])


def _clothes_first(facts: Facts) -> Part:
    """What is worn, then one or two things more."""
    opening = Line([p.subject(facts, "the"), text(*IS_WEARING)])
    shod = Line([opening, _clothes(facts, shoes=True), Text(STOP),
                 AnyOrder(_extras(facts, skip=("shoes",)), 1, 2, STOP, STOP)])  # fmt: skip
    plain = Line([opening, _clothes(facts, shoes=False), Text(STOP),
                  AnyOrder(_extras(facts), 1, 2, STOP, STOP)])  # fmt: skip
    return OneOf([plain, plain, shod])


def _short_sentences(facts: Facts) -> Part:
    """One thing after the other, each in a sentence of its own."""
    told: list[Part] = []
    if "upper" in facts:
        told.append(Line([text("{he} is wearing", "{he} wears", "{he} has on"), p.upper(facts)]))
    if "lower" in facts:
        told.append(Line([text("{he} is wearing", "{he} wears", "{he} has on"), p.lower(facts)]))
    first = Line([p.subject(facts, "the"), Text("is"), p.view(facts)])
    hair = p.hair(facts)
    if hair is not None:
        first = OneOf([first, Line([p.subject(facts, "the"), Text("has"), hair])])
    rest = AnyOrder(_extras(facts, skip=("view", "hair")) or [Text("")], 0, 2, STOP, STOP)
    return Line([first, Text(STOP), AnyOrder(told, 2, 2, STOP, STOP), Text(STOP), rest])


def _loose(facts: Facts) -> Part:
    """One breath, with commas."""
    hair = p.hair(facts)
    tail: list[Part] = [Line([Text("with"), hair])] if hair is not None else []
    tail += [Line([text("with", "wearing"), thing]) for thing in p.worn(facts)]
    tail += [p.bag(facts)] if "bag" in facts else []
    tail += [*p.busy(facts), p.view(facts)]
    first = Line([p.subject(facts, "@"), text(*WEARS), _clothes(facts, shoes=True)])
    return Line([first, Text(","), AnyOrder(tail, 1, 3, " , ", " , ")])


def _seen_first(facts: Facts) -> Part:
    """The view first, then the person."""
    hair = p.hair(facts)
    about: list[Part] = [p.subject(facts, "@")]
    if hair is not None:
        about.append(Maybe(Line([Text("with"), hair]), 0.6))
    if "bag" in facts:
        about.append(Maybe(p.bag(facts), 0.7))
    first = Line([p.view(facts), Text(","), *about])
    second = Line([text("{he} is wearing", "{he} wears", "{he} is dressed in", "{he} has on"),
                   _clothes(facts, shoes=True)])  # fmt: skip
    more = _extras(facts, skip=("hair", "bag", "shoes", "view"))
    if more:
        second = Line([second, Maybe(Line([Text(STOP), OneOf(more)]), 0.7)])
    return Line([first, Text(STOP), second])


ANNOTATORS = (
    Annotator("thorough", _thorough),
    Annotator("clothes first", _clothes_first),
    Annotator("short sentences", _short_sentences),
    Annotator("loose", _loose),
    Annotator("view first", _seen_first),
)


def settle(said: Said, who: str) -> str:
    """Plain text: articles, pronouns, capitals and stops."""
    male = who in ("man", "boy")
    for mark, he, she in (("{he}", "he", "she"), ("{his}", "his", "her"), ("{him}", "him", "her"),
                          ("{sir}", "man" if who == "man" else "boy",
                           "woman" if who == "woman" else "girl")):  # fmt: skip
        if mark in said.text:
            said = Said(said.text.replace(mark, he if male else she), said.claims)
    tokens = said.text.split()
    out: list[str] = []
    for at, token in enumerate(tokens):
        if token == "@":
            follows = tokens[at + 1] if at + 1 < len(tokens) else ""
            out.append(article(follows).split()[0])
        elif token in (",", "."):
            if out and out[-1][-1] not in ",.":
                out[-1] += token
            elif out and token == ".":
                out[-1] = out[-1][:-1] + "."
        else:
            out.append(token)
    sentences = " ".join(out).rstrip(" .,").split(". ")
    return ". ".join(s[:1].upper() + s[1:] for s in sentences) + "."


def article(words: str) -> str:
    """The words behind `a` or `an`."""
    return f"{'an' if words.startswith(VOWELS) else 'a'} {words}"


def pick_two(rng: Rng) -> tuple[Annotator, Annotator]:
    """Two different annotators."""
    first = int(rng.random() * len(ANNOTATORS))
    second = (first + 1 + int(rng.random() * (len(ANNOTATORS) - 1))) % len(ANNOTATORS)
    return ANNOTATORS[first], ANNOTATORS[second]
