"""How to weigh words and pictures against one another, and what feedback gives, on drawn people.

Four questions, each asked of all pictures of a split, mean average precision in percent:

- same: a caption and a picture of one person; right is every other picture of this person.
- parts: words for the upper garment, a picture of somebody else for the lower one's colour; right
  is whoever wears both.
- avoid: words for the upper garment's colour, words to avoid (a hat, a backpack, a colour of
  trousers); right is who wears the one without the other. Also the shares, among the first ten, of
  the right ones and of those who show what is to be avoided.
- marks: a caption, one right and up to three wrong pictures among its first twenty marked; right
  is every other picture of the person, the marked ones left out.

    tipr data draw TRAIN --people 400 --cameras 3 --seed 0
    tipr train configs/demo.toml RUN --data TRAIN
    tipr data draw DIR --people 300 --cameras 4 --seed 7 --split test
    python benchmarks/mixing.py RUN --data DIR --split test

Prints numbers only. Shape legend: N pictures, Q captions, D the encoder's width.
"""

import argparse
import json
import random
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tipr.data.benchmarks import read_benchmark
from tipr.encoder import load_encoder
from tipr.encoder.protocol import Encoder
from tipr.evaluate import people_of, vectors_of
from tipr.search.rocchio import LIKE, UNLIKE, rocchio

WEIGHTS = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0)
AVOIDED = (0.0, 0.25, 0.5, 0.75, 1.0)
ASKED = 400

Vector = NDArray[np.float64]
Right = NDArray[np.bool_]
Case = tuple[str, float]
"""A rule and how right its ranking was."""


class Gallery:
    """Pictures, captions, who is who, and what is drawn."""

    def __init__(self, encoder: Encoder, data: Path, split: str) -> None:
        self.encoder = encoder
        records = read_benchmark(data, split)
        vectors = vectors_of(encoder, records)
        pictures, captions = people_of(records)
        self.pictures_ND = vectors.images_ND.astype(np.float64)
        self.captions_QD = vectors.captions_MD.astype(np.float64)
        self.shown, self.described = np.array(pictures), np.array(captions)
        lines = (data / "attributes.jsonl").read_text(encoding="utf-8").splitlines()
        known = {one["file_path"]: one for one in map(json.loads, lines)}
        self.drawn = [known["/".join(one.path.parts[-3:])] for one in records.pictures]

    def has(self, key: str, value: str | None = None) -> Right:
        """Where a thing is drawn, or drawn so."""
        return np.array([key in one and value in (None, one[key]) for one in self.drawn])

    def text(self, sentence: str) -> Vector:
        return self.encoder.encode_text([sentence])[0].astype(np.float64)

    def deviation(self, vector_D: Vector) -> float:
        return float((self.pictures_ND @ vector_D).std())

    def standardised(self, vector_D: Vector) -> Vector:
        return vector_D / self.deviation(vector_D)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--split", default="test")
    given = parser.parse_args()
    gallery = Gallery(load_encoder(given.run), given.data, given.split)
    print(f"{len(gallery.shown)} pictures of {len(set(gallery.shown))} people, model ", end="")
    print(gallery.encoder.fingerprint[:12])
    for name, ask in (("same", same), ("parts", parts), ("avoid", avoid), ("marks", marks)):
        show(name, ask(gallery, random.Random(0)))


def same(gallery: Gallery, rng: random.Random) -> Iterator[Case]:
    for caption in rng.sample(range(len(gallery.described)), ASKED):
        person = gallery.shown == gallery.described[caption]
        picture = rng.choice(np.flatnonzero(person).tolist())
        left = np.arange(len(person)) != picture
        words, seen = gallery.captions_QD[caption], gallery.pictures_ND[picture]
        yield from mixtures(gallery, words, seen, person, left)


def parts(gallery: Gallery, rng: random.Random) -> Iterator[Case]:
    clothed = np.flatnonzero(gallery.has("upper_colour") & gallery.has("lower_colour")).tolist()
    for goal in rng.sample(clothed, min(ASKED, len(clothed))):
        wanted = gallery.drawn[goal]
        upper, lower = wanted["upper_colour"], wanted["lower_colour"]
        alike = gallery.has("lower_colour", lower)
        right = gallery.has("upper_colour", upper) & alike
        others = np.flatnonzero(alike & ~right & gallery.has("upper_colour"))
        if len(others) == 0 or right.sum() < 4:
            continue
        example = rng.choice(others.tolist())
        left = gallery.shown != gallery.shown[example]
        words = gallery.text(f"A person wearing a {upper} {wanted['upper']}.")
        yield from mixtures(gallery, words, gallery.pictures_ND[example], right, left)


