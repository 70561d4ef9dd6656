"""Sentence -> token ids, by CLIP's byte-pair rules over CLIP's vocabulary or one of our own.

A vocabulary is 256 bytes, the same 256 ending a word (`</w>`), one entry per merge, and at the
end the special tokens, so that the end token has the largest id (the text tower pools there).

Source: Radford et al., ICML 2021 (CLIP): lower-cased byte-level BPE, Sennrich et al., ACL 2016.
"""

import hashlib
import html
import json
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import AddedToken, Encoding, Regex, models, pre_tokenizers
from tokenizers import Tokenizer as Engine

from tipr.errors import VocabularyError
from tipr.files import write_whole
from tipr.inputs import vocabulary
from tipr.inputs.vocabulary import END, START, Merge

SPLIT = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


class Tokenizer:
    """Turns a sentence into ids; equal `fingerprint`s give equal ids.

    Attributes: `size` entries; `start_id`, `end_id` (the largest); `mask_id` = end_id - 2, a real
    `<|mask|>` in a vocabulary of ours, and in CLIP's, which has none, the rare last merge that
    the released code takes for it.

    As in CLIP, the strings `<|startoftext|>` and `<|endoftext|>` in a sentence are those tokens.
    """

    def __init__(self, tokens: Sequence[str], merges: Sequence[Merge]) -> None:
        """`tokens` in the order of their ids, `merges` in the order of their priority."""
        self._tokens = tuple(tokens)
        self._merges = tuple(merges)
        self._engine = _engine(self._tokens, self._merges)
        self.size = len(self._tokens)
        self.end_id = self.size - 1
        self.start_id = self.size - 2
        self.mask_id = self.size - 3

    @classmethod
    def clip(cls, source: str = "") -> "Tokenizer":
        """CLIP's 49,408 entries from a file, a folder, or (empty) an installed clip or open_clip.

        `source`: a `bpe_simple_vocab_16e6.txt.gz`, a `tokenizer.json` of ours or of Hugging
        Face, or a folder that holds either.

        Raises:
            VocabularyError: nothing is there, or it is not CLIP's vocabulary.
        """
        path = vocabulary.find_clip(source)
        made = cls.load(path) if path.suffix == ".json" else cls(*vocabulary.read_merges(path))
        if made.size != vocabulary.CLIP_SIZE:
            raise VocabularyError(
                f"{path}: {made.size:,} entries, but CLIP's vocabulary has "
                f"{vocabulary.CLIP_SIZE:,}; give that of the CLIP weights"
            )
        return made

    @classmethod
    def trained(cls, captions: Iterable[str], size: int) -> "Tokenizer":
        """Learn at most `size` entries from captions; the same captions give the same ones.

        A merge must have been seen at least twice, so few captions give a smaller vocabulary.

        Raises:
            VocabularyError: `size` is too small for the bytes and the special tokens.
        """
        return cls(*vocabulary.learn((clean(text) for text in captions), size, _splitter()))

    @classmethod
    def load(cls, path: Path | str) -> "Tokenizer":
        """Read a `tokenizer.json` written by `save`, or a Hugging Face one of CLIP's kind.

        Raises:
            VocabularyError: it is missing, not readable, or of another kind.
        """
        return cls(*vocabulary.read_json(Path(path), SPLIT))

    def save(self, path: Path | str) -> None:
        """Write everything into one `tokenizer.json`.

        Raises:
            StorageError: the file cannot be written.
        """
        write_whole(Path(path), self._engine.to_str().encode())

    @cached_property
    def fingerprint(self) -> str:
        """sha256 (hex) of the tokens, the merges and the rule that splits words."""
        content: list[Any] = [SPLIT, self._tokens, self._merges]
        text = json.dumps(content, ensure_ascii=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def encode(self, sentence: str) -> list[int]:
        """The whole sentence, between the start and the end token."""
        return [self.start_id, *self._encoding(clean(sentence)).ids, self.end_id]

    def ids(self, sentence: str, length: int) -> list[int]:
        """At most `length` >= 2 ids; a longer sentence loses its last words, not its end token."""
        if length < 2:
            raise ValueError(f"length must hold start and end: at least 2, found {length}")
        whole = self.encode(sentence)
        return whole if len(whole) <= length else [*whole[: length - 1], self.end_id]

    def cut(self, sentence: str, length: int) -> str:
        """The end of the sentence that `ids(sentence, length)` leaves out, '' if it is whole.

        In the writer's own capitals; a word of which only a part is read counts as cut.
        """
        written = _mend(sentence)
        lowered = written.lower()
        encoding = self._encoding(lowered)
        first = max(length - 2, 0)
        if len(encoding) <= first:
            return ""
        while first and encoding.word_ids[first] == encoding.word_ids[first - 1]:
            if encoding.word_ids[first] is None:
                break
            first -= 1
        place = encoding.offsets[first][0]
        # Lower-casing may lengthen a text (Turkish dotted I): then the places do not match.
        return written[place:] if len(written) == len(lowered) else lowered[place:]

    def __reduce__(self) -> tuple[type["Tokenizer"], tuple[Sequence[str], Sequence[Merge]]]:
        return Tokenizer, (self._tokens, self._merges)

    def _encoding(self, cleaned: str) -> Encoding:
        return self._engine.encode(cleaned, add_special_tokens=False)


def pad(ids: Sequence[Sequence[int]], length: int = 0) -> NDArray[np.int64]:
    """(B, T) int64: one row a sentence, 0 behind its end; T is the longest, at least `length`."""
    padded_BT = np.zeros((len(ids), max(length, *map(len, ids))), np.int64)
    for row, sentence in zip(padded_BT, ids, strict=True):
        row[: len(sentence)] = sentence
    return padded_BT


def clean(sentence: str) -> str:
    """CLIP's cleaning: broken encodings and HTML entities mended, single-spaced, lower case."""
    return _mend(sentence).lower()


def _mend(sentence: str) -> str:
    if sentence.isascii() and sentence.isprintable() and "&" not in sentence:
        # Nothing to mend, so a search of plain English never waits for the import of ftfy.
        return " ".join(sentence.split())
    import ftfy

    return " ".join(html.unescape(html.unescape(ftfy.fix_text(sentence))).split())


def _splitter() -> pre_tokenizers.PreTokenizer:
    return pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(SPLIT), "removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )


def _engine(tokens: Sequence[str], merges: Sequence[Merge]) -> Engine:
    model = models.BPE(
        vocab={token: number for number, token in enumerate(tokens)},
        merges=list(merges),
        end_of_word_suffix=vocabulary.SUFFIX,
    )
    engine = Engine(model)
    engine.pre_tokenizer = _splitter()
    # `<|mask|>` is left out: it is for training, and no sentence should be able to write it.
    engine.add_special_tokens([AddedToken(text, normalized=False) for text in (START, END)])
    return engine
