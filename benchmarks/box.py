"""The model in the box: pack a run's weights, and measure them on people nobody has seen.

`python -m benchmarks.box pack RUN FOLDER` writes the folder that tipr ships: int8 weights, their
ONNX graphs, and `box.json` with the scores. `... measure MODEL` prints the scores alone.

The test: per seed 1,000 invented people with four pictures each; people whose full description
fits a second one, by the table of attributes, are left out before (and replaced by others).

Shape legend: N pictures, Q queries, D embedding.
"""

import argparse
import json
import shutil
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tipr import load_encoder
from tipr.bootstrap import mean_interval
from tipr.convert.write import convert
from tipr.encoder import INSIDE
from tipr.encoder.bulk import encode_sentences
from tipr.encoder.export import export
from tipr.encoder.protocol import Encoder, Vectors
from tipr.inputs import image
from tipr.synthetic.dataset import Taken, take
from tipr.synthetic.people.facts import facts_of
from tipr.synthetic.people.invent import invent
from tipr.synthetic.people.person import Person
from tipr.synthetic.photo.camera import jpeg
from tipr.synthetic.words.unique import ceiling, full_description, unique

PEOPLE, CAMERAS, SPARE = 1000, 4, 60
SEEDS = (2, 3, 4, 5, 6)
"""The drawings of training have seed 1: other people, and other cameras."""
BATCH = 64
TOLD = "box.json"
"""Written last: a folder that holds it is a box."""
CARD = Path(__file__).with_name("box_card.md")
FEW = 25
"""Groups smaller than this are not compared: chance alone would part them."""


class Test(NamedTuple):
    """One seed's people and what was found of each; hits are 1.0 where rank 1 is the person."""

    people: list[Person]
    described_Q: NDArray[np.float64]
    captioned_Q: NDArray[np.float64]
    captions_by: list[int]
    possible: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("pack", "measure"))
    parser.add_argument("model")
    parser.add_argument("folder", nargs="?", type=Path)
    given = parser.parse_args()
    folder = given.folder
    if (given.what == "pack") is (folder is None):
        parser.error("'pack' takes MODEL and FOLDER, 'measure' takes MODEL")
    if given.what == "pack":
        clear(folder)
        convert(given.model, folder, packed=True)
        export(folder, folder / INSIDE, to="onnx")
        (folder / "README.md").unlink()  # the card says more
    encoder = load_encoder(folder or given.model)
    tests = [tested(encoder, seed) for seed in SEEDS]
    told = scores(tests)
    print(json.dumps(told, indent=1))
    if given.what == "pack":
        (folder / TOLD).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        (folder / "MODEL_CARD.md").write_text(card(told), encoding="utf-8")


def clear(folder: Path) -> None:
    """Remove the box that was packed there before; whatever else is there stays, and ends this."""
    if folder.is_dir() and any(folder.iterdir()):
        if not (folder / TOLD).is_file():
            raise SystemExit(f"{folder}: not empty, and no box (no {TOLD}); give another folder")
        shutil.rmtree(folder)


def tested(encoder: Encoder, seed: int) -> Test:
    """Search 4,000 pictures for 1,000 people, by full description and by caption."""
    chosen = apart(seed)
    number_of = {number: at for at, number in enumerate(chosen)}
    pictures = [t for t in take(seed, max(chosen), CAMERAS) if t.number in number_of]
    person_N = np.array([number_of[taken.number] for taken in pictures])
    images_ND = np.concatenate(
        [encoder.encode_images(pixels) for pixels in batches(pictures, encoder)]
    )
    people = [invent(seed, number).person for number in chosen]
    captions = [
        (caption, who) for t, who in zip(pictures, person_N, strict=True) for caption in t.captions
    ]
    described = encode_sentences(encoder, [full_description(person) for person in people])
    captioned = encode_sentences(encoder, [caption.text for caption, _ in captions])
    by = [int(who) for _, who in captions]
    return Test(
        people,
        hits(described, images_ND, person_N, np.arange(len(people))),
        hits(captioned, images_ND, person_N, np.array(by)),
        by,
        ceiling([(caption.claims, int(who)) for caption, who in captions], people),
    )


