"""The entries and merges behind a tokenizer: found, read, checked or learned.

Every function that returns a vocabulary returns (tokens in the order of their ids, merges in
the order of their priority).
"""

import gzip
import json
import os
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer as Engine
from tokenizers import models, pre_tokenizers, trainers

from tipr.errors import VocabularyError

Merge = tuple[str, str]
Vocabulary = tuple[list[str], list[Merge]]

SUFFIX = "</w>"
START, END, MASK = "<|startoftext|>", "<|endoftext|>", "<|mask|>"
CLIP_FILE = "bpe_simple_vocab_16e6.txt.gz"
CLIP_SIZE = 49_408
CLIP_PACKAGES = ("clip", "open_clip")


def byte_letters() -> list[str]:
    """The visible letter that stands for each byte, in CLIP's order of ids.

    First the bytes that print as themselves in Latin-1, then the rest as U+0100 upwards.
    """
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = 256 - len(shown)
    return [chr(byte) for byte in shown] + [chr(256 + number) for number in range(hidden)]


def alphabet() -> list[str]:
    """The 512 entries every vocabulary begins with: bytes, and bytes that end a word."""
    letters = byte_letters()
    return letters + [letter + SUFFIX for letter in letters]


def find_clip(source: str) -> Path:
    """The vocabulary file that `source` means; '' asks the installed packages (not imported).

    Raises:
        VocabularyError: there is none; the message says what to give.
    """
    if not source:
        for package in CLIP_PACKAGES:
            spec = find_spec(package)
            for folder in (spec.submodule_search_locations or ()) if spec else ():
                if (found := Path(folder) / CLIP_FILE).is_file():
                    return found
        raise VocabularyError(
            f"no CLIP vocabulary: none of the packages {', '.join(CLIP_PACKAGES)} is installed; "
            f"set tokenizer.vocabulary to a {CLIP_FILE}, a tokenizer.json, or a folder of either"
        )
    path = Path(source).expanduser()
    if not path.is_dir():
        return path
    for name in ("tokenizer.json", CLIP_FILE):
        if (path / name).is_file():
            return path / name
    raise VocabularyError(f"{path}: this folder holds neither a tokenizer.json nor a {CLIP_FILE}")


def read_merges(path: Path) -> Vocabulary:
    """CLIP's list of merges: its first line is a version, and of the rest only so many count.

    Raises:
        VocabularyError: the file is missing, not gzip, too short, or not a list of merges.
    """
    wanted = CLIP_SIZE - 512 - 2
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            lines = file.read().split("\n")[1 : wanted + 1]
    except FileNotFoundError:
        raise VocabularyError(f"{path}: no such vocabulary file; expected a {CLIP_FILE}") from None
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise VocabularyError(f"{path}: not readable as {CLIP_FILE}: {error}") from None
    merges = [_pair(line, path) for line in lines if line]
    if len(merges) < wanted:
        raise VocabularyError(f"{path}: {len(merges):,} merges, but CLIP needs {wanted:,}")
    tokens = alphabet() + ["".join(merge) for merge in merges] + [START, END]
    return checked(tokens, merges, path)


def read_json(path: Path, split: str) -> Vocabulary:
    """A `tokenizer.json` whose words are split by the regex `split` and end in `</w>`.

    Raises:
        VocabularyError: it is missing, not readable, or describes another kind of tokenizer.
    """
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise VocabularyError(f"{path}: no such file; expected a tokenizer.json") from None
    except (OSError, ValueError, RecursionError) as error:
        raise VocabularyError(f"{path}: not readable as JSON: {error}") from None
    model = table.get("model") if isinstance(table, dict) else None
    if not isinstance(model, dict) or not isinstance(model.get("vocab"), dict):
        raise VocabularyError(f"{path}: not a tokenizer.json: it has no model.vocab")
    if model.get("end_of_word_suffix") != SUFFIX:
        raise VocabularyError(
            f"{path}: not a tokenizer of CLIP's kind: its words do not end in {SUFFIX}"
        )
    if not any(rule.endswith(split) for rule in _regexes(table.get("pre_tokenizer"))):
        raise VocabularyError(f"{path}: not a tokenizer of CLIP's kind: it splits words otherwise")
    ids, pairs = model["vocab"], model.get("merges")
    if not isinstance(pairs, list):
        raise VocabularyError(f"{path}: not a tokenizer of CLIP's kind: it has no model.merges")
    # Other tools may keep the special tokens beside the vocabulary only.
    added = table.get("added_tokens")
    for token in added if isinstance(added, list) else []:
        if isinstance(token, dict) and isinstance(token.get("content"), str):
            ids = {token["content"]: token.get("id"), **ids}
    if not all(isinstance(number, int) for number in ids.values()):
        raise VocabularyError(f"{path}: not a tokenizer.json: an id is not a whole number")
    by_id = {number: token for token, number in ids.items()}
    if set(by_id) != set(range(len(ids))):
        raise VocabularyError(f"{path}: its {len(ids):,} ids are not 0 to {len(ids) - 1:,}")
    tokens = [by_id[number] for number in range(len(ids))]
    return checked(tokens, [_pair(pair, path) for pair in pairs], path)