def mixtures(
    gallery: Gallery, words: Vector, seen: Vector, right: Right, left: Right
) -> Iterator[Case]:
    """Each alone, then the picture at several weights, plainly and standardised."""
    if not (right & left).any():
        return

    def precision(vector_D: Vector) -> float:
        return average_precision(gallery.pictures_ND[left] @ vector_D, right[left])

    yield "words alone", precision(words)
    yield "picture alone", precision(seen)
    for weight in WEIGHTS:
        yield f"plain, picture {weight:g}", precision(words + weight * seen)
        mixed = gallery.standardised(words) + weight * gallery.standardised(seen)
        yield f"standardised, picture {weight:g}", precision(mixed)


def avoid(gallery: Gallery, _: random.Random) -> Iterator[Case]:
    colours = sorted({one["upper_colour"] for one in gallery.drawn if "upper_colour" in one})
    lowers = sorted({one["lower_colour"] for one in gallery.drawn if "lower_colour" in one})
    things: list[tuple[str, str, Right]] = [
        ("hat", "A hat.", gallery.has("hat")),
        ("backpack", "A backpack.", gallery.has("bag", "backpack")),
        *(("trousers", f"{one} trousers.", gallery.has("lower_colour", one)) for one in lowers),
    ]
    for colour in colours:
        upper = gallery.has("upper_colour", colour)
        words = gallery.standardised(gallery.text(f"A person wearing a {colour} top."))
        for kind, said, there in things:
            right = upper & ~there
            if right.sum() < 4 or (upper & there).sum() < 4:
                continue
            avoided = gallery.standardised(gallery.text(said))
            for weight in AVOIDED:
                scores = gallery.pictures_ND @ (words - weight * avoided)
                first = np.argsort(-scores, kind="stable")[:10]
                yield f"no {kind}, {weight:g}: mAP", average_precision(scores, right)
                yield f"no {kind}, {weight:g}: right of ten", 100 * float(right[first].mean())
                yield f"no {kind}, {weight:g}: avoided of ten", 100 * float(there[first].mean())


def marks(gallery: Gallery, rng: random.Random) -> Iterator[Case]:
    for caption in rng.sample(range(len(gallery.described)), ASKED):
        words = gallery.captions_QD[caption]
        person = gallery.shown == gallery.described[caption]
        first = np.argsort(-(gallery.pictures_ND @ words), kind="stable")[:20]
        like, unlike = first[person[first]][:1], first[~person[first]][:3]
        left = ~np.isin(np.arange(len(person)), [*like, *unlike])
        if len(like) == 0 or not (person & left).any():
            continue
        right, wrong = gallery.pictures_ND[like], gallery.pictures_ND[unlike]
        moved = {
            "no feedback": words,
            "Rocchio": rocchio(words, right.astype(np.float32), wrong.astype(np.float32)),
            "Rocchio, each part standardised": gallery.standardised(words)
            + LIKE * gallery.standardised(right.mean(axis=0))
            - (UNLIKE * gallery.standardised(wrong.mean(axis=0)) if len(wrong) else 0.0),
        }
        for rule, vector_D in moved.items():
            yield rule, average_precision(gallery.pictures_ND[left] @ vector_D, person[left])


def average_precision(scores_N: Vector, right_N: Right) -> float:
    """In percent; equal scores keep their order."""
    found_N = right_N[np.argsort(-scores_N, kind="stable")]
    precision_N = np.cumsum(found_N) / np.arange(1, len(found_N) + 1)
    return float(100 * precision_N[found_N].mean())


def show(name: str, cases: Iterator[Case]) -> None:
    by_rule: dict[str, list[float]] = defaultdict(list)
    for rule, value in cases:
        by_rule[rule].append(value)
    print(f"{name}:")
    for rule, values in by_rule.items():
        print(f"  {rule:32} {np.mean(values):6.2f}  ({len(values)} searches)")


if __name__ == "__main__":
    main()
