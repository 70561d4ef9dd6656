"""A vocabulary of our own goes through the same code as CLIP's; the oracle merges by hand."""

import copy
import gzip
import html
import itertools
import json
import pickle
import subprocess
import sys
from pathlib import Path

import ftfy
import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from tipr.errors import StorageError, VocabularyError
from tipr.inputs.tokenizer import SPLIT, Tokenizer, clean, pad
from tipr.inputs.vocabulary import CLIP_FILE, CLIP_SIZE, END, MASK, START, alphabet, byte_letters

CAPTIONS = [
    "A woman in a red coat, blue jeans and white shoes.",
    "The man wears a black jacket; he carries a grey bag.",
    "She's walking with a brown bag and black shoes.",
    "A man in a white shirt, black trousers and brown shoes.",
] * 2


@pytest.fixture(scope="module")
def small() -> Tokenizer:
    return Tokenizer.trained(CAPTIONS, 700)


def slow_ids(tokenizer: Tokenizer, sentence: str) -> list[int]:
    """Byte-pair encoding as the paper tells it: join the pair of best rank until none is left."""
    tokens, merges = tokenizer.__reduce__()[1]
    number = {token: at for at, token in enumerate(tokens)}
    rank = {pair: at for at, pair in enumerate(merges)}
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [byte for byte in range(256) if byte not in shown]
    letter = {byte: chr(byte) for byte in shown}
    letter |= {byte: chr(256 + at) for at, byte in enumerate(hidden)}
    ids = [tokenizer.start_id]
    for word in regex.findall(SPLIT, slow_clean(sentence)):
        parts = [letter[byte] for byte in word.encode()]
        parts[-1] += "</w>"
        while pairs := [pair for pair in itertools.pairwise(parts) if pair in rank]:
            best = min(pairs, key=rank.__getitem__)
            joined, at = [], 0
            while at < len(parts):
                if tuple(parts[at : at + 2]) == best:
                    joined.append("".join(best))
                    at += 2
                else:
                    joined.append(parts[at])
                    at += 1
            parts = joined
        ids += [number[part] for part in parts]
    return [*ids, tokenizer.end_id]


def slow_clean(sentence: str) -> str:
    mended = html.unescape(html.unescape(ftfy.fix_text(sentence)))
    return regex.sub(r"\s+", " ", mended.strip()).strip().lower()


WORDS = st.sampled_from(
    [
        *" ".join(CAPTIONS).split(),
        "&amp;",
        "T-shirt",
        "don't",
        "naïve",
        "行人",
        "😀",
        "12.5",
        "\t\n",
    ]
)
# Only letters that this Python's Unicode knows: later ones are letters to one library, marks to
# another.
KNOWN = st.text(st.characters(exclude_categories=("Cs", "Cn", "Co")), max_size=6)
SENTENCES = st.lists(WORDS | KNOWN, max_size=12).map(" ".join)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(sentence=SENTENCES)
def test_ids_equal_a_slow_merge_loop(small: Tokenizer, sentence: str) -> None:
    if START not in clean(sentence) and END not in clean(sentence):
        assert small.encode(sentence) == slow_ids(small, sentence)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(sentence=st.text(st.characters(max_codepoint=127), max_size=30) | SENTENCES)
def test_the_short_way_of_cleaning_equals_the_long_one(sentence: str) -> None:
    assert clean(sentence) == slow_clean(sentence)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(sentence=SENTENCES, length=st.integers(2, 12))
def test_ids_fit_and_keep_the_end_token(small: Tokenizer, sentence: str, length: int) -> None:
    whole, ids = small.encode(sentence), small.ids(sentence, length)
    assert ids == (whole if len(whole) <= length else [*whole[: length - 1], small.end_id])
    assert bool(small.cut(sentence, length)) == (len(whole) > length)


def test_the_specials_come_last_and_the_end_token_is_the_largest(small: Tokenizer) -> None:
    tokens = small.__reduce__()[1][0]
    assert list(tokens[-3:]) == [MASK, START, END]
    assert (small.mask_id, small.start_id, small.end_id) == (
        small.size - 3,
        small.size - 2,
        small.size - 1,
    )
    assert max(small.encode("a woman in a red coat")) == small.end_id


def test_an_empty_sentence_is_start_and_end(small: Tokenizer) -> None:
    for sentence in ("", "   ", "\n\t"):
        assert small.encode(sentence) == [small.start_id, small.end_id]
        assert small.cut(sentence, 2) == ""


def test_special_strings_are_read_as_clip_reads_them_but_nobody_can_write_the_mask(
    small: Tokenizer,
) -> None:
    assert small.encode(f"a {END} coat")[2] == small.end_id
    assert small.encode(START) == [small.start_id, small.start_id, small.end_id]
    assert small.mask_id not in small.encode(MASK)


