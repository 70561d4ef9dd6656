"""The dual encoder in torch, answering in numpy.

Shape legend: N pictures or sentences, D embedding.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from tipr import models
from tipr.config import ModelConfig, RuntimeConfig, parse
from tipr.encoder.protocol import Pixels, Vectors
from tipr.errors import ConfigError
from tipr.inputs import image
from tipr.inputs.tokenizer import Tokenizer, pad
from tipr.model.sen import SEN
from tipr.runtime import Runtime, choose

SENTENCES = 256
"""Sentences encoded at once."""


def load(folder: Path, *, device: str, precision: str) -> "TorchEncoder":
    """The encoder of a run or model directory."""
    if precision == "float16":
        raise ConfigError("precision 'float16' is for training on a GPU; take auto or bfloat16")
    table = {"device": device, "precision": precision}
    runtime = choose(parse(RuntimeConfig, table, where="this model"))
    model = models.read(folder)
    network = model.network.to(runtime.device)
    return TorchEncoder(network, model.tokenizer, model.config, runtime, model.fingerprint)


class TorchEncoder:
    """An `Encoder` around a network; the network's training mode is left as it was found."""

    def __init__(
        self,
        network: SEN,
        tokenizer: Tokenizer,
        config: ModelConfig,
        runtime: Runtime,
        fingerprint: str,
    ) -> None:
        self._network = network
        self._tokenizer = tokenizer
        self._config = config
        self._runtime = runtime
        self.fingerprint = fingerprint

    @property
    def width(self) -> int:
        return self._config.embed

    @property
    def image_size(self) -> tuple[int, int]:
        return self._config.image.height, self._config.image.width

    def encode_text(self, sentences: Sequence[str]) -> Vectors:
        """(N, D) unit vectors; each batch is padded to its own longest sentence only."""
        parts = [
            self._encode_ids([self._tokenizer.ids(s, self._config.text.length) for s in part])
            for start in range(0, len(sentences), SENTENCES)
            for part in (sentences[start : start + SENTENCES],)
        ]
        return np.concatenate(parts) if parts else np.zeros((0, self.width), np.float32)

    def encode_images(self, pixels_NHWC: Pixels) -> Vectors:
        """(N, D) unit vectors."""
        if pixels_NHWC.shape[1:] != (*self.image_size, 3):
            raise ValueError(f"expected (N, {self.image_size}, 3), found {pixels_NHWC.shape}")
        config = self._config.image
        pixels = torch.from_numpy(image.normalise(pixels_NHWC, config.mean, config.std))
        vectors = self._encode_pixels(pixels)
        if self._config.vision.mirror:
            vectors = vectors + self._encode_pixels(pixels.flip(-1))
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors

    def cut_words(self, sentence: str) -> str:
        """The end of the sentence that the model cannot read."""
        return self._tokenizer.cut(sentence, self._config.text.length)

    def _encode_pixels(self, pixels_N3HW: Tensor) -> Vectors:
        with torch.inference_mode(), self._runtime.autocast():
            pixels = pixels_N3HW.to(self._runtime.device, self._runtime.weights)
            features = self._network.encode_image(pixels)
        return _unit(features.pooled_BD)

    def _encode_ids(self, ids: list[list[int]]) -> Vectors:
        padded_BT = torch.from_numpy(pad(ids)).to(self._runtime.device)
        with torch.inference_mode(), self._runtime.autocast():
            features = self._network.encode_text(padded_BT)
        return _unit(features.pooled_BD)


def _unit(features_ND: Tensor) -> Vectors:
    return F.normalize(features_ND.float(), dim=1).cpu().numpy()
