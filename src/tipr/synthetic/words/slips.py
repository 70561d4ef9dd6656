"""Slips of the pen: what people mistype, at set rates."""

from tipr.synthetic.words.grammar import Rng
from tipr.synthetic.words.lexicon import PLURAL

TYPO = 0.008
"""Of words of more than three letters, those that get a typing mistake."""
NUMBER = 0.012
"""Of words that go by pairs, those that lose their plural."""
NO_STOP, NO_CAPITAL = 0.06, 0.04
"""Captions without their last stop, and without their first capital."""


def mistype(caption: str, rng: Rng) -> str:
    """The caption as typed in a hurry."""
    words = caption.split(" ")
    chances = rng.random(len(words))
    for at, (word, chance) in enumerate(zip(words, chances, strict=True)):
        bare = word.rstrip(".,")
        if len(bare) > 3 and chance < TYPO:
            words[at] = _slip(bare, rng) + word[len(bare) :]
        elif bare in PLURAL and chance > 1 - NUMBER:
            words[at] = bare[:-1] + word[len(bare) :]
    text = " ".join(words)
    if rng.random() < NO_STOP:
        text = text.rstrip(".")
    if rng.random() < NO_CAPITAL:
        text = text[:1].lower() + text[1:]
    return text


def _slip(word: str, rng: Rng) -> str:
    """Two letters swapped, one left out, or one twice; always another word."""
    at = 1 + int(rng.random() * (len(word) - 2))
    kind = int(rng.random() * 3)
    if kind == 0 and word[at] != word[at + 1]:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == 1:
        return word[:at] + word[at + 1 :]
    return word[: at + 1] + word[at:]