def test_a_lone_surrogate_does_not_stop_the_tokenizer(small: Tokenizer) -> None:
    assert small.encode("a \ud800 coat")[-1] == small.end_id


def test_cut_tells_the_words_in_the_writers_capitals(small: Tokenizer) -> None:
    sentence = "A Woman  in a RED coat"
    kept = len(small.encode("A Woman in a"))
    assert small.cut(sentence, kept) == "RED coat"
    assert small.cut(sentence, 77) == ""


def test_a_word_of_which_a_part_is_read_counts_as_cut(small: Tokenizer) -> None:
    assert len(small.encode("zyxwvq")) > 5
    assert small.cut("a zyxwvq coat", 5) == "zyxwvq coat"


def test_cut_survives_letters_whose_lower_case_is_longer(small: Tokenizer) -> None:
    assert small.cut("İİİ a red coat", 2) == "İİİ a red coat".lower()


def test_length_must_hold_start_and_end(small: Tokenizer) -> None:
    with pytest.raises(ValueError, match="at least 2"):
        small.ids("a", 1)


def test_training_is_the_same_in_every_process(small: Tokenizer) -> None:
    code = (
        "import json, sys; from tipr.inputs.tokenizer import Tokenizer; "
        "print(Tokenizer.trained(json.loads(sys.argv[1]), 700).fingerprint)"
    )
    run = [sys.executable, "-c", code, json.dumps(CAPTIONS)]
    for _ in range(2):
        printed = subprocess.run(run, capture_output=True, text=True, check=True)
        assert printed.stdout.strip() == small.fingerprint
        assert printed.stderr == ""


def test_training_learns_no_more_than_asked_and_only_what_is_seen_twice() -> None:
    assert Tokenizer.trained(CAPTIONS, 530).size == 530
    assert Tokenizer.trained(["every word once"], 10_000).size < 530
    assert Tokenizer.trained([], 515).size == 515
    with pytest.raises(VocabularyError, match=r"514 is too small.*515"):
        Tokenizer.trained(CAPTIONS, 514)


def test_every_byte_can_be_encoded_even_if_training_never_saw_it(small: Tokenizer) -> None:
    assert sorted(map(ord, byte_letters())) == sorted(set(map(ord, byte_letters())))
    assert len(set(alphabet())) == 512
    assert small.encode("ÿ龍") == slow_ids(small, "ÿ龍")


def test_saving_loading_copying_and_pickling_keep_the_ids(small: Tokenizer, tmp_path: Path) -> None:
    small.save(tmp_path / "tokenizer.json")
    loaded = Tokenizer.load(tmp_path / "tokenizer.json")
    for other in (loaded, copy.deepcopy(small), pickle.loads(pickle.dumps(small))):
        assert other.fingerprint == small.fingerprint
        assert (other.size, other.mask_id) == (small.size, small.mask_id)
        assert all(other.encode(text) == small.encode(text) for text in CAPTIONS)


def test_another_vocabulary_has_another_fingerprint(small: Tokenizer) -> None:
    assert Tokenizer.trained(CAPTIONS, 530).fingerprint != small.fingerprint


def test_a_folder_that_is_not_there_cannot_be_written(small: Tokenizer, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be written"):
        small.save(tmp_path / "nowhere" / "tokenizer.json")


def hugging_face(tokenizer: Tokenizer) -> dict:
    """The file that other tools write for the same vocabulary."""
    tokens, merges = tokenizer.__reduce__()[1]
    split = {
        "type": "Split",
        "pattern": {"Regex": rf"<\|startoftext\|>|<\|endoftext\|>|{SPLIT}"},
        "behavior": "Removed",
        "invert": True,
    }
    return {
        "version": "1.0",
        "added_tokens": [{"id": tokenizer.end_id, "content": END, "special": True}],
        "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Lowercase"}]},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [split, {"type": "ByteLevel"}]},
        "model": {
            "type": "BPE",
            "unk_token": END,
            "end_of_word_suffix": "</w>",
            "vocab": {token: at for at, token in enumerate(tokens)},
            "merges": [" ".join(pair) for pair in merges],
        },
    }


