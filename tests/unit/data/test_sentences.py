"""A sentence for every line, and a line for every complaint."""

from pathlib import Path

import pytest

from tipr.data.sentences import Sentence, read_sentences
from tipr.errors import DataError


def file(tmp_path: Path, content: str | bytes, name: str = "s.txt") -> Path:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_plain_text_calls_each_sentence_by_itself(tmp_path: Path) -> None:
    for content in ("a man\n a dog \r\na man", "\ufeffa man\na dog\na man\n\n"):
        assert read_sentences(file(tmp_path, content)) == [
            Sentence(text, text) for text in ("a man", "a dog", "a man")
        ]


def test_jsonl_brings_ids_of_its_own(tmp_path: Path) -> None:
    content = '{"id": 7, "caption": "a man"}\n{"caption": "a dog", "id": "x", "more": []}\n'
    assert read_sentences(file(tmp_path, content, "s.JSONL")) == [("7", "a man"), ("x", "a dog")]


@pytest.mark.parametrize(
    ("content", "name", "complaint"),
    [
        ("a\n\nb\n", "s.txt", "line 2 is empty"),
        ("", "s.txt", "holds no sentence"),
        (" \n\n", "s.txt", "holds no sentence"),
        (b"\xff\xfe", "s.txt", "cannot be read"),
        ('{"id": 1, "caption": "a"}\nb', "s.jsonl", "line 2: not valid JSON"),
        ('{"caption": "a"}', "s.jsonl", 'line 1: expected {"id"'),
        ('{"id": 1, "caption": " "}', "s.jsonl", "line 1: expected"),
        ("[1]", "s.jsonl", "line 1: expected"),
    ],
)
def test_what_is_no_sentence_is_told_with_its_line(
    tmp_path: Path, content: str | bytes, name: str, complaint: str
) -> None:
    with pytest.raises(DataError, match=complaint) as caught:
        read_sentences(file(tmp_path, content, name))
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        read_sentences(tmp_path / "no.txt")
