"""Sentence -> its essential words: the pruning text augmentation (TDA).

Essential are pronouns, nouns and adjectives (Penn tags PRP*, NN*, JJ*).

Source: Liu et al., Neural Networks 184:107028 (2025), arXiv 2307.09059. Their code tags with
nltk, whose model must be downloaded; we tag by default with textblob's bundled lexicon.
"""

import re
import warnings
from collections.abc import Callable
from typing import Literal

from tipr.errors import DependencyError

TaggerName = Literal["textblob", "nltk"]
Tagged = tuple[tuple[str, str], ...]

ESSENTIAL = ("PRP", "NN", "JJ")
NLTK_DATA = ("punkt_tab", "averaged_perceptron_tagger_eng")

# Ours, because textblob's own word splitter takes the s of "man's" for a pronoun and leaves
# "shoes.he" whole. Nothing but spaces is lost.
_WORD = re.compile(r"\w+n't|'(?:s|re|ve|m|ll|d)\b|\w+(?:[-/]\w+)*|[^\w\s]+")


class Pruner:
    """Callable: a sentence -> its essential words, joined by spaces.

    A sentence without any is returned as it is. Captions come back every epoch, so tags are
    remembered; a copy sent to another process starts with an empty memory.

    Raises:
        DependencyError: the tagger's package or data is missing; the message says how to get it.
    """

    def __init__(self, tagger: TaggerName = "textblob") -> None:
        if tagger not in ("textblob", "nltk"):
            raise ValueError(f"tagger must be 'textblob' or 'nltk', found {tagger!r}")
        self._name: TaggerName = tagger
        self._tag = _textblob() if tagger == "textblob" else _nltk()
        self._known: dict[str, Tagged] = {}
        self._pairs: dict[tuple[str, str], tuple[str, str]] = {}

    def __call__(self, sentence: str) -> str:
        kept = [word for word, tag in self.tags(sentence) if is_essential(word, tag)]
        return " ".join(kept) or sentence

    def tags(self, sentence: str) -> Tagged:
        """(word, Penn tag) of every word and punctuation mark, in order.

        textblob's words are lower case: the lexicon takes capitals for proper nouns.
        """
        if sentence not in self._known:
            # The few thousand different (word, tag) pairs are stored once, not once a caption.
            self._known[sentence] = tuple(
                self._pairs.setdefault(pair, pair) for pair in self._tag(sentence)
            )
        return self._known[sentence]

    def __reduce__(self) -> tuple[type["Pruner"], tuple[TaggerName]]:
        return Pruner, (self._name,)


def is_essential(word: str, tag: str) -> bool:
    """Whether pruning keeps the word; a mark such as '%', which some taggers call a noun, never."""
    return tag.startswith(ESSENTIAL) and any(letter.isalnum() for letter in word)


def _textblob() -> Callable[[str], list[tuple[str, str]]]:
    try:
        from textblob.en.taggers import PatternTagger
    except ImportError:
        raise DependencyError(
            "pruning.tagger = 'textblob' needs the package textblob: pip install 'tipr[train]'"
        ) from None
    tagger = PatternTagger()
    with warnings.catch_warnings():
        # It leaves its lexicon files to the garbage collector to close. Reading them now, not at
        # the first caption, keeps that complaint in one place.
        warnings.simplefilter("ignore", ResourceWarning)
        tagger.tag("a", False)

    def tag(sentence: str) -> list[tuple[str, str]]:
        words = _WORD.findall(sentence.lower().replace("\u2019", "'"))
        return [(word, str(mark)) for word, mark in tagger.tag(" ".join(words), False) if word]

    return tag


def _nltk() -> Callable[[str], list[tuple[str, str]]]:
    try:
        import nltk
    except ImportError:
        raise DependencyError(
            "pruning.tagger = 'nltk' needs the package nltk: pip install 'tipr[nltk]'; "
            f"then python -m nltk.downloader {' '.join(NLTK_DATA)}"
        ) from None

    def tag(sentence: str) -> list[tuple[str, str]]:
        tagged = nltk.pos_tag(nltk.word_tokenize(sentence))
        # Its splitter writes quotation marks the TeX way.
        return [('"' if word in ("``", "''") else word, mark) for word, mark in tagged]

    try:
        tag("a word")
    except LookupError:
        raise DependencyError(
            "pruning.tagger = 'nltk' needs its data: "
            f"python -m nltk.downloader {' '.join(NLTK_DATA)}"
        ) from None
    return tag
