"""Stand-ins that tests of gallery, search and command line share: an encoder, pictures."""

import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


class FakeEncoder:
    """Equal pictures and equal sentences get equal vectors, others random ones; it counts."""

    width = 12
    image_size = (24, 8)

    def __init__(self, fingerprint: str = "aa" * 32) -> None:
        self.fingerprint = fingerprint
        self.encoded = 0
        self.batches: list[int] = []

    def encode_text(self, sentences: Sequence[str]) -> np.ndarray:
        return self._vectors([sentence.encode() for sentence in sentences])

    def encode_images(self, pixels_NHWC: np.ndarray) -> np.ndarray:
        assert pixels_NHWC.shape[1:] == (*self.image_size, 3)
        self.encoded += len(pixels_NHWC)
        self.batches.append(len(pixels_NHWC))
        return self._vectors([pixels.tobytes() for pixels in pixels_NHWC])

    def cut_words(self, sentence: str) -> str:
        return " ".join(sentence.split()[20:])

    def _vectors(self, contents: list[bytes]) -> np.ndarray:
        rows = [
            np.random.default_rng(zlib.crc32(text)).normal(size=self.width) for text in contents
        ]
        return np.stack([row / np.linalg.norm(row) for row in rows]).astype(np.float32)


@pytest.fixture
def make_encoder() -> Callable[..., FakeEncoder]:
    return FakeEncoder


@pytest.fixture
def draw() -> Callable[[Path, int], Path]:
    """draw(path, colour): write a small picture whose colour follows from the number."""

    def draw_one(path: Path, colour: int) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (10, 30), (colour * 37 % 256, colour * 91 % 256, colour)).save(path)
        return path

    return draw_one


@pytest.fixture
def people(tmp_path: Path, draw: Callable[[Path, int], Path]) -> Path:
    """A folder of ten different pictures, two of them in a folder below."""
    folder = tmp_path / "people"
    for number in range(10):
        draw(folder / ("" if number < 8 else "gate") / f"{number}.png", number)
    return folder
