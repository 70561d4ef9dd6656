"""A model whose every answer can be worked out by hand: it knows three colours and two halves."""

from collections.abc import Sequence

import numpy as np

from tipr.encoder.protocol import WordFeatures

CHANNELS = {"red": 0, "green": 1, "blue": 2, "hat": 3}


class ColourReader:
    """A picture is how much red, green and blue there is in its upper and in its lower half."""

    width = 4
    image_size = (24, 8)
    grid = (2, 1)
    divides = True

    def __init__(self, fingerprint: str = "aa" * 32) -> None:
        self.fingerprint = fingerprint

    def encode_patches(self, pixels_NHWC: np.ndarray) -> np.ndarray:
        halves = pixels_NHWC.reshape(len(pixels_NHWC), 2, -1, 3).mean(axis=2) / 255
        patches = np.concatenate([halves, np.zeros((*halves.shape[:2], 1))], axis=2)
        length = np.linalg.norm(patches.sum(axis=1), axis=1)[:, None, None]
        return (patches / length).astype(np.float32)

    def encode_images(self, pixels_NHWC: np.ndarray) -> np.ndarray:
        return self.encode_patches(pixels_NHWC).sum(axis=1)

    def encode_words(self, sentence: str) -> WordFeatures:
        names = ("", *sentence.lower().split(), "")
        rows = np.zeros((len(names), self.width), np.float32)
        for row, name in zip(rows, names, strict=True):
            if name.strip(".,") in CHANNELS:
                row[CHANNELS[name.strip(".,")]] = 1
        return WordFeatures(names, rows / max(1.0, float(np.linalg.norm(rows.sum(axis=0)))))

    def encode_text(self, sentences: Sequence[str]) -> np.ndarray:
        rows = [self.encode_words(sentence).vectors_VD.sum(axis=0) for sentence in sentences]
        return np.stack(rows).astype(np.float32)

    def cut_words(self, sentence: str) -> str:
        return " ".join(sentence.split()[20:])


def picture(upper: tuple[int, int, int], lower: tuple[int, int, int]) -> np.ndarray:
    """(24, 8, 3) uint8, the halves in two colours."""
    pixels = np.zeros((24, 8, 3), np.uint8)
    pixels[:12], pixels[12:] = upper, lower
    return pixels