def test_a_hugging_face_file_gives_the_same_ids(small: Tokenizer, tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps(hugging_face(small)))
    assert Tokenizer.load(path).fingerprint == small.fingerprint
    assert Tokenizer.load(path).encode(CAPTIONS[0]) == small.encode(CAPTIONS[0])


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda table: table["model"].update(end_of_word_suffix=""), "do not end in"),
        (lambda table: table["model"].update(merges=["no such"]), "unknown entries"),
        (lambda table: table["model"].update(merges=["a b c"]), "not a merge"),
        (lambda table: table["model"].update(merges=None), "no model.merges"),
        (lambda table: table["model"]["vocab"].pop("!"), "ids are not 0 to"),
        (lambda table: table["model"]["vocab"].update(more=10**6), "ids are not 0 to"),
        (lambda table: table["model"]["vocab"].update(a="x"), "not a whole number"),
        (lambda table: table.update(pre_tokenizer={"type": "Whitespace"}), "splits words"),
        (lambda table: table.update(model=[]), "not a tokenizer.json"),
        (
            lambda table: table["model"].update(
                vocab={name: at for at, name in enumerate([*alphabet()[1:], START, END])}, merges=[]
            ),
            "1 of the 512 byte entries",
        ),
        (
            lambda table: table["model"].update(
                vocab={name: at for at, name in enumerate([START, END, *alphabet()])}, merges=[]
            ),
            "last two entries",
        ),
    ],
)
def test_a_file_of_another_kind_is_refused_by_name(
    small: Tokenizer, tmp_path: Path, spoil, message: str
) -> None:
    table = hugging_face(small)
    spoil(table)
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps(table))
    with pytest.raises(VocabularyError, match=message) as caught:
        Tokenizer.load(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", b"null"])
def test_a_file_that_is_no_json_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_bytes(content)
    with pytest.raises(VocabularyError, match=r"tokenizer\.json"):
        Tokenizer.load(path)


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A list of merges as long as CLIP's: the first pairs of any two bytes."""
    path = tmp_path_factory.mktemp("vocabulary") / CLIP_FILE
    pairs = itertools.product(byte_letters(), repeat=2)
    lines = [f"{left} {right}" for left, right in itertools.islice(pairs, 50_000)]
    path.write_bytes(gzip.compress("\n".join(["#version", *lines, ""]).encode(), 1))
    return path


def test_clip_reads_as_many_merges_as_clip_has(made_up: Path, tmp_path: Path) -> None:
    tokenizer = Tokenizer.clip(str(made_up))
    assert tokenizer.size == CLIP_SIZE
    assert (tokenizer.mask_id, tokenizer.start_id, tokenizer.end_id) == (49405, 49406, 49407)
    assert tokenizer.encode("red coat") == slow_ids(tokenizer, "red coat")
    assert Tokenizer.clip(str(made_up.parent)).fingerprint == tokenizer.fingerprint
    tokenizer.save(tmp_path / "tokenizer.json")
    assert Tokenizer.clip(str(tmp_path)).fingerprint == tokenizer.fingerprint


def test_clip_finds_an_installed_package_without_importing_it(
    made_up: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "open_clip"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    (package / CLIP_FILE).write_bytes(made_up.read_bytes())
    monkeypatch.syspath_prepend(str(tmp_path))
    assert Tokenizer.clip().size == CLIP_SIZE


def test_clip_says_what_to_give(
    small: Tokenizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tipr.inputs.vocabulary.CLIP_PACKAGES", ("no_such_package",))
    with pytest.raises(VocabularyError, match=r"set tokenizer\.vocabulary to a"):
        Tokenizer.clip()
    with pytest.raises(VocabularyError, match="holds neither"):
        Tokenizer.clip(str(tmp_path))
    with pytest.raises(VocabularyError, match="no such"):
        Tokenizer.clip(str(tmp_path / "gone.json"))
    with pytest.raises(VocabularyError, match="no such"):
        Tokenizer.clip(str(tmp_path / "gone.txt.gz"))
    small.save(tmp_path / "tokenizer.json")
    with pytest.raises(VocabularyError, match="49,408"):
        Tokenizer.clip(str(tmp_path))


@pytest.mark.parametrize(
    "content",
    [b"plain text", gzip.compress(b"x" * 5000)[:30], gzip.compress(b"#v\na b\n"), b""],
)
def test_a_broken_list_of_merges_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / CLIP_FILE
    path.write_bytes(content)
    with pytest.raises(VocabularyError, match=CLIP_FILE):
        Tokenizer.clip(str(path))


def test_plain_english_is_encoded_without_importing_ftfy(small: Tokenizer, tmp_path: Path) -> None:
    small.save(tmp_path / "tokenizer.json")
    code = (
        "import sys; from tipr.inputs.tokenizer import Tokenizer; "
        "Tokenizer.load(sys.argv[1]).encode('A woman in red.'); "
        "assert 'ftfy' not in sys.modules and 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "tokenizer.json")], check=True)


def test_padding_stands_behind_the_end() -> None:
    assert pad([[5, 6, 9], [7, 9]]).tolist() == [[5, 6, 9], [7, 9, 0]]
    assert pad([[7, 9]], 4).tolist() == [[7, 9, 0, 0]]
