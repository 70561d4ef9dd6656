"""Training-time changes of one picture and one caption, each drawn from its own generator.

Shape legend: H x W pixels, T tokens.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from tipr.config import AugmentConfig

Pixels = NDArray[np.uint8]
Box = tuple[int, int, int, int]
"""top, left, bottom, right in pixels, the end excluded; all zero for none."""

NO_BOX: Box = (0, 0, 0, 0)


def change_picture(
    pixels_HW3: Pixels, config: AugmentConfig, rng: np.random.Generator
) -> tuple[Pixels, Box]:
    """Flip, pad and crop, zoom, brighten; and the box that random erasing is to paint over.

    The erasing itself happens after normalisation, where its colour is defined.
    """
    if rng.random() < config.flip:
        pixels_HW3 = _mirrored(pixels_HW3)
    if config.pad:
        pixels_HW3 = _padded_crop(pixels_HW3, config.pad, rng)
    if config.zoom < 1:
        pixels_HW3 = _zoomed(pixels_HW3, config.zoom, rng)
    if config.brightness:
        factor = rng.uniform(1 - config.brightness, 1 + config.brightness)
        pixels_HW3 = np.clip(pixels_HW3 * np.float32(factor), 0, 255).astype(np.uint8)
    height, width = pixels_HW3.shape[:2]
    erased = _erase_box(height, width, config, rng) if rng.random() < config.erase else NO_BOX
    return np.ascontiguousarray(pixels_HW3), erased


def drop_words(sentence: str, share: float, rng: np.random.Generator) -> str:
    """Leave each word out with probability `share`; at least one stays."""
    words = sentence.split()
    kept = [word for word, draw in zip(words, rng.random(len(words)), strict=True) if draw >= share]
    return " ".join(kept) if kept else sentence


def mask_tokens(
    ids: Sequence[int],
    describing: Callable[[int], bool],
    *,
    mask_id: int,
    rng: np.random.Generator,
) -> list[int]:
    """Hide tokens as the released code does: 30 % of describing words' tokens, 5 % of others'.

    Of those chosen 80 % become the mask token, 10 % a random ordinary one, 10 % stay. The first
    and last token (start, end) are never touched. `describing(i)` tells whether token i belongs
    to a noun or an adjective.
    """
    result = list(ids)
    for at in range(1, len(result) - 1):
        if rng.random() >= (0.3 if describing(at) else 0.05):
            continue
        kind = rng.random()
        if kind < 0.8:
            result[at] = mask_id
        elif kind < 0.9:
            result[at] = int(rng.integers(mask_id))
    return result


def _mirrored(pixels: Pixels) -> Pixels:
    """Left for right. By torch, nine times as fast as numpy's copy of a reversed view."""
    return torch.from_numpy(pixels).flip(1).numpy()


def _padded_crop(pixels: Pixels, pad: int, rng: np.random.Generator) -> Pixels:
    """A window of the picture's size out of the picture with `pad` black pixels around it."""
    height, width = pixels.shape[:2]
    down, right = (pad - rng.integers(0, 2 * pad + 1, size=2)).tolist()
    moved = np.zeros((height, width, 3), np.uint8)
    (to_rows, from_rows), (to_columns, from_columns) = _spans(height, down), _spans(width, right)
    moved[to_rows, to_columns] = pixels[from_rows, from_columns]
    return moved


def _spans(size: int, by: int) -> tuple[slice, slice]:
    """Where `size` places that move `by` places go to, and which of them stay inside."""
    return slice(max(0, by), max(0, size + by)), slice(max(0, -by), max(0, size - by))


def _zoomed(pixels: Pixels, smallest: float, rng: np.random.Generator) -> Pixels:
    """A random crop, each side drawn by itself, stretched back to full size."""
    height, width = pixels.shape[:2]
    side_h, side_w = rng.uniform(smallest, 1, size=2) * (height, width)
    top, left = rng.random(2) * (height - side_h, width - side_w)
    picture = Image.fromarray(np.ascontiguousarray(pixels))
    box = (left, top, left + side_w, top + side_h)
    return np.asarray(picture.resize((width, height), Image.Resampling.BILINEAR, box=box))


def _erase_box(height: int, width: int, config: AugmentConfig, rng: np.random.Generator) -> Box:
    """Random erasing (Zhong et al., AAAI 2020): area and aspect ratio drawn until they fit."""
    for _ in range(100):
        area = rng.uniform(*config.erase_area) * height * width
        aspect = np.exp(rng.uniform(np.log(0.3), np.log(1 / 0.3)))
        h, w = round((area * aspect) ** 0.5), round((area / aspect) ** 0.5)
        if 0 < h < height and 0 < w < width:
            top, left = int(rng.integers(height - h + 1)), int(rng.integers(width - w + 1))
            return top, left, top + h, left + w
    return NO_BOX
