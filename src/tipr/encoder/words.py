"""A sentence's words as the model reads them, and the tokens that each is made of."""

from typing import NamedTuple

from tipr.inputs.tokenizer import Tokenizer, clean


class Spelling(NamedTuple):
    """`names` of the words, the sentence's `ids`, and for each id the number of its word.

    A word is what stands between two spaces, in lower case, its punctuation included. The start
    and the end token are "words" too, the first and the last; their name is ''.
    """

    names: tuple[str, ...]
    ids: tuple[int, ...]
    word_of_T: tuple[int, ...]


def spell(tokenizer: Tokenizer, sentence: str, length: int) -> Spelling:
    """The words of which at least a part is among the `length` ids that the model reads.

    A sentence whose words, one by one, give other ids than the whole stands as a single word:
    cleaning twice is not always cleaning once (beside a "<" the entity "&EACUTE;" is only
    lower-cased, and is mended the second time).
    """
    ids = tokenizer.ids(sentence, length)
    words = clean(sentence).split()
    parts = [tokenizer.encode(word)[1:-1] for word in words]
    if [token for part in parts for token in part] != tokenizer.encode(sentence)[1:-1]:
        words, parts = [" ".join(words)], [tokenizer.encode(sentence)[1:-1]]
    owner = [number for number, part in enumerate(parts, start=1) for _ in part]
    owner = owner[: len(ids) - 2]
    read = max(owner, default=0)
    return Spelling(("", *words[:read], ""), tuple(ids), (0, *owner, read + 1))
