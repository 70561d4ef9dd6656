"""The encoder answers in unit vectors that do not depend on company."""

from pathlib import Path

import numpy as np
import pytest

from tipr import load_encoder, models
from tipr.config import RuntimeConfig, load
from tipr.encoder.torch import TorchEncoder
from tipr.errors import ConfigError, ModelError
from tipr.inputs.tokenizer import Tokenizer
from tipr.runtime import choose

SENTENCES = ["a man in a red coat", "a woman with a bag and a long green scarf", "someone"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model directory with random weights."""
    folder = tmp_path_factory.mktemp("model")
    tokenizer = Tokenizer.trained(SENTENCES, 600)
    config = load(
        "small",
        [
            "model.image.height=64",
            "model.image.width=32",
            "model.vision.depth=1",
            "model.text.depth=1",
            "model.text.length=12",
            f"model.text.vocabulary={tokenizer.size}",
        ],
    ).model
    models.write_settings(folder, config, tokenizer)
    models.write_weights(folder, models.build(config, seed=3), config, tokenizer, {"step": 1})
    return folder


@pytest.fixture(scope="module")
def encoder(folder: Path) -> TorchEncoder:
    found = load_encoder(folder, device="cpu", precision="float32")
    assert isinstance(found, TorchEncoder)
    return found


def test_vectors_have_length_one(encoder: TorchEncoder) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (3, 64, 32, 3), dtype=np.uint8)
    for vectors in (encoder.encode_text(SENTENCES), encoder.encode_images(pixels)):
        assert vectors.shape == (3, encoder.width)
        assert vectors.dtype == np.float32
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)


def test_a_picture_and_its_mirror_image_have_one_vector(encoder: TorchEncoder) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (3, 64, 32, 3), dtype=np.uint8)
    mirrored = np.ascontiguousarray(pixels[:, :, ::-1])
    assert encoder._config.vision.mirror
    assert np.allclose(encoder.encode_images(pixels), encoder.encode_images(mirrored), atol=1e-6)


def test_a_sentence_means_the_same_in_company(encoder: TorchEncoder) -> None:
    many = encoder.encode_text(SENTENCES * 200)
    alone = np.concatenate([encoder.encode_text([sentence]) for sentence in SENTENCES])
    assert np.allclose(many.reshape(200, 3, -1), alone, atol=1e-5)
    assert encoder.encode_text([]).shape == (0, encoder.width)


def test_the_ends_of_long_sentences_are_told(encoder: TorchEncoder) -> None:
    assert encoder.cut_words("a man") == ""
    long = "a man in a red coat " * 4
    assert encoder.cut_words(long).endswith("coat")
    assert np.isfinite(encoder.encode_text([long])).all()


def test_pixels_of_another_size_are_a_bug_of_the_caller(encoder: TorchEncoder) -> None:
    with pytest.raises(ValueError, match="expected"):
        encoder.encode_images(np.zeros((1, 10, 10, 3), np.uint8))


def test_equal_models_have_equal_fingerprints_and_others_do_not(
    folder: Path, encoder: TorchEncoder, tmp_path: Path
) -> None:
    assert load_encoder(folder).fingerprint == encoder.fingerprint
    model = models.read(folder)
    models.write_settings(tmp_path, model.config, model.tokenizer)
    other = models.build(model.config, seed=4)
    models.write_weights(tmp_path, other, model.config, model.tokenizer, {})
    assert load_encoder(tmp_path).fingerprint != encoder.fingerprint


def test_retrieval_loads_no_decoder(folder: Path) -> None:
    assert models.read(folder).network.decoder is None


def test_wrong_ways_to_load(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="float16"):
        load_encoder(folder, precision="float16")
    with pytest.raises(ConfigError, match="device 'quantum': expected auto, cpu"):
        load_encoder(folder, device="quantum")
    with pytest.raises(ModelError, match=r"it has no config\.json"):
        load_encoder(tmp_path)


def test_matrices_kept_in_bfloat16_change_no_bit(folder: Path) -> None:
    model = models.read(folder)
    runtime = choose(RuntimeConfig(device="cpu", precision="bfloat16"))
    cast = TorchEncoder(model.network, model.tokenizer, model.config, runtime, model.fingerprint)
    kept = load_encoder(folder, device="cpu", precision="bfloat16")
    assert isinstance(kept, TorchEncoder)
    words = ["a red coat", "a man with a hat"]
    assert np.array_equal(kept.encode_text(words), cast.encode_text(words))
    pixels = np.random.default_rng(0).integers(0, 256, (3, *kept.image_size, 3), dtype=np.uint8)
    assert np.array_equal(kept.encode_images(pixels), cast.encode_images(pixels))
    assert np.array_equal(kept.encode_patches(pixels), cast.encode_patches(pixels))
