"""Words to the ten best of 100,000 and of 1,000,000: encoding and searching, apart and together.

    python benchmarks/answer.py [--rows 100000,1000000] [--rounds 5] [--json FILE]

The text tower is ViT-B/16's. The baseline encodes with transformers (float32, 77 tokens) and
multiplies all vectors in float32 with numpy. Ours encodes as `sentence.py` does and asks either
index of a gallery: the exact one, which it gets by itself below a million pictures, and the
approximate one, which it gets from a million on, and whose ten are compared with the exact ones.
"""

import shutil
import tempfile
from pathlib import Path

import numpy as np

from gallery import K, People, stored
from race import (
    Limit,
    Result,
    Way,
    against,
    bandwidth,
    by_turns,
    parser,
    random_model,
    sentences,
    tell,
)
from sentence import transformers_encoder
from tipr import load_encoder
from tipr.encoder.export import export
from tipr.gallery import index as indexes
from tipr.gallery.store import Gallery
from tipr.inputs.tokenizer import Tokenizer
from tipr.model_files import TOKENIZER

QUERIES = 50
REACH = {100_000: 5.0, 1_000_000: 10.0}


def main() -> None:
    options = parser(__doc__, rounds=5)
    options.add_argument("--rows", default="100000,1000000")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        model = random_model(folder / "b16", changes=["model.vision.depth=1"])
        export(model, folder / "openvino", to="openvino")
        for rows in map(int, given.rows.split(",")):
            file = given.json and given.json.with_stem(f"{given.json.stem}-{rows}")
            tell(measure(folder, rows, given.rounds), file)


def measure(folder: Path, rows: int, rounds: int) -> Result:
    encoder, tokenizer = (
        load_encoder(folder / "openvino"),
        Tokenizer.load(folder / "b16" / TOKENIZER),
    )
    theirs = transformers_encoder(tokenizer)
    people = People(rows)
    stored(people, folder / f"gallery-{rows}")
    shutil.copytree(folder / f"gallery-{rows}", folder / f"near-{rows}")  # one index a gallery
    with Gallery.open(folder / f"gallery-{rows}") as gallery:
        exact = indexes.load(gallery, exact=True)
    with Gallery.open(folder / f"near-{rows}") as gallery:
        near = indexes.load(gallery, exact=False)
    vectors_ND = np.concatenate(list(people.blocks()))
    asked_QD = people.queries()[0][:QUERIES]
    said = sentences(QUERIES)

    def brute_force(query_D: np.ndarray) -> np.ndarray:
        scores_N = vectors_ND @ query_D
        best = np.argpartition(scores_N, -K)[-K:]
        return best[np.argsort(-scores_N[best])]

    ways = by_turns(
        {
            "tipr, encoding": lambda: [encoder.encode_text([one]) for one in said],
            "tipr, searching (exact)": lambda: [exact.search(one[None], K) for one in asked_QD],
            "tipr, searching (approximate)": lambda: [
                near.search(one[None], K) for one in asked_QD
            ],
            "transformers, encoding": lambda: [theirs(one) for one in said],
            "numpy float32, searching": lambda: [brute_force(one) for one in asked_QD],
        },
        rounds,
        work=QUERIES,
    )
    encode, search, search_near, their_encode, their_search = ways.values()
    ours = together("tipr, words to top 10 (exact)", encode, search)
    ours_near = together("tipr, words to top 10 (approximate)", encode, search_near)
    baseline = together("transformers and numpy, words to top 10", their_encode, their_search)
    by_itself, other = ours, ours_near
    if rows >= indexes.APPROXIMATE_FROM:
        by_itself, other = other, by_itself
    hits = [
        len(set(near.search(one[None], K)[0][0].tolist()) & set(near.ids[brute_force(one)]))
        for one in asked_QD
    ]
    rate = bandwidth()
    return Result(
        name=f"answer-{rows}",
        promise=f"words to top 10 of {rows:,}",
        unit="query",
        ways=[ours, ours_near, *ways.values(), baseline],
        ratios=[
            against(by_itself, baseline, REACH.get(rows)),
            against(other, baseline),
            against(search, their_search),
            against(search_near, their_search),
        ],
        limits=[
            Limit(
                "reading all vectors once in bytes, as the exact search does",
                f"{rate / 1e9:.1f} GB/s",
                vectors_ND.size / search.median / rate,
            )
        ],
        notes=[
            f"{near}; recall@10 of {QUERIES} queries {sum(hits) / K / QUERIES:.3f}",
        ],
    )


def together(name: str, *parts: Way) -> Way:
    return Way(name, [sum(each) for each in zip(*(part.seconds for part in parts), strict=True)])


if __name__ == "__main__":
    main()