def learn(texts: Iterable[str], size: int, splitter: pre_tokenizers.PreTokenizer) -> Vocabulary:
    """At most `size` entries from clean texts; mask, start and end come last.

    Raises:
        VocabularyError: `size` is too small for the bytes and the special tokens.
    """
    first = alphabet()
    least = len(first) + 3
    if size < least:
        raise VocabularyError(
            f"tokenizer.size {size} is too small: bytes and special tokens alone are {least}"
        )
    # The alphabet is given as "special" tokens because only those get their ids in a fixed
    # order; left to the trainer, word-ending letters are numbered in the order of a random hash,
    # ties between merges fall accordingly, and every training gives another vocabulary.
    trainer = trainers.BpeTrainer(
        vocab_size=size - 3,
        min_frequency=2,
        special_tokens=[*first],
        end_of_word_suffix=SUFFIX,
        show_progress=False,
    )
    engine = Engine(models.BPE(end_of_word_suffix=SUFFIX))
    engine.pre_tokenizer = splitter
    with _one_thread():
        engine.train_from_iterator(texts, trainer)
    pairs = json.loads(engine.to_str())["model"]["merges"]
    merges = [_pair(pair, "trained tokenizer") for pair in pairs]
    # Two merges may give the same entry by different ways; it still has one id.
    tokens = list(dict.fromkeys([*first, *("".join(merge) for merge in merges), MASK, START, END]))
    return checked(tokens, merges, "trained tokenizer")


def checked(tokens: list[str], merges: list[Merge], where: Path | str) -> Vocabulary:
    """The vocabulary itself, if it can encode any sentence and its end token is the last.

    Raises:
        VocabularyError: bytes or special tokens are missing, or a merge is of unknown parts.
    """
    known = set(tokens)
    if len(known) != len(tokens):
        raise VocabularyError(f"{where}: the same entry stands there twice")
    if tokens[-2:] != [START, END]:
        raise VocabularyError(f"{where}: the last two entries must be {START} and {END}")
    if missing := len(set(alphabet()) - known):
        raise VocabularyError(f"{where}: {missing} of the 512 byte entries are missing")
    for left, right in merges:
        if not {left, right, left + right} <= known:
            raise VocabularyError(f"{where}: the merge {left!r} {right!r} is of unknown entries")
    return tokens, merges


def _pair(value: Any, where: Path | str) -> Merge:
    """A merge written as 'a b' or as ['a', 'b']."""
    parts = value.split(" ") if isinstance(value, str) else value
    if (
        not isinstance(parts, list)
        or len(parts) != 2
        or not all(isinstance(part, str) and part for part in parts)
    ):
        raise VocabularyError(f"{where}: not a merge of two entries: {str(value)[:60]!r}")
    return parts[0], parts[1]


def _regexes(rule: Any) -> Iterator[str]:
    """Every split regex in a pre-tokenizer's description."""
    if not isinstance(rule, dict):
        return
    pattern = rule.get("pattern")
    if isinstance(pattern, dict) and isinstance(pattern.get("Regex"), str):
        yield pattern["Regex"]
    inner = rule.get("pretokenizers")
    for part in inner if isinstance(inner, list) else []:
        yield from _regexes(part)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Keep the library from starting threads, which it would warn of at every later fork."""
    name = "TOKENIZERS_PARALLELISM"
    before = os.environ.get(name)
    os.environ[name] = "false"
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
