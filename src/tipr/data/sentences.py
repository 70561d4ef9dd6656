"""A file of sentences: plain text with one a line, or JSONL with an id for each."""

import json
from pathlib import Path
from typing import NamedTuple

from tipr.errors import DataError


class Sentence(NamedTuple):
    """A sentence and what to call it; in plain text the sentence itself."""

    id: str
    text: str


def read_sentences(path: Path) -> list[Sentence]:
    """The sentences in the order of the file, one for every line.

    A file that ends in .jsonl has a line {"id", "caption"} for each; any other is plain text.
    An empty line is an error, so that line and sentence keep step; only the last may be empty.

    Raises:
        DataError: unreadable, without sentences, or a line that is none (its number is told).
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read: {error}") from None
    while lines and not lines[-1].strip():
        lines.pop()
    if not lines:
        raise DataError(f"{path}: holds no sentence; expected one a line")
    read = _from_json if path.suffix.lower() == ".jsonl" else _from_text
    return [read(line, f"{path}: line {number}") for number, line in enumerate(lines, start=1)]


def _from_text(line: str, where: str) -> Sentence:
    text = line.strip()
    if not text:
        raise DataError(f"{where} is empty; every line must be a sentence, so remove it")
    return Sentence(text, text)


def _from_json(line: str, where: str) -> Sentence:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{where}: not valid JSON: {error}") from None
    name, text = (row.get("id"), row.get("caption")) if isinstance(row, dict) else (None, None)
    if not isinstance(name, str | int) or not isinstance(text, str) or not text.strip():
        raise DataError(f'{where}: expected {{"id": text or number, "caption": a sentence}}')
    return Sentence(str(name), text)
