"""A gallery of a million pictures: building, opening and searching its index.

    python benchmarks/gallery.py [--rows 1000000] [--rounds 5] [--threads 2] [--json FILE]

The vectors are drawn: people of 20 views each, spread so that cosines are distributed as those of
a trained model (`SPREAD`), behind queries that are a person plus noise. Every step is a process of
its own and reports its own memory. Searches are interleaved, round by round, with two named
baselines in the same process: numpy's product with all float32 vectors and a partial sort, and
faiss' IndexScalarQuantizer in float16. Recall on purely random vectors is told as well; there is
no bar for it, for nobody's vectors are like that.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from race import put

WIDTH, VIEWS, K = 512, 20, 10
QUERIES, TOGETHER = 200, 32
FILTERS = (0.01, 0.1, 0.5)
SEED = 0

SPREAD = """
cosine of             measured, mean and deviation
two pictures, same    0.78  0.16
two pictures, other   0.25  0.30
sentence, same        0.34  0.13
sentence, other       0.08  0.17
"""
"""Preset `small` on val of the CUHK-PEDES subset (1,202 pictures of 304 people, 2,404 sentences),
half-way through its training from scratch, at R@1 11."""

MEAN = 0.46  # length of what all pictures share
PERSON = (0.78 - MEAN**2) ** 0.5  # length of what a person's pictures share beyond that
VIEW = 0.22**0.5
ASKED_MEAN, ASKED_PERSON = 0.16, 0.36  # lengths of the same two parts of a query
DECAY, ASKED_DECAY = 1.65, 0.65  # the variance along axis i falls as i ** -DECAY


class People:
    """Rows of unit vectors, cut into blocks; equal seeds give equal vectors."""

    def __init__(self, rows: int) -> None:
        chance = np.random.default_rng(SEED)
        self.rows = rows
        people = max(1, rows // VIEWS)
        self.person_PD = _drawn(chance, people, DECAY)
        self.person_N = chance.permutation(np.arange(rows) % people)
        self.mean_D = np.full(WIDTH, WIDTH**-0.5, np.float32)

    def blocks(self, size: int = 10_000) -> Iterator[np.ndarray]:
        for start in range(0, self.rows, size):
            own = self.person_N[start : start + size]
            noise_BD = _drawn(np.random.default_rng([SEED, 1, start]), len(own), DECAY)
            yield _unit(MEAN * self.mean_D + PERSON * self.person_PD[own] + VIEW * noise_BD)

    def queries(self) -> tuple[np.ndarray, np.ndarray]:
        """(vectors, the person of each)"""
        chance = np.random.default_rng([SEED, 2])
        own = chance.integers(0, len(self.person_PD), QUERIES)
        noise_QD = _drawn(chance, QUERIES, ASKED_DECAY)
        rest = (1 - ASKED_MEAN**2 - ASKED_PERSON**2) ** 0.5
        asked = ASKED_MEAN * self.mean_D + ASKED_PERSON * self.person_PD[own] + rest * noise_QD
        return _unit(asked), own


def _drawn(chance: np.random.Generator, rows: int, decay: float) -> np.ndarray:
    """Normal rows of mean length one whose variance falls from axis to axis."""
    variance_D = np.arange(1.0, WIDTH + 1) ** -decay
    scale_D = np.sqrt(variance_D / variance_D.sum()).astype(np.float32)
    return chance.standard_normal((rows, WIDTH), dtype=np.float32) * scale_D


def _unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def stored(people: People, folder: Path) -> None:
    """A gallery of these people."""
    from tipr.gallery.store import Gallery

    with Gallery.create(
        folder, fingerprint="ab" * 32, model="m", width=WIDTH, image_size=(384, 128)
    ) as gallery:
        put(gallery, people.blocks())


# --- steps, each in a process of its own ------------------------------------------------------


def fill(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Make the gallery's database, and see how the drawn cosines are spread."""
    people = People(options.rows)
    start = time.perf_counter()
    stored(people, folder / "gallery")
    seconds = time.perf_counter() - start
    pictures_BD, own_B = next(people.blocks()), people.person_N[:10_000]
    asked_QD, own_Q = people.queries()
    spread = {}
    for name, left, own in (
        ("two pictures", pictures_BD[:2000], own_B[:2000]),
        ("query and picture", asked_QD, own_Q),
    ):
        cosines, same = left @ pictures_BD.T, own[:, None] == own_B[None]
        for who, these in (("same", same & (cosines < 1 - 1e-6)), ("other", ~same)):
            mean, deviation = float(cosines[these].mean()), float(cosines[these].std())
            spread[f"{name}, {who}"] = [round(mean, 3), round(deviation, 3)]
    return {"seconds": seconds, "spread": spread}


