"""What gallery, search and evaluation ask of a model: sentences and pictures to unit vectors."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
"""(N, D) float32, every row of length one."""

Pixels = NDArray[np.uint8]
"""(N, H, W, 3) uint8 RGB at the encoder's own image size."""


class Encoder(Protocol):
    """Anything that turns sentences and pictures into unit vectors of one space.

    `fingerprint` is a hash of weights, vocabulary and input settings: equal fingerprints give
    comparable vectors. `image_size` is (height, width) in pixels; make pixels of that size with
    `tipr.inputs.image.fit`.
    """

    @property
    def fingerprint(self) -> str: ...

    @property
    def width(self) -> int: ...

    @property
    def image_size(self) -> tuple[int, int]: ...

    def encode_text(self, sentences: Sequence[str]) -> Vectors:
        """(len(sentences), D) unit vectors. Sentences beyond the model's length are cut."""
        ...

    def encode_images(self, pixels_NHWC: Pixels) -> Vectors:
        """(N, D) unit vectors of uint8 RGB pictures at `image_size`."""
        ...

    def cut_words(self, sentence: str) -> str:
        """The end of the sentence that the model cannot read, '' when it reads all of it."""
        ...
