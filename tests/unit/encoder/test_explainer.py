"""Word and patch features: what the cosine is made of, and which tokens a word has."""

import numpy as np
import pytest

from tipr import models
from tipr.config import load
from tipr.encoder.protocol import Explainer
from tipr.encoder.shares import divide
from tipr.encoder.torch import TorchEncoder
from tipr.encoder.words import spell
from tipr.inputs.tokenizer import Tokenizer
from tipr.runtime import choose

SENTENCES = ["a man in a red t-shirt, and jeans.", "a woman with a bag", "someone"]


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.trained([*SENTENCES, *SENTENCES], 600)


def encoder_of(tokenizer: Tokenizer, *more: str) -> TorchEncoder:
    config = load(
        "small",
        [
            "model.embed=64",
            "model.image.height=64",
            "model.image.width=32",
            "model.vision.depth=1",
            "model.text.depth=1",
            "model.text.length=40",
            f"model.text.vocabulary={tokenizer.size}",
            "runtime.precision=float32",
            *more,
        ],
    )
    network = models.build(config.model, seed=3).eval()
    return TorchEncoder(network, tokenizer, config.model, choose(config.runtime), "f")


CLASS = ("model.vision.pool=class", "model.text.pool=end")


@pytest.fixture
def pixels() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (3, 64, 32, 3), dtype=np.uint8)


@pytest.mark.parametrize("mirror", ["true", "false"])
@pytest.mark.parametrize("sentence", SENTENCES)
def test_shares_of_words_and_patches_sum_to_the_cosine(
    tokenizer: Tokenizer, pixels: np.ndarray, mirror: str, sentence: str
) -> None:
    encoder: Explainer = encoder_of(tokenizer, f"model.vision.mirror={mirror}")
    assert encoder.divides
    names, words_VD = encoder.encode_words(sentence)
    patches_NLD = encoder.encode_patches(pixels)
    assert words_VD.shape == (len(names), encoder.width)
    assert patches_NLD.shape == (3, 8, encoder.width)
    assert encoder.grid == (4, 2)
    text, images = encoder.encode_text([sentence])[0], encoder.encode_images(pixels)
    assert words_VD.sum(axis=0) == pytest.approx(text, abs=1e-5)
    assert patches_NLD.sum(axis=1) == pytest.approx(images, abs=1e-5)
    maps_NVL = np.einsum("vd,nld->nvl", words_VD, patches_NLD)
    assert maps_NVL.sum(axis=(1, 2)) == pytest.approx(images @ text, abs=1e-5)


def test_a_channel_belongs_to_the_first_token_with_the_maximum() -> None:
    tokens = np.float32([[1, 5, 2], [3, 5, -1], [0, 4, 2]])
    unit = np.float32([0.1, 0.2, 0.3])
    slow = np.zeros((3, 3), np.float32)
    for channel in range(3):
        values = list(tokens[:, channel])
        slow[values.index(max(values)), channel] = unit[channel]
    assert np.array_equal(divide(tokens, unit), slow)


def test_a_mirrored_picture_has_mirrored_shares(tokenizer: Tokenizer, pixels: np.ndarray) -> None:
    encoder = encoder_of(tokenizer, "model.vision.mirror=true")
    grid = encoder.encode_patches(pixels).reshape(3, 4, 2, -1)
    mirrored = encoder.encode_patches(np.ascontiguousarray(pixels[:, :, ::-1]))
    assert np.allclose(mirrored.reshape(3, 4, 2, -1)[:, :, ::-1], grid, atol=1e-5)
    assert not np.allclose(grid[:, :, ::-1], grid, atol=1e-2)


@pytest.mark.parametrize("mirror", ["true", "false"])
def test_towers_with_an_own_token_give_cosines(
    tokenizer: Tokenizer, pixels: np.ndarray, mirror: str
) -> None:
    encoder = encoder_of(tokenizer, *CLASS, f"model.vision.mirror={mirror}")
    assert not encoder.divides
    names, words_VD = encoder.encode_words(SENTENCES[0])
    patches_NLD = encoder.encode_patches(pixels)
    assert patches_NLD.shape == (3, 8, encoder.width)
    assert np.linalg.norm(words_VD, axis=1) == pytest.approx(np.ones(len(names)), abs=1e-5)
    assert np.linalg.norm(patches_NLD, axis=2) == pytest.approx(np.ones((3, 8)), abs=1e-5)


def test_the_class_token_is_no_patch(tokenizer: Tokenizer, pixels: np.ndarray) -> None:
    encoder = encoder_of(tokenizer, *CLASS, "model.vision.mirror=false")
    own = encoder.encode_images(pixels)[:, None] @ encoder.encode_patches(pixels).swapaxes(1, 2)
    assert own.max() < 0.999


def test_the_end_token_of_the_sentence_is_the_last_word(tokenizer: Tokenizer) -> None:
    encoder = encoder_of(tokenizer, *CLASS)
    words = encoder.encode_words(SENTENCES[1])
    assert words.vectors_VD[-1] == pytest.approx(encoder.encode_text([SENTENCES[1]])[0], abs=1e-5)


def test_sub_words_and_punctuation_belong_to_their_word(tokenizer: Tokenizer) -> None:
    names, ids, owner = spell(tokenizer, "A man in RED t-shirt,  and zebra", 77)
    assert names == ("", "a", "man", "in", "red", "t-shirt,", "and", "zebra", "")
    assert list(ids) == tokenizer.encode("A man in RED t-shirt,  and zebra")
    assert len(owner) == len(ids)
    for number, name in enumerate(names[1:-1], start=1):
        own = [token for token, word in zip(ids, owner, strict=True) if word == number]
        assert own == tokenizer.encode(name)[1:-1]
    assert (owner[0], owner[-1]) == (0, 8)
    assert owner.count(7) > 1


def test_words_beyond_the_length_are_left_out(tokenizer: Tokenizer) -> None:
    sentence = "a man in a red t-shirt, and zebra"
    for length in range(2, 20):
        names, ids, owner = spell(tokenizer, sentence, length)
        assert list(ids) == tokenizer.ids(sentence, length)
        assert len(owner) == len(ids)
        assert sorted(set(owner)) == list(range(len(names)))
        assert list(names[1:-1]) == sentence.split()[: len(names) - 2]


def test_a_sentence_that_reads_otherwise_word_by_word_is_one_word(tokenizer: Tokenizer) -> None:
    sentence = "1 < 2 &EACUTE; men"
    names, ids, owner = spell(tokenizer, sentence, 77)
    assert names == ("", "1 < 2 &eacute; men", "")
    assert list(ids) == tokenizer.encode(sentence)
    assert set(owner[1:-1]) == {1}


@pytest.mark.parametrize("sentence", ["", "a <|endoftext|> man", "1 < 2 &EACUTE; men"])
def test_odd_sentences_still_sum_to_their_vector(tokenizer: Tokenizer, sentence: str) -> None:
    encoder = encoder_of(tokenizer)
    words = encoder.encode_words(sentence)
    assert words.vectors_VD.sum(axis=0) == pytest.approx(
        encoder.encode_text([sentence])[0], abs=1e-5
    )