def apart(seed: int) -> list[int]:
    """The numbers of the first 1,000 people whose full description fits nobody else."""
    people = [invent(seed, number).person for number in range(1, PEOPLE + SPARE + 1)]
    alone = [number for number, one in enumerate(unique(people), start=1) if one]
    if len(alone) < PEOPLE:
        raise SystemExit(f"seed {seed}: only {len(alone)} people can be told apart; raise SPARE")
    return alone[:PEOPLE]


def batches(pictures: list[Taken], encoder: Encoder) -> Iterator[NDArray[np.uint8]]:
    """Pixels of the pictures as a gallery would read them, JPEG included."""
    for start in range(0, len(pictures), BATCH):
        some = pictures[start : start + BATCH]
        files = [jpeg(taken.shot.picture, taken.quality) for taken in some]
        yield np.stack([image.fit(image.read(file), encoder.image_size) for file in files])


def hits(
    queries_QD: Vectors, images_ND: Vectors, person_N: NDArray[Any], person_Q: NDArray[Any]
) -> NDArray[np.float64]:
    """1.0 for every query whose best picture shows its person."""
    return (person_N[(queries_QD @ images_ND.T).argmax(axis=1)] == person_Q).astype(float)


def scores(tests: list[Test]) -> dict[str, Any]:
    """R@1 in per cent, its spread over the seeds of the test, and that of groups of people."""
    described = [float(test.described_Q.mean()) * 100 for test in tests]
    captioned = [float(test.captioned_Q.mean()) * 100 for test in tests]
    first = tests[0]
    ends = mean_interval(first.captioned_Q * 100, first.captions_by)
    return {
        "R1": {"drawn people": round(statistics.mean(described), 1)},
        "scores": "full descriptions, 4,000 pictures of 1,000 unseen people",
        "full descriptions": spread(described) | {"ceiling": 100.0},
        "captions": spread(captioned)
        | {
            "ceiling": round(statistics.mean(test.possible for test in tests), 1),
            "interval over people, first seed": [round(ends.low, 1), round(ends.high, 1)],
        },
        "groups": groups(tests),
    }


def spread(values: list[float]) -> dict[str, float]:
    return {
        "mean": round(statistics.mean(values), 2),
        "lowest": round(min(values), 2),
        "highest": round(max(values), 2),
    }


def groups(tests: list[Test]) -> dict[str, dict[str, dict[str, float]]]:
    """R@1 of full descriptions by what people are like, with 95 % intervals over people."""
    hit = np.concatenate([test.described_Q for test in tests]) * 100
    people = [person for test in tests for person in test.people]
    found: dict[str, dict[str, dict[str, float]]] = {}
    for name, of in KINDS.items():
        kinds = [of(person) for person in people]
        for kind in sorted(set(kinds)):
            rows = [at for at, other in enumerate(kinds) if other == kind]
            if len(rows) >= FEW:
                ends = mean_interval(hit[rows], rows)
                found.setdefault(name, {})[kind] = {
                    "people": len(rows),
                    "R1": round(ends.mean, 1),
                    "low": round(ends.low, 1),
                    "high": round(ends.high, 1),
                }
    return found


def card(told: dict[str, Any]) -> str:
    """The model's card: what it is, what it was made of, what it can and cannot do."""
    full, captions = told["full descriptions"], told["captions"]
    rows = [
        (f"{name}: {kind}", f"{of['people']:,}", of["R1"], f"{of['low']} to {of['high']}")
        for name, kinds in told["groups"].items()
        for kind, of in kinds.items()
    ]
    return CARD.read_text(encoding="utf-8").format(
        full=full,
        captions=captions,
        low=captions["interval over people, first seed"][0],
        high=captions["interval over people, first seed"][1],
        rows="\n".join(f"| {' | '.join(map(str, row))} |" for row in rows),
    )


def skin(person: Person) -> str:
    """The third of the range of skins that somebody's is in; it is drawn, and never told."""
    return ("lightest third", "middle third", "darkest third")[min(2, int(person.skin * 3))]


KINDS = {
    "person": lambda person: facts_of(person)["who"],
    "age": lambda person: person.age,
    "build": lambda person: person.build,
    "skin": skin,
    "upper garment": lambda person: person.upper.kind,
    "lower garment": lambda person: facts_of(person)["lower"],
    "headwear": lambda person: facts_of(person)["hat"],
}


if __name__ == "__main__":
    main()
