"""Golden sentences and their CLIP ids; they need CLIP's vocabulary, which is not ours to ship."""

import json
from pathlib import Path

import pytest

from tests.parity.conftest import cases
from tipr.inputs.tokenizer import Tokenizer


@pytest.fixture(scope="module")
def clip(shared: Path) -> Tokenizer:
    return Tokenizer.clip(str(shared / "vocab" / "bpe_simple_vocab_16e6.txt.gz"))


@pytest.mark.parametrize("file", cases("tokens*.json"), ids=lambda file: file.stem)
def test_ids_equal_the_released_tokenizer(clip: Tokenizer, file: Path) -> None:
    for case in json.loads(file.read_text(encoding="utf-8")):
        assert clip.encode(case["text"]) == case["ids"], case["text"]


@pytest.mark.parametrize("file", cases("tokens*.json"), ids=lambda file: file.stem)
def test_a_saved_copy_gives_the_same_ids(clip: Tokenizer, file: Path, tmp_path: Path) -> None:
    clip.save(tmp_path / "tokenizer.json")
    copy = Tokenizer.clip(str(tmp_path))
    assert copy.fingerprint == clip.fingerprint
    for case in json.loads(file.read_text(encoding="utf-8")):
        assert copy.encode(case["text"]) == case["ids"]


def test_clip_has_its_size_and_special_ids(clip: Tokenizer) -> None:
    assert clip.size == 49_408
    assert (clip.mask_id, clip.start_id, clip.end_id) == (49_405, 49_406, 49_407)
