"""A model that knows colours and nothing else: red words find red pictures, without any training.

Shape legend: N pictures, H x W pixels, L patches, V words, D colours.
"""

from collections.abc import Sequence

import numpy as np

from tipr.encoder.protocol import Pixels, Vectors, WordFeatures

COLOURS = {
    "red": (170, 40, 50),
    "green": (50, 125, 65),
    "blue": (50, 80, 150),
    "yellow": (225, 190, 60),
    "black": (30, 30, 34),
    "white": (235, 232, 226),
    "brown": (110, 75, 50),
    "pink": (225, 140, 170),
}
PATCH = 8
_SHARP = 1 / 900  # of squared distances of colours from 0 to 255
_COUNTED = 12  # patches that are most of a colour
_USUAL = 0.2  # as much of a colour is nothing special
_OTHERS = ((150, 150, 150), (120, 120, 130), (190, 190, 185), (200, 150, 120), (90, 130, 60))


class ColourEncoder:
    """An `Explainer`; pictures are how much of each colour is in them, more than usual."""

    fingerprint = "c0" * 32
    width = len(COLOURS)
    image_size = (96, 32)
    grid = (96 // PATCH, 32 // PATCH)
    divides = False

    def encode_text(self, sentences: Sequence[str]) -> Vectors:
        rows = [self.encode_words(sentence).vectors_VD.sum(0) for sentence in sentences]
        return _unit(np.stack(rows))

    def encode_images(self, pixels_NHWC: Pixels) -> Vectors:
        best_NLD = np.sort(self.encode_patches(pixels_NHWC), axis=1)[:, -_COUNTED:]
        return _unit(best_NLD.mean(1) - _USUAL)

    def cut_words(self, sentence: str) -> str:
        return " ".join(sentence.split()[60:])

    def encode_words(self, sentence: str) -> WordFeatures:
        words = ["", *sentence.lower().split(), ""]
        faint = np.full(self.width, 1e-3, np.float32)
        rows = [
            np.eye(self.width, dtype=np.float32)[list(COLOURS).index(word.strip(".,"))]
            if word.strip(".,") in COLOURS
            else faint
            for word in words
        ]
        return WordFeatures(tuple(words), np.stack(rows))

    def encode_patches(self, pixels_NHWC: Pixels) -> np.ndarray:
        rows, columns = self.grid
        cut = pixels_NHWC.reshape(-1, rows, PATCH, columns, PATCH, 3).astype(np.float32)
        means_NL3 = cut.mean((2, 4)).reshape(len(pixels_NHWC), rows * columns, 3)
        known_X3 = np.array([*COLOURS.values(), *_OTHERS], np.float32)
        near_NLX = np.exp(-_SHARP * ((means_NL3[:, :, None] - known_X3) ** 2).sum(-1)) + 1e-9
        return (near_NLX / near_NLX.sum(-1, keepdims=True))[..., : self.width]


def _unit(rows_ND: np.ndarray) -> Vectors:
    return (rows_ND / np.linalg.norm(rows_ND, axis=1, keepdims=True)).astype(np.float32)
