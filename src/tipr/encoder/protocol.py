"""What gallery, search and evaluation ask of a model: sentences and pictures to unit vectors.

`Explainer` asks for more: a vector a word and a vector a patch.

Shape legend: N pictures or sentences, H x W pixels, D embedding, V words, L patches.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

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


class WordFeatures(NamedTuple):
    """A sentence's words with a row of features each.

    `names` are lower case, as the model reads them, cut at its length. The first and the last are
    '': the sentence's start and end, which models see as tokens too.
    """

    names: tuple[str, ...]
    vectors_VD: NDArray[np.float32]


class Explainer(Encoder, Protocol):
    """An encoder that also tells words and patches apart: which word meets which patch?

    The map of word v over patch l of a picture is the product of their rows. What it means
    depends on how the model makes one vector of many:

    - `divides` True (both towers take the maximum over their tokens): the rows of a sentence sum
      to its unit vector and so do those of a picture; the map holds **shares of the cosine**, and
      all of them together are the cosine of sentence and picture.
    - `divides` False: rows have length one, and the map holds **cosines of a word and a patch**.
      They are no parts of the score, only a hint of what lies near what.
    """

    @property
    def divides(self) -> bool: ...

    @property
    def grid(self) -> tuple[int, int]:
        """(rows, columns) of patches; patch l stands in row l // columns."""
        ...

    def encode_words(self, sentence: str) -> WordFeatures:
        """(V, D) float32 features of the V words, start and end included."""
        ...

    def encode_patches(self, pixels_NHWC: Pixels) -> NDArray[np.float32]:
        """(N, L, D) float32 features of the patches of uint8 RGB pictures at `image_size`."""
        ...
