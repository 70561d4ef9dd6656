"""An encoder whose work the ranks of a run share, so that evaluation is as fast as they are many.

Shape legend: N pictures or sentences, D embedding.
"""

from collections.abc import Sequence

import numpy as np
import torch

from tipr.encoder.protocol import Encoder, Pixels, Vectors
from tipr.runtime import Runtime
from tipr.train.gather import everyone, row_counts


class SharedEncoder:
    """Each rank encodes its slice of what all of them were asked; all get all vectors."""

    def __init__(self, encoder: Encoder, runtime: Runtime) -> None:
        self._encoder = encoder
        self._runtime = runtime

    @property
    def fingerprint(self) -> str:
        return self._encoder.fingerprint

    @property
    def width(self) -> int:
        return self._encoder.width

    @property
    def image_size(self) -> tuple[int, int]:
        return self._encoder.image_size

    def encode_text(self, sentences: Sequence[str]) -> Vectors:
        """(N, D) unit vectors."""
        mine = sentences[self._slice(len(sentences))]
        return self._of_all(self._encoder.encode_text(mine) if mine else None)

    def encode_images(self, pixels_NHWC: Pixels) -> Vectors:
        """(N, D) unit vectors."""
        mine = pixels_NHWC[self._slice(len(pixels_NHWC))]
        return self._of_all(self._encoder.encode_images(mine) if len(mine) else None)

    def cut_words(self, sentence: str) -> str:
        """The end of the sentence that the model cannot read."""
        return self._encoder.cut_words(sentence)

    def _slice(self, rows: int) -> slice:
        rank, world = self._runtime.rank, self._runtime.world
        return slice(rows * rank // world, rows * (rank + 1) // world)

    def _of_all(self, mine_ND: Vectors | None) -> Vectors:
        found = np.zeros((0, self.width), np.float32) if mine_ND is None else mine_ND
        counts = row_counts(len(found), self._runtime)
        return everyone(torch.from_numpy(found), counts, self._runtime).numpy()
