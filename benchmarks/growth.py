"""How the cost grows with the work: searching, building an index, training input, ranking.

    python benchmarks/growth.py [--largest 1000000] [--rounds 3] [--json FILE]

Each kind of work at sizes ten times (or twice) apart; the slope of log time over log size tells:
1 is linear, below 1 is better. Vectors are the drawn ones of `gallery.py`. `--largest` is the
largest gallery; ten million need 55 GB of disk and half an hour.
"""

import json
import math
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from gallery import K, People, stored
from race import made, parser, seconds_of
from tipr.config import load
from tipr.data.benchmarks import read_splits
from tipr.gallery import index as indexes
from tipr.gallery.store import Gallery
from tipr.metrics import rank_features
from tipr.synthetic.dataset import draw
from tipr.train.setup import assemble

QUERIES = 50


@dataclass(frozen=True)
class Growth:
    """Seconds of one kind of work at each size, and the slope of their logarithms."""

    work: str
    sizes: list[int]
    seconds: list[float]

    @property
    def slope(self) -> float:
        return float(np.polyfit(np.log(self.sizes), np.log(self.seconds), 1)[0])


def main() -> None:
    options = parser(__doc__, rounds=3)
    options.add_argument("--largest", type=int, default=1_000_000)
    given = options.parse_args()
    sizes = [10**at for at in range(4, 1 + round(math.log10(given.largest)))]
    with tempfile.TemporaryDirectory() as scratch:
        found = [
            *galleries(sizes, Path(scratch), given.rounds),
            ranks((2_500, 5_000, 10_000, 20_000), given.rounds),
            training_input((100, 200, 400, 800), Path(scratch), given.rounds),
        ]
    for one in found:
        times = ", ".join(f"{s:,}: {t:.3g} s" for s, t in zip(one.sizes, one.seconds, strict=True))
        print(f"{one.work:44s} slope {one.slope:5.2f}   {times}")
    if given.json:
        table = [asdict(one) | {"slope": one.slope} for one in found]
        given.json.write_text(json.dumps({"growth": table, "made": made()}, indent=1) + "\n")


def galleries(sizes: Sequence[int], scratch: Path, rounds: int) -> list[Growth]:
    """Storing, making both indexes, and a search in each, by the number of pictures."""
    times: dict[str, list[float]] = {}
    for size in sizes:
        folder = scratch / "gallery"
        asked_QD = People(size).queries()[0][:QUERIES]
        cost = {"storing pictures": seconds_of(lambda: stored(People(size), folder))}  # noqa: B023
        for kind in ("exact", "approximate"):
            cost[f"making the {kind} index"], cost[f"one {kind} search"] = index_of(
                folder, kind, asked_QD, rounds
            )
            for file in folder.glob("index.*"):  # room on the disk for the other kind
                file.unlink()
        shutil.rmtree(folder)
        for work, seconds in cost.items():
            times.setdefault(work, []).append(seconds)
    return [Growth(work, list(sizes), seconds) for work, seconds in times.items()]


def index_of(folder: Path, kind: str, asked_QD: np.ndarray, rounds: int) -> tuple[float, float]:
    """Seconds to make an index, and of a search in it."""
    with Gallery.open(folder) as gallery:
        made_in = seconds_of(lambda: indexes.load(gallery, exact=kind == "exact"))
        index = indexes.load(gallery, exact=kind == "exact")
    index.search(asked_QD[:1], K)
    search = best(rounds, lambda: [index.search(one[None], K) for one in asked_QD])
    return made_in, search / len(asked_QD)


def ranks(sizes: Sequence[int], rounds: int) -> Growth:
    """All figures of n captions against n pictures: n x n products, so a slope of 2 is linear."""
    seconds: list[float] = []
    for size in sizes:
        vectors_ND = np.concatenate(list(People(size).blocks()))
        people_N = People(size).person_N
        seconds.append(
            best(rounds, lambda: rank_features(vectors_ND, vectors_ND, people_N, people_N))  # noqa: B023
        )
    return Growth("ranking n x n (linear in the pairs: 2)", list(sizes), seconds)


def training_input(people: Sequence[int], scratch: Path, rounds: int) -> Growth:
    """One epoch's batches, everything read anew, by the number of pictures."""
    pictures: list[int] = []
    seconds: list[float] = []
    for count in people:
        folder = scratch / f"people-{count}"
        draw(folder, people=count, cameras=2, seed=0)
        pictures.append(len(read_splits(folder)["train"].pictures))
        times: list[float] = []
        for _ in range(rounds):
            parts = assemble(load("small", [f"data.dir={folder}", "runtime.device=cpu"]))
            keys = parts.sampler.epoch(0)
            times.append(seconds_of(lambda: [parts.pairs[(0, key)] for key in keys]))  # noqa: B023
        seconds.append(min(times))
    return Growth("an epoch of training input, uncached", pictures, seconds)


def best(rounds: int, run: Callable[[], object]) -> float:
    return min(seconds_of(run) for _ in range(rounds))


if __name__ == "__main__":
    main()
