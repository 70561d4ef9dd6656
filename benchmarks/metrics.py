"""Retrieval figures: ours against sorting the whole matrix, time and peak memory.

    python benchmarks/metrics.py [--size 19848] [--rounds 3] [--threads 2]

The default size is the test split of ICFG-PEDES: 19,848 captions and pictures of 946 people, about
21 matches per query. Each measurement is a process of its own; rounds of both are interleaved.
Both times include the product of the features; memory is the peak beyond the features.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from race import Limit, Result, Way, against, processor, product_rate, tell

PEOPLE_PER_ITEM = 946 / 19848
WIDTH = 512
SPREAD = 3.0  # noise around a person's centre: no figure is 0 or 100
WAYS = ("ours", "full argsort")


def main() -> None:
    options = _options()
    if options.way:
        print(json.dumps(measure(options.way, options.size)))
        return

    print(f"{platform.platform()}, {processor()}, {options.threads} threads")
    print(f"{options.size} x {options.size}, D={WIDTH}, {options.rounds} rounds, interleaved")
    results: dict[str, list[dict]] = {way: [] for way in WAYS}
    for _ in range(options.rounds):
        for way in WAYS:
            results[way].append(_in_a_process(way, options))
    ours, full = (results[way][0]["figures"] for way in WAYS)
    for name in ours:
        print(f"{name:5} ours {ours[name]:.5f}  full argsort {full[name]:.5f}")
    largest = max(abs(ours[name] - full[name]) for name in ours)
    tell(_result(results, options, largest), options.json)


def _result(results: dict[str, list[dict]], options: argparse.Namespace, largest: float) -> Result:
    ours, full = (
        Way(way, [each["seconds"] for each in rounds], max(each["peak_mb"] for each in rounds))
        for way, rounds in results.items()
    )
    rate, work = product_rate("float32"), 2.0 * options.size**2 * WIDTH
    return Result(
        name="metrics",
        promise=f"evaluation, {options.size:,} x {options.size:,}, product included",
        unit="evaluation",
        ways=[ours, full],
        ratios=[against(ours, full, 7.0)],
        limits=[
            Limit(
                "float32 matrix products (the product alone)", f"{rate / 1e12:.2f} TFLOP/s",
                work / ours.median / rate,
            )
        ],
        notes=[
            f"memory above the features: 1/{full.peak_mb / ours.peak_mb:.0f} (promised 1/10); "
            f"figures agree to {largest:.0e} percent"
        ],
    )  # fmt: skip


def features(size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(query_ND, gallery_ND, people_N): unit rows around one random centre per person."""
    rng = np.random.default_rng(0)
    people = max(1, round(size * PEOPLE_PER_ITEM))
    person_N = rng.permutation(np.arange(size) % people)
    centre_PD = rng.standard_normal((people, WIDTH), dtype=np.float32)
    sides = np.empty((2, size, WIDTH), dtype=np.float32)
    for side in sides:
        for start in range(0, size, 1000):  # small steps: their scraps must not count as our peak
            rows = side[start : start + 1000]
            rng.standard_normal(out=rows, dtype=np.float32)
            rows *= SPREAD
            rows += centre_PD[person_N[start : start + 1000]]
            rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return sides[0], sides[1], person_N


def measure(way: str, size: int) -> dict:
    """Seconds, figures and peak memory above the features of one way in this process."""
    query, gallery, people = features(size)
    run = _ours if way == "ours" else _full_argsort
    run(query[:64], gallery[:64], people[:64] * 0)  # imports and thread pools are not the matter
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    figures = run(query, gallery, people)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"seconds": seconds, "figures": figures, "peak_mb": (peak - before) / 1024}


def _ours(query: np.ndarray, gallery: np.ndarray, people: np.ndarray) -> dict[str, float]:
    from tipr.metrics import rank_features

    return rank_features(query, gallery, people, people).as_json()


def _full_argsort(query: np.ndarray, gallery: np.ndarray, people: np.ndarray) -> dict[str, float]:
    """What the released code does: sort every row's indices, then work on whole matrices."""
    import torch

    person_N = torch.from_numpy(people)
    scores_NM = torch.from_numpy(query) @ torch.from_numpy(gallery).T
    order_NM = torch.argsort(scores_NM, dim=1, descending=True)
    match_NM = person_N[order_NM] == person_N[:, None]
    hits_NM = match_NM.cumsum(dim=1)
    count_N = match_NM.sum(dim=1)
    figures = {f"R{k}": 100 * (hits_NM[:, k - 1] > 0).float().mean().item() for k in (1, 5, 10)}
    place_M = torch.arange(1, scores_NM.shape[1] + 1)
    precision_NM = hits_NM / place_M * match_NM
    figures["mAP"] = 100 * (precision_NM.sum(dim=1) / count_N).mean().item()
    last_N = torch.where(match_NM, place_M, 0).amax(dim=1)
    figures["mINP"] = 100 * (count_N / last_N).mean().item()
    return figures


def _in_a_process(way: str, options: argparse.Namespace) -> dict:
    threads = str(options.threads)
    environment = os.environ | {"OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads}
    command = [sys.executable, __file__, "--way", way, "--size", str(options.size)]
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if answer.returncode:
        sys.exit(f"{way} failed with {answer.returncode} (out of memory?):\n{answer.stderr}")
    return json.loads(answer.stdout)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=19848, help="queries and gallery items")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="Write the result here too.")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--way", choices=WAYS, default="", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
