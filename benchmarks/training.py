"""Training speed of `small`: as shipped against float32 with always 77 tokens, input included.

Both train the same model with the same losses on the same batches, of drawn people or of a
benchmark given with --data; interleaved rounds, medians, one ratio.
"""

import argparse
import dataclasses
import platform
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from unittest.mock import patch

import torch
import torch.nn.functional as F
from torch import Tensor

from tipr.config import load
from tipr.data.batches import PairBatch, loader
from tipr.synthetic.dataset import draw
from tipr.train.gradients import clip_gradients, require_finite
from tipr.train.setup import Parts, assemble

ALL_LOSSES = ["sdm.start=0", "cmt.start=0"]
OURS = "as shipped (bfloat16, own length)"
BASELINE = "float32, always 77 tokens"
PRECISION = {OURS: "bfloat16", BASELINE: "float32"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="A benchmark's folder instead of drawings.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=8, help="Steps a round.")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        data = given.data or drawn(Path(scratch) / "people")
        runs = {name: ready(data, name) for name in PRECISION}
        rates: dict[str, list[float]] = {name: [] for name in runs}
        for at in range(given.rounds + 1):
            for name, (parts, batches) in runs.items():
                with as_baseline() if name == BASELINE else nullcontext():
                    rate = one_round(parts, batches, given.steps)
                if at:  # the first round warms caches up
                    rates[name].append(rate)
    print(f"{platform.processor() or platform.machine()}, {torch.get_num_threads()} threads, "
          f"torch {torch.__version__}, batch {parts.config.sampler.batch}")  # fmt: skip
    for name, found in rates.items():
        print(f"{name:36s} {statistics.median(found):7.1f} samples/s  {sorted(map(round, found))}")
    ours, baseline = (statistics.median(found) for found in rates.values())
    print(f"ratio {ours / baseline:.2f}")


def drawn(folder: Path) -> Path:
    draw(folder, people=300, cameras=3, seed=0)
    return folder


def ready(data: Path, name: str) -> tuple[Parts, Iterator[PairBatch]]:
    settings = [f"data.dir={data}", *ALL_LOSSES, f"runtime.precision={PRECISION[name]}"]
    parts = assemble(load("small", settings))
    if name == BASELINE:
        inputs = dataclasses.replace(parts.pairs._inputs, whole_length=True)
        parts.pairs._inputs = inputs
    return parts, forever(parts)


@contextmanager
def as_baseline() -> Iterator[None]:
    """The same mathematics as a plain implementation does it: every caption at all 77 tokens,
    and torch's fused attention, which in float32 is the faster one."""
    with (
        patch("tipr.model.text.GROUPS", 1),
        patch("tipr.model.blocks.attend", fused),
    ):
        yield


def fused(q: Tensor, k: Tensor, v: Tensor, seen: Tensor | None) -> Tensor:
    return F.scaled_dot_product_attention(q, k, v, attn_mask=seen)


def forever(parts: Parts) -> Iterator[PairBatch]:
    epoch = 0
    while True:
        keys = [(epoch, captions) for captions in parts.sampler.epoch(epoch)]
        yield from loader(parts.pairs, keys, parts.config.data, parts.runtime.device)
        epoch += 1


def one_round(parts: Parts, batches: Iterator[PairBatch], steps: int) -> float:
    """Samples a second over some steps: input, forward, backward, update."""
    started = time.perf_counter()
    for _ in range(steps):
        terms = parts.objective(next(batches), 1.0)
        require_finite(terms, 0)
        terms.total().backward()
        clip_gradients(parts.objective, parts.config.optim.clip, 0)
        parts.optimisers.step(0.1)
    return steps * parts.config.sampler.batch / (time.perf_counter() - started)


if __name__ == "__main__":
    main()
