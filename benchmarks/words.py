"""Does 'tipr explain' tell a wrong word from right ones? Words are put into captions to see.

Every second caption gets one of its colours replaced by a colour that no caption of the person
names; every other one gets a thing added that none of them names. A caption may leave out what its
picture shows, so a "wrong" word may be right now and then.

    python benchmarks/words.py RUN --data DIR [--split val] [--captions 600]

Prints numbers only.
"""

import argparse
import re
from collections import defaultdict
from pathlib import Path

import numpy as np

from tipr.data.benchmarks import read_benchmark
from tipr.data.records import Split
from tipr.encoder import load_encoder
from tipr.evaluate import vectors_of
from tipr.inputs import image
from tipr.search.explain import SLACK, explain, require_explainer
from tipr.search.reliability import auroc

COLOURS = (
    *("black", "white", "grey", "red", "blue", "green"),
    *("yellow", "orange", "pink", "purple", "brown", "beige"),
)
OTHER_NAMES = {"gray": "grey", "tan": "beige", "khaki": "beige", "navy": "blue", "violet": "purple"}
THINGS = ("backpack", "hat", "skirt", "handbag", "cap", "glasses", "scarf", "umbrella", "shorts")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--split", default="val")
    parser.add_argument("--captions", type=int, default=600)
    given = parser.parse_args()
    encoder = require_explainer(load_encoder(given.run), str(given.run))
    split = read_benchmark(given.data, given.split)
    images_ND, _ = vectors_of(encoder, split)
    said = words_of(split)
    rng = np.random.default_rng(0)
    found: dict[tuple[str, bool], list[tuple[float, float, bool]]] = defaultdict(list)
    chosen = rng.permutation(len(split.captions))[: given.captions]
    for number, row in enumerate(chosen):
        caption = split.captions[row]
        picture = split.pictures[caption.picture]
        changed = (replaced, added)[number % 2](caption.text.lower(), said[picture.person], rng)
        if changed is None:
            continue
        sentence, wrong = changed
        pixels = image.fit(image.read(picture.path), encoder.image_size)
        spread = float((images_ND @ encoder.encode_text([sentence])[0]).std())
        for place, word in enumerate(explain(encoder, pixels, sentence, spread=spread).words):
            kind = "colour" if known(word.text) in COLOURS else "thing"
            if kind == "colour" or word.text in THINGS:
                share = float(word.map_RC.sum() if encoder.divides else word.map_RC.max())
                found[kind, place == wrong].append((word.adds or 0.0, share, not word.matched))
    for kind in ("colour", "thing"):
        report(kind, np.array(found[kind, False]), np.array(found[kind, True]))


def known(word: str) -> str:
    return OTHER_NAMES.get(word, word)


def words_of(split: Split) -> dict[str, set[str]]:
    """What all captions of a person say."""
    said: dict[str, set[str]] = defaultdict(set)
    for caption in split.captions:
        words = re.findall(r"\w+", caption.text.lower())
        said[split.person_of(caption)] |= {known(word.removesuffix("s")) for word in words}
        said[split.person_of(caption)] |= {known(word) for word in words}
    return said


def replaced(text: str, said: set[str], rng: np.random.Generator) -> tuple[str, int] | None:
    """The sentence with another colour, and the place of that word."""
    words = text.split()
    places = [at for at, word in enumerate(words) if known(word.strip(".,")) in COLOURS]
    others = [colour for colour in COLOURS if colour not in said]
    if not places or not others:
        return None
    place = int(rng.choice(places))
    words[place] = re.sub(r"\w+", str(rng.choice(others)), words[place], count=1)
    return " ".join(words), place


def added(text: str, said: set[str], rng: np.random.Generator) -> tuple[str, int] | None:
    """The sentence with one thing more, and the place of that word."""
    others = [thing for thing in THINGS if thing not in said]
    if not others:
        return None
    words = [*text.rstrip(" .").split(), "and", "a", f"{rng.choice(others)}."]
    return " ".join(words), len(words) - 1


def report(kind: str, right: np.ndarray, wrong: np.ndarray) -> None:
    print(
        f"{kind}s: {len(right)} right, {len(wrong)} wrong; told to have matched nothing (slack "
        f"{SLACK}): {right[:, 2].mean():.1%} of the right, {wrong[:, 2].mean():.1%} of the wrong; "
        f"AUROC of what a word adds {auroc(right[:, 0], wrong[:, 0]):.3f}, of its map "
        f"{auroc(right[:, 1], wrong[:, 1]):.3f}"
    )


if __name__ == "__main__":
    main()