def build(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Make the index files from the database."""
    index, seconds = _opened(folder, options)
    size = sum(file.stat().st_size for file in (folder / "gallery").glob("index.*"))
    return {"seconds": seconds, "how": str(index), "file_mb": size / 1e6}


def search(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Open the index and search it; then again beside the baselines."""
    index, opened = _opened(folder, options)
    asked_QD, _ = People(options.rows).queries()
    start = time.perf_counter()
    index.search(asked_QD[:1], K)
    first = time.perf_counter() - start
    ways, filters = _ways(index)
    for query_1D in asked_QD[:50, None]:
        index.search(query_1D, K)
    alone = _memory_mb()
    exact_ND = np.concatenate(list(People(options.rows).blocks()))
    truth = _truth(exact_ND, index.ids, asked_QD, {"all": None, **filters})
    recall = {
        name: _recall([index.search(query[None], K, ids)[0][0] for query in asked_QD], truth[name])
        for name, ids in {"all": None, **filters}.items()
    }
    ways |= _baselines(exact_ND)
    times = _rounds(ways, asked_QD, options.rounds)
    together = [
        _seconds(lambda: index.search(asked_QD[:TOGETHER], K)) / TOGETHER
        for _ in range(options.rounds)
    ]
    return {
        "how": str(index),
        "open_s": opened,
        "first_ms": 1e3 * first,
        "memory_mb": alone,
        "recall": recall,
        "times_ms": times,
        "together_ms": 1e3 * statistics.median(together),
    }


def random(_: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Recall of the approximate index on random directions."""
    from tipr.gallery.approximate import Approximate
    from tipr.gallery.sinks import Memory

    chance = np.random.default_rng([SEED, 3])
    vectors_ND = np.empty((options.rows, WIDTH), np.float32)
    for start in range(0, options.rows, 10_000):
        block_BD = vectors_ND[start : start + 10_000]
        block_BD[:] = _unit(chance.standard_normal(block_BD.shape, dtype=np.float32))
    ids_N = np.arange(options.rows)
    blocks = (
        (ids_N[start : start + 10_000], vectors_ND[start : start + 10_000])
        for start in range(0, options.rows, 10_000)
    )
    memory = Memory()
    Approximate.make(blocks, WIDTH, options.rows, memory)
    index = Approximate.of(memory.arrays)
    asked_QD = _unit(chance.standard_normal((QUERIES, WIDTH), dtype=np.float32))
    truth = _truth(vectors_ND, ids_N, asked_QD, {"all": None})["all"]
    found = [index.search(query[None], K)[0][0] for query in asked_QD]
    return {"how": str(index), "recall": _recall(found, truth)}


STEPS = {"fill": fill, "build": build, "search": search, "random": random}


def _opened(folder: Path, options: argparse.Namespace) -> tuple[Any, float]:
    from tipr.gallery import index as indexes
    from tipr.gallery.store import Gallery

    start = time.perf_counter()
    with Gallery.open(folder / "gallery") as gallery:
        index = indexes.load(gallery, exact=options.kind == "exact")
    return index, time.perf_counter() - start


def _ways(index: Any) -> tuple[dict[str, Callable[[np.ndarray], Any]], dict[str, np.ndarray]]:
    chance = np.random.default_rng([SEED, 4])
    filters = {
        f"filter leaving {share:.0%}": index.ids[chance.random(len(index)) < share]
        for share in FILTERS
    }

    def among(ids: np.ndarray) -> Callable[[np.ndarray], Any]:
        return lambda query_1D: index.search(query_1D, K, ids)

    ways: dict[str, Callable[[np.ndarray], Any]] = {
        index.kind: lambda query_1D: index.search(query_1D, K)
    }
    return ways | {name: among(ids) for name, ids in filters.items()}, filters


def _baselines(vectors_ND: np.ndarray) -> dict[str, Callable[[np.ndarray], Any]]:
    import faiss

    scanned = faiss.IndexScalarQuantizer(
        WIDTH, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
    )
    scanned.train(vectors_ND[:1000])
    for start in range(0, len(vectors_ND), 10_000):
        scanned.add(vectors_ND[start : start + 10_000])

    def brute_force(query_1D: np.ndarray) -> np.ndarray:
        scores_N = vectors_ND @ query_1D[0]
        best = np.argpartition(scores_N, -K)[-K:]
        return best[np.argsort(-scores_N[best])]

    return {
        "numpy float32": brute_force,
        "faiss float16": lambda query_1D: scanned.search(query_1D, K),
    }


def _truth(
    vectors_ND: np.ndarray, ids_N: np.ndarray, asked_QD: np.ndarray, filters: dict[str, Any]
) -> dict[str, list[list[int]]]:
    """Ids by float64 products, for each filter and query, best first."""
    truth: dict[str, list[list[int]]] = {name: [] for name in filters}
    rows_of = {
        name: np.arange(len(ids_N)) if ids is None else np.searchsorted(ids_N, ids)
        for name, ids in filters.items()
    }
    for start in range(0, len(asked_QD), 20):
        some_QD = asked_QD[start : start + 20]
        for query_D, scores_N in zip(some_QD, some_QD @ vectors_ND.T, strict=True):
            for name, rows in rows_of.items():
                near = rows[np.argpartition(-scores_N[rows], 2 * K)[: 2 * K]]  # float32 errs less
                exact = (vectors_ND[near].astype(np.float64) * query_D).sum(axis=1)
                truth[name].append(ids_N[near[np.argsort(-exact)[:K]]].tolist())
    return truth


def _recall(found: list[np.ndarray], truth: list[list[int]]) -> float:
    hits = sum(len(set(ids.tolist()) & set(right)) for ids, right in zip(found, truth, strict=True))
    return hits / K / len(truth)


def _rounds(
    ways: dict[str, Callable[[np.ndarray], Any]], asked_QD: np.ndarray, rounds: int
) -> dict[str, dict[str, Any]]:
    """Milliseconds for a query alone, each round other queries, every way by turns."""
    times: dict[str, list[list[float]]] = {name: [] for name in ways}
    size = max(1, QUERIES // rounds)
    for number in range(rounds):
        some = asked_QD[number * size : (number + 1) * size, None]
        for name, way in ways.items():
            way(some[0])
            times[name].append(
                [1e3 * _seconds(lambda way=way, query=query: way(query)) for query in some]
            )
    return {
        name: {
            "p50": float(np.quantile(np.concatenate(each), 0.5)),
            "p95": float(np.quantile(np.concatenate(each), 0.95)),
            "p50 of rounds": [statistics.median(one) for one in each],
        }
        for name, each in times.items()
    }


def _seconds(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def _memory_mb() -> dict[str, float]:
    """Resident now: of its own, and of mapped files, which the system may take back."""
    told = dict(
        line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines() if line
    )
    mine = {"own": "RssAnon", "mapped": "RssFile", "peak": "VmHWM"}
    return {name: int(told[key].split()[0]) / 1024 for name, key in mine.items()}


# --- the whole ---------------------------------------------------------------------------------


def main() -> None:
    options = _options()
    if options.step:
        answer = STEPS[options.step](options.folder, options)
        print(json.dumps(answer | {"peak": _memory_mb()}))
        return
    machine = f"{platform.platform()}, {_processor()}, {options.threads} threads"
    print(f"{machine}\n{options.rows:,} vectors of {WIDTH}, {QUERIES} queries, k = {K}", flush=True)
    result: dict[str, Any] = {"machine": machine, "rows": options.rows, "rounds": options.rounds}
    folder = Path(tempfile.mkdtemp(prefix="tipr-gallery-", dir=options.folder))
    try:
        _run(folder, options, result)
    finally:
        shutil.rmtree(folder)
        if options.json:
            options.json.write_text(json.dumps(result, indent=1))


def _run(folder: Path, options: argparse.Namespace, result: dict[str, Any]) -> None:
    result["fill"] = _in_a_process("fill", "", folder, options)
    print(f"database: {result['fill']['seconds']:.0f} s; cosines, mean and deviation:")
    for name, (mean, deviation) in result["fill"]["spread"].items():
        print(f"    {name:26} {mean:.2f}  {deviation:.2f}")
    for kind in ("exact", "approximate"):
        built = _in_a_process("build", kind, folder, options)
        found = _in_a_process("search", kind, folder, options)
        result[kind] = {"build": built, "search": found}
        _tell(built, found)
    result["random"] = _in_a_process("random", "approximate", folder, options)
    print(f"random vectors: recall@{K} {result['random']['recall']:.3f}, no bar")


def _tell(built: dict[str, Any], found: dict[str, Any]) -> None:
    memory, times = found["memory_mb"], found["times_ms"]
    print(f"\n{found['how']}")
    print(f"build {built['seconds']:.0f} s, files {built['file_mb']:,.0f} MB")
    print(f"      peak memory {built['peak']['peak']:,.0f} MB, of which mapped files may be part")
    print(f"open  {found['open_s']:.2f} s; first search {found['first_ms']:.0f} ms")
    print(f"      resident {memory['own']:,.0f} MB, mapped files {memory['mapped']:,.0f} MB")
    own = next(iter(times))
    for name, told in times.items():
        pairs = zip(told["p50 of rounds"], times[own]["p50 of rounds"], strict=True)
        ratio = statistics.median(theirs / ours for theirs, ours in pairs)
        recall = found["recall"].get("all" if name == own else name)
        print(
            f"{name:22} p50 {told['p50']:8.2f} ms  p95 {told['p95']:8.2f} ms"
            + ("" if name == own else f"  {ratio:6.2f} times as long")
            + ("" if recall is None else f"  recall@{K} {recall:.4f}")
        )
    print(f"{TOGETHER} together            {found['together_ms']:8.2f} ms for each")


def _in_a_process(
    step: str, kind: str, folder: Path, options: argparse.Namespace
) -> dict[str, Any]:
    threads = str(options.threads)
    environment = os.environ | {"OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads}
    command = [sys.executable, __file__, "--step", step, "--kind", kind, "--folder", str(folder)]
    command += ["--rows", str(options.rows), "--rounds", str(options.rounds)]
    answer = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, text=True, check=False
    )
    if answer.returncode:
        sys.exit(f"{step} {kind} failed with {answer.returncode} (out of memory?)")
    return json.loads(answer.stdout)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if "model name" in line]
    return names[0] if names else platform.processor()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="at least 10,000")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    parser.add_argument("--folder", type=Path, help="where 5 GB of temporary files may be")
    parser.add_argument("--step", choices=STEPS, default="", help=argparse.SUPPRESS)
    parser.add_argument("--kind", default="", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
