"""The dual encoder in torch, answering in numpy.

Shape legend: N pictures or sentences, D embedding, V words, T tokens, L patches.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from tipr import models
from tipr.config import ModelConfig, RuntimeConfig, parse
from tipr.encoder.protocol import Pixels, Vectors, WordFeatures
from tipr.encoder.shares import divide, gather, unit
from tipr.encoder.words import spell
from tipr.errors import ConfigError
from tipr.inputs import image
from tipr.inputs.tokenizer import Tokenizer, pad
from tipr.model.sen import SEN, Features
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
    if runtime.compute is torch.bfloat16:
        _halve(network)
    return TorchEncoder(network, model.tokenizer, model.config, runtime, model.fingerprint)


def _halve(network: SEN) -> None:
    """Keep matrices in bfloat16, which autocast would make of them anew at every call.

    The same bits for half of the memory; not for a network that is still to learn.
    """
    for part in network.modules():
        if isinstance(part, nn.Linear):
            part.to(torch.bfloat16)


class TorchEncoder:
    """An `Explainer` around a network; the network's training mode is left as it was found."""

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
            _unit(self._text_features(self._ids(part)).pooled_BD)
            for start in range(0, len(sentences), SENTENCES)
            for part in (sentences[start : start + SENTENCES],)
        ]
        return np.concatenate(parts) if parts else np.zeros((0, self.width), np.float32)

    def encode_images(self, pixels_NHWC: Pixels) -> Vectors:
        """(N, D) unit vectors."""
        pixels = self._normalised(pixels_NHWC)
        vectors = _unit(self._image_features(pixels).pooled_BD)
        if self._config.vision.mirror:
            vectors = vectors + _unit(self._image_features(pixels.flip(-1)).pooled_BD)
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors

    def cut_words(self, sentence: str) -> str:
        """The end of the sentence that the model cannot read."""
        return self._tokenizer.cut(sentence, self._config.text.length)

    @property
    def divides(self) -> bool:
        """Whether word and patch features are shares of the unit vectors; see `Explainer`."""
        return self._config.vision.pool == "max" and self._config.text.pool == "max"

    @property
    def grid(self) -> tuple[int, int]:
        """(rows, columns) of patches."""
        return self._config.grid

    def encode_words(self, sentence: str) -> WordFeatures:
        """(V, D) features of the sentence's words; see `Explainer`."""
        spelling = spell(self._tokenizer, sentence, self._config.text.length)
        features = self._text_features([list(spelling.ids)])
        tokens_TD = _plain(features.tokens_BLD)[0]
        if self.divides:
            # as the tower pools: what stands behind an end token that someone wrote wins nothing
            last = spelling.ids.index(self._tokenizer.end_id)
            shares_TD = np.zeros_like(tokens_TD)
            shares_TD[: last + 1] = divide(tokens_TD[: last + 1], _unit(features.pooled_BD)[0])
            return WordFeatures(spelling.names, gather(shares_TD, np.array(spelling.word_of_T)))
        return WordFeatures(
            spelling.names, unit(gather(unit(tokens_TD), np.array(spelling.word_of_T)))
        )

    def encode_patches(self, pixels_NHWC: Pixels) -> NDArray[np.float32]:
        """(N, L, D) features of the patches; see `Explainer`.

        Where retrieval looks at the mirror image too, so does this: a patch has what it won in
        both, in the place where it stands in the picture as it is.
        """
        pixels = self._normalised(pixels_NHWC)
        patches_NLD = self._patches(pixels)
        if not self._config.vision.mirror:
            return patches_NLD
        count, _, width = patches_NLD.shape
        mirrored_NRCD = self._patches(pixels.flip(-1)).reshape(count, *self.grid, width)
        both_NLD = patches_NLD + mirrored_NRCD[:, :, ::-1].reshape(patches_NLD.shape)
        if not self.divides:
            return unit(both_NLD)
        length_N11 = np.linalg.norm(both_NLD.sum(axis=1), axis=1)[:, None, None]
        return both_NLD / length_N11

    def _patches(self, pixels_N3HW: Tensor) -> NDArray[np.float32]:
        features = self._image_features(pixels_N3HW)
        tokens_NLD = _plain(features.tokens_BLD)
        if not self.divides:
            return unit(tokens_NLD[:, tokens_NLD.shape[1] - self.grid[0] * self.grid[1] :])
        vectors_ND = _unit(features.pooled_BD)
        return np.stack([divide(*one) for one in zip(tokens_NLD, vectors_ND, strict=True)])

    def _ids(self, sentences: Sequence[str]) -> list[list[int]]:
        return [self._tokenizer.ids(s, self._config.text.length) for s in sentences]

    def _normalised(self, pixels_NHWC: Pixels) -> Tensor:
        if pixels_NHWC.shape[1:] != (*self.image_size, 3):
            raise ValueError(f"expected (N, {self.image_size}, 3), found {pixels_NHWC.shape}")
        config = self._config.image
        return torch.from_numpy(image.normalise(pixels_NHWC, config.mean, config.std))

    def _image_features(self, pixels_N3HW: Tensor) -> Features:
        with torch.inference_mode(), self._runtime.autocast():
            pixels = pixels_N3HW.to(self._runtime.device, self._runtime.weights)
            return self._network.encode_image(pixels)

    def _text_features(self, ids: list[list[int]]) -> Features:
        padded_BT = torch.from_numpy(pad(ids)).to(self._runtime.device)
        with torch.inference_mode(), self._runtime.autocast():
            return self._network.encode_text(padded_BT)


def _unit(features_ND: Tensor) -> Vectors:
    return F.normalize(features_ND.float(), dim=1).cpu().numpy()


def _plain(features: Tensor) -> NDArray[np.float32]:
    return features.float().cpu().numpy()
