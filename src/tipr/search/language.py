"""Whether a description is in English, the language of the model in the box and of CLIP.

Asked in another language these models still put pictures in an order, which means little. So
somebody who writes otherwise is told. Words are looked up in two lists: no dictionary is needed
to see that "eine Frau mit rotem Mantel" is not English, nor a model to see it of "红色外套".
"""

import re
import unicodedata

from tipr.search.function_words import FUNCTION_WORDS
from tipr.search.spoken_words import SPOKEN

_KNOWN = FUNCTION_WORDS | SPOKEN
_WORD = re.compile(r"[^\W\d_]{2,}")
_READ = "the models in the box and on the hub read English only"
_ENDINGS = ("", "s", "es", "d", "ed", "ing", "y", "ish")


def note(sentence: str) -> str | None:
    """A line for whoever wrote a description that does not look like English; else None.

    At least half of its words are unknown, and three of them or all of two: fewer may be brands,
    trades or slips of the pen. So a single word, and most names among English words, pass.
    """
    if other_script(sentence):
        return f"this is not in Latin letters; {_READ}"
    words = _WORD.findall(sentence.lower())
    unknown = [word for word in words if not is_known(word)]
    many = len(unknown) >= 3 or len(unknown) == len(words) == 2
    if not many or 2 * len(unknown) < len(words):
        return None
    return f"this does not look like English ({', '.join(unknown[:3])}); {_READ}"


def other_script(sentence: str) -> bool:
    """Whether most letters belong to another script than the Latin one."""
    letters = [character for character in sentence if character.isalpha()]
    latin = sum("LATIN" in unicodedata.name(letter, "") for letter in letters)
    return 2 * latin < len(letters)


def is_known(word: str) -> bool:
    """Whether a word, in small letters, is one that English descriptions are made of."""
    return any(word.removesuffix(ending) in _KNOWN for ending in _ENDINGS)
