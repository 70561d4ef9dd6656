"""An explanation as one picture: the photograph, and a panel for each word that speaks of looks."""

import io
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tipr.errors import ConfigError
from tipr.files import write_whole
from tipr.inputs.overlay import shade
from tipr.search.explain import Explanation, Word

KINDS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}

_HEIGHT = 256  # of a panel, in pixels; its width follows from the photograph
_NARROW, _WIDE = 104, 384
_ROW = 1280  # panels stand side by side up to this width
_GAP = 12
_INK, _SOFT, _PAPER = (24, 24, 24), (104, 104, 104), (255, 255, 255)

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def require_kind(path: Path) -> str:
    """The format that the file's name asks for.

    Raises:
        ConfigError: another one than PNG or JPEG.
    """
    if path.suffix.lower() not in KINDS:
        raise ConfigError(f"{path}: the picture is written as .png or .jpg; name it so")
    return KINDS[path.suffix.lower()]


def write(path: Path, explanation: Explanation, photograph: Image.Image) -> None:
    """Draw and write the panels, whole or not at all; nothing but pixels goes into the file.

    Raises:
        ConfigError: the name asks for no kind of picture that is written.
        StorageError: the file cannot be written.
    """
    kind, content = require_kind(path), io.BytesIO()
    draw(explanation, photograph).save(content, kind, **({"quality": 90} if kind == "JPEG" else {}))
    write_whole(path, content.getvalue())


def draw(explanation: Explanation, photograph: Image.Image) -> Image.Image:
    """The panels as an RGB picture, made anew from the pixels of the RGB photograph."""
    wide = min(max(round(_HEIGHT * photograph.width / photograph.height), _NARROW), _WIDE)
    plain = photograph.resize((wide, _HEIGHT), Image.Resampling.LANCZOS)
    panels = list(_panels(explanation, np.asarray(plain)))
    columns = min(len(panels), max(3, (_ROW - _GAP) // (wide + _GAP)))
    width = columns * (wide + _GAP) + _GAP
    large, small = ImageFont.load_default(16), ImageFont.load_default(13)
    head = _wrapped(explanation.sentence, large, width - 2 * _GAP)
    foot = [line for part in _foot(explanation) for line in _wrapped(part, small, width - 2 * _GAP)]
    rows = -(-len(panels) // columns)
    tall = _HEIGHT + 52
    top = _GAP + 22 * len(head) + _GAP
    sheet = Image.new("RGB", (width, top + rows * tall + 18 * len(foot) + _GAP), _PAPER)
    pen = ImageDraw.Draw(sheet)
    _lines(pen, head, (_GAP, _GAP), 22, large, _INK)
    for number, (pixels, name, under, colour) in enumerate(panels):
        left, high = _GAP + number % columns * (wide + _GAP), top + number // columns * tall
        sheet.paste(Image.fromarray(pixels), (left, high))
        pen.text((left, high + _HEIGHT + 4), _cut(name, large, wide), colour, large)
        pen.text((left, high + _HEIGHT + 25), _cut(under, small, wide), _SOFT, small)
    _lines(pen, foot, (_GAP, top + rows * tall), 18, small, _SOFT)
    return sheet


_Panel = tuple[np.ndarray, str, str, tuple[int, int, int]]
"""Pixels, the line below them, the smaller line below that, and the colour of the first line."""


def _panels(explanation: Explanation, pixels_HWC: np.ndarray) -> Iterator[_Panel]:
    yield pixels_HWC, "the picture", f"cosine {explanation.score:+.3f}", _SOFT
    for word in explanation.content:
        colour = _SOFT if word.matched is False else _INK
        yield shade(pixels_HWC, word.shade_RC), word.text, _under(word), colour


def _under(word: Word) -> str:
    return "nothing" if word.matched is False else f"adds {word.adds:+.3f}"


def _foot(explanation: Explanation) -> Iterator[str]:
    if explanation.nothing:
        yield f"matched nothing: {', '.join(explanation.nothing)}"
    if explanation.content:
        yield "adds: what the cosine would lose without the word."
    yield (
        "Orange speaks for this picture, blue against it: the word's shares of the cosine."
        if explanation.divides
        else "From the sentence's smallest cosine of a word and a patch (grey) to its largest "
        "(orange)."
    )


def _wrapped(text: str, font: Font, width: int) -> list[str]:
    """Lines that are no wider; a word that is too long for one is cut."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(_cut(word, font, width))
    return lines


def _cut(text: str, font: Font, width: int) -> str:
    if font.getlength(text) <= width:
        return text
    fitting = bisect_right(
        range(len(text)), width, key=lambda length: font.getlength(f"{text[:length]}…")
    )
    return f"{text[: max(fitting - 1, 0)]}…"


def _lines(
    pen: ImageDraw.ImageDraw,
    lines: list[str],
    at: tuple[int, int],
    step: int,
    font: Font,
    colour: tuple[int, int, int],
) -> None:
    for number, line in enumerate(lines):
        pen.text((at[0], at[1] + step * number), line, colour, font)
