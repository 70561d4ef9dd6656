"""The tokenizer that belongs to foreign weights: found, read, and held against their size."""

import json
from pathlib import Path

from tipr.errors import VocabularyError
from tipr.inputs import vocabulary
from tipr.inputs.tokenizer import Tokenizer

JSON, WORDS, MERGES = "tokenizer.json", "vocab.json", "merges.txt"


def tokenizer_for(entries: int, *, given: str, beside: Path | None) -> Tokenizer:
    """The tokenizer of weights that know `entries` tokens.

    Args:
        given: what the user said (a file, or a folder of one); '' for nothing.
        beside: the folder of the weights, if it may hold one; else an installed package's is
            taken.

    Raises:
        VocabularyError: there is none, or it has another number of entries.
    """
    if given:
        where, found = given, _read(Path(given).expanduser())
    elif beside is not None and (beside / JSON).is_file():
        where, found = str(beside / JSON), Tokenizer.load(beside / JSON)
    elif beside is not None and (beside / WORDS).is_file():
        where, found = str(beside / WORDS), _read_pair(beside)
    else:
        where, found = "the installed package's vocabulary", _installed()
    if found.size != entries:
        raise VocabularyError(
            f"{where}: {found.size:,} entries, but the weights know {entries:,}; give the "
            "vocabulary they were trained with (--vocab)"
        )
    return found


def _read(path: Path) -> Tokenizer:
    if path.is_dir() and not (path / JSON).is_file() and (path / WORDS).is_file():
        return _read_pair(path)
    file = vocabulary.find_clip(str(path))
    return Tokenizer.load(file) if file.suffix == ".json" else Tokenizer.clip(str(file))


def _installed() -> Tokenizer:
    try:
        return Tokenizer.clip()
    except VocabularyError:
        raise VocabularyError(
            f"no vocabulary beside the weights; give CLIP's with --vocab: a "
            f"{vocabulary.CLIP_FILE} (the packages clip and open_clip hold one) or a {JSON}"
        ) from None


def _read_pair(folder: Path) -> Tokenizer:
    """Hugging Face's older pair of files: ids by entry, and one merge a line."""
    try:
        ids = json.loads((folder / WORDS).read_text(encoding="utf-8"))
        lines = (folder / MERGES).read_text(encoding="utf-8").splitlines()
        by_id = {number: entry for entry, number in ids.items()}
        tokens = [by_id[number] for number in range(len(ids))]
    except (OSError, ValueError, AttributeError, TypeError, KeyError) as error:
        raise VocabularyError(
            f"{folder}: {WORDS} and {MERGES} are no vocabulary ({error}); give one with --vocab"
        ) from None
    merges = [_merge(line, folder) for line in lines if line and not line.startswith("#version")]
    return Tokenizer(*vocabulary.checked(tokens, merges, folder / WORDS))


def _merge(line: str, folder: Path) -> vocabulary.Merge:
    left, _, right = line.partition(" ")
    if not left or not right or " " in right:
        raise VocabularyError(f"{folder / MERGES}: not a merge of two entries: {line[:60]!r}")
    return left, right
