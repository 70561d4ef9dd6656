"""Do words help to restore? Errors told the right, a wrong or no sentence; and some pictures.

Shape legend: N pictures, C colour words, L patches.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tipr.data.records import Split
from tipr.inputs import image
from tipr.report.colours import ASKED, answered, recoloured, split_at_colour
from tipr.report.painting import Painter, Task

PICTURES = 256
"""At most so many pictures are restored for the numbers."""

COLOURED = 64
"""At most so many of them are asked for other colours."""

SHOWN = 4
BATCH = 32

Progress = Callable[[int, int], None]
Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean with its standard error; the error is NaN for a single value."""

    mean: float
    error: float


@dataclass(frozen=True, slots=True)
class Shown:
    """One picture to look at, restored after several tellings; each image is (H, W, 3) uint8.

    `told` holds what was painted after each sentence: "right", "wrong", "empty", or "nothing" for
    a decoder that was trained without words. `coloured` has one for each word of `ASKED`, and is
    empty where the sentence names no colour.
    """

    caption: int
    sentence: str
    wrong: str
    masked: Pixels
    original: Pixels
    told: Mapping[str, Pixels]
    coloured: Mapping[str, Pixels]


@dataclass(frozen=True, slots=True)
class Restoration:
    """What a decoder makes of words, over `pictures` pictures.

    `errors`: mean squared error on hidden patches (normalised pixels) after each telling.
    `more`: how much larger the error is than after the right sentence, picture by picture.
    `answers`: for each word of `ASKED` the percent of the `coloured` pictures on which it
    painted more of its colour than the other words did; empty if no sentence names a colour.
    """

    step: int | None
    pictures: int
    errors: Mapping[str, Mean]
    more: Mapping[str, Mean]
    answers: Mapping[str, float]
    coloured: int
    shown: Sequence[Shown]


def restore(
    painter: Painter,
    split: Split,
    *,
    size: tuple[int, int],
    patches: int,
    tells: bool,
    step: int | None,
    seed: int,
    progress: Progress | None = None,
) -> Restoration:
    """Restore up to `PICTURES` pictures of the split, each with one of its captions.

    Pictures, captions, hidden patches and wrong sentences follow from `seed` alone, so runs with
    as many patches are asked the same. `tells` False: the decoder was trained without words.

    Raises:
        PictureError: a picture cannot be read.
    """
    drawn = _draw(split, patches, seed)
    found: dict[str, list[NDArray[np.float64]]] = {}
    paints: list[NDArray[np.float64]] = []
    coloured = [one for one in drawn if split_at_colour(one.sentence)][: COLOURED if tells else 0]
    total = len(drawn) + len(coloured)
    for done, part in _batches(drawn):
        task = _task(painter, split, part, size)
        for name, sentences in _tellings(part, tells).items():
            errors_N = painter.errors(task, painter.paint(task, sentences))
            found.setdefault(name, []).append(errors_N)
        if progress:
            progress(done, total)
    for done, part in _batches(coloured):
        task = _task(painter, split, part, size)
        spoken = [[recoloured(one.sentence, word) for one in part] for word in ASKED]
        paint_CN3 = [painter.hidden_colour(task, painter.paint(task, said)) for said in spoken]
        paints.append(np.stack(paint_CN3, axis=1))
        if progress:
            progress(len(drawn) + done, total)
    errors = {name: np.concatenate(parts) for name, parts in found.items()}
    answers = answered(np.concatenate(paints)) if paints else ()
    return Restoration(
        step=step,
        pictures=len(drawn),
        errors={name: _mean(values_N) for name, values_N in errors.items()},
        more={
            name: _mean(values_N - errors["right"])
            for name, values_N in errors.items()
            if "right" in errors and name != "right"
        },
        answers=dict(zip(ASKED, map(float, answers), strict=False)),
        coloured=len(coloured),
        shown=[
            _show(painter, split, one, size, tells)
            for one in (_to_show(drawn) if tells else drawn[:SHOWN])
        ],
    )


@dataclass(frozen=True, slots=True)
class _Drawn:
    """One picture with one of its captions, another person's sentence, and what to hide."""

    caption: int
    picture: int
    sentence: str
    wrong: str
    noise_L: NDArray[np.float32]


def _draw(split: Split, patches: int, seed: int) -> list[_Drawn]:
    """At most `PICTURES` different pictures that have a caption, in random order."""
    rng = np.random.default_rng(seed)
    drawn: list[_Drawn] = []
    seen: set[int] = set()
    for row in rng.permutation(len(split.captions)):
        caption = split.captions[row]
        if caption.picture in seen or len(drawn) == PICTURES:
            continue
        seen.add(caption.picture)
        own = np.random.default_rng([seed, caption.picture])
        noise_L = own.random(patches, dtype=np.float32)
        wrong = _wrong(split, int(row), own)
        drawn.append(_Drawn(int(row), caption.picture, caption.text, wrong, noise_L))
    return drawn


def _wrong(split: Split, row: int, rng: np.random.Generator) -> str:
    """A sentence about another person; the own one in a split that shows one person alone."""
    person = split.person_of(split.captions[row])
    start = int(rng.integers(len(split.captions)))
    for offset in range(len(split.captions)):
        other = split.captions[(start + offset) % len(split.captions)]
        if split.person_of(other) != person:
            return other.text
    return split.captions[row].text


def _to_show(drawn: list[_Drawn]) -> list[_Drawn]:
    """The first few whose sentence names a colour, then others."""
    order = sorted(drawn, key=lambda one: split_at_colour(one.sentence) is None)
    return order[:SHOWN]


def _tellings(part: Sequence[_Drawn], tells: bool) -> dict[str, list[str] | None]:
    if not tells:
        return {"nothing": None}
    return {
        "right": [one.sentence for one in part],
        "wrong": [one.wrong for one in part],
        "empty": ["" for _ in part],
    }


def _show(painter: Painter, split: Split, one: _Drawn, size: tuple[int, int], tells: bool) -> Shown:
    task = _task(painter, split, [one], size)
    named = ASKED if tells and split_at_colour(one.sentence) else ()

    def look(sentences: list[str] | None) -> Pixels:
        return painter.look(task, painter.paint(task, sentences))[0]

    return Shown(
        caption=one.caption,
        sentence=one.sentence,
        wrong=one.wrong,
        masked=painter.masked(task)[0],
        original=_pixels(split, one, size),
        told={name: look(sentences) for name, sentences in _tellings([one], tells).items()},
        coloured={word: look([recoloured(one.sentence, word)]) for word in named},
    )


def _batches(drawn: Sequence[_Drawn]) -> Iterator[tuple[int, Sequence[_Drawn]]]:
    """(how many are done after it, batch)."""
    for start in range(0, len(drawn), BATCH):
        part = drawn[start : start + BATCH]
        yield start + len(part), part


def _task(painter: Painter, split: Split, part: Sequence[_Drawn], size: tuple[int, int]) -> Task:
    pixels_NHWC = np.stack([_pixels(split, one, size) for one in part])
    return painter.task(pixels_NHWC, np.stack([one.noise_L for one in part]))


def _pixels(split: Split, one: _Drawn, size: tuple[int, int]) -> Pixels:
    return image.fit(image.read(split.pictures[one.picture].path), size)


def _mean(values_N: NDArray[np.float64]) -> Mean:
    count = len(values_N)
    error = float(values_N.std(ddof=1) / count**0.5) if count > 1 else float("nan")
    return Mean(float(values_N.mean()), error)
