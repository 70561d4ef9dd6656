"""A training step of ViT-B/16 at 384x128 with all four losses, against transformers' CLIPModel.

    python benchmarks/step.py [--batch 16] [--device cpu] [--rounds 3] [--json FILE]

The peer makes the step as the released method does: CLIPModel's towers, each sentence at all 77
tokens, the text encoded a second time for the restoration, and torch's default AdamW; decoder and
losses are the same modules on both sides, and hidden patches are dropped in both. On the CPU both
are float32, and ours in bfloat16 runs against that too, as it is and with its blocks compiled; on
a GPU the peer is in pure float16, as released. The peer has a process of its own, for in ours it
would train in memory that is kept from step to step (`tipr.train.heap`), as it is not by itself.
"""

import tempfile
from collections.abc import Callable
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from unittest.mock import patch

import torch
from torch.utils.flop_counter import FlopCounterMode

from peer import PeerText, PeerVision, clip
from race import Limit, Result, against, by_turns, parser, peak_mb, product_rate, tell
from tipr.config import load
from tipr.data.batches import PairBatch
from tipr.model.sen import SEN
from tipr.synthetic.dataset import draw
from tipr.train.gradients import clip_gradients
from tipr.train.setup import Parts, assemble
from tipr.train.step import Moment, find_gradient

LOSSES = ["sdm.start=0", "cmt.start=0", "contrastive.weight=0", "tokenizer.kind=trained"]
AS_RELEASED = ["restoration.reuse_text=false", "restoration.mask_padding=false"]


def main() -> None:
    options = parser(__doc__, rounds=3)
    options.add_argument("--batch", type=int, default=16)
    options.add_argument("--device", default="cpu")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        people = Path(scratch) / "people"
        draw(people, people=max(64, given.batch), cameras=2, seed=0)
        result = measure(people, given.batch, given.device, given.rounds)
    tell(result, given.json)


def measure(people: Path, batch: int, device: str, rounds: int) -> Result:
    on = [f"data.dir={people}", f"sampler.batch={batch}", f"runtime.device={device}", *LOSSES]
    theirs = "float32" if device == "cpu" else "float16"
    reduced = [*on, "runtime.precision=bfloat16"]
    sides = {
        "tipr, bfloat16": assembled(reduced),
        "tipr, bfloat16, runtime.compile": assembled([*reduced, "runtime.compile=true"]),
    }
    if device == "cpu":
        sides["tipr, float32"] = assembled([*on, "runtime.precision=float32"])
    steps: dict[str, Callable[[], None]] = {n: stepper(parts) for n, parts in sides.items()}
    baseline_name = f"transformers' CLIPModel, {theirs}"
    with Elsewhere([*on, *AS_RELEASED, f"runtime.precision={theirs}"]) as elsewhere:
        ways = by_turns({**steps, baseline_name: elsewhere}, rounds, work=batch)
        *ours, alone = ways.values()
        baseline = replace(alone, peak_mb=elsewhere.peak_mb)
    half = 3.5 if device == "cpu" else 2.0
    reach = {name: half if "bfloat16" in name else 1.2 for name in sides}
    work = operations(sides[ours[0].name]) / batch
    limits: list[Limit] = []
    for way in ours:
        precision = way.name.split(", ")[1]
        rate = product_rate(precision, device)
        limits.append(
            Limit(
                f"{precision} matrix products (of {way.name})",
                f"{rate / 1e12:.2f} TFLOP/s",
                work / way.median / rate,
            )
        )
    return Result(
        name=f"step-{device.partition(':')[0]}",
        promise=f"training step, ViT-B/16 at 384x128, all four losses, batch {batch}, {device}",
        unit="pair",
        ways=[*ours, baseline],
        ratios=[against(way, baseline, reach[way.name]) for way in ours],
        limits=limits,
        notes=[f"operations a pair, ours: {work:.3g}"],
    )


def assembled(settings: list[str]) -> Parts:
    return assemble(load("sen", settings))


def peer(settings: list[str]) -> Parts:
    """The same run with transformers' towers inside."""

    def with_peer_towers(model: SEN) -> SEN:
        peer_model = clip(model.text.embedding.num_embeddings)
        return SEN(PeerVision(peer_model), PeerText(peer_model), model.decoder)  # pyright: ignore

    from tipr import models

    build = models.build
    with patch("tipr.models.build", lambda *a, **k: with_peer_towers(build(*a, **k))):
        parts = assembled(settings)
    for optimiser in parts.optimisers._all:
        for group in optimiser.param_groups:
            group["fused"] = False  # as torch takes it by default, and the released code with it
    return parts


class Elsewhere:
    """The peer's step in a process of its own, with its own allocator; a step a call."""

    def __init__(self, settings: list[str]) -> None:
        self._pipe, theirs = get_context("spawn").Pipe()
        get_context("spawn").Process(target=_serve, args=(settings, theirs), daemon=True).start()
        self._pipe.recv()
        self.peak_mb: float | None = None
        """Of its first step."""

    def __call__(self) -> None:
        self._pipe.send("step")
        peak = self._pipe.recv()
        self.peak_mb = self.peak_mb or peak

    def __enter__(self) -> "Elsewhere":
        return self

    def __exit__(self, *_: object) -> None:
        self._pipe.send("end")


def _serve(settings: list[str], pipe: Connection) -> None:
    with patch("tipr.train.setup.keep_freed"):
        step = stepper(peer(settings))
    pipe.send("ready")
    first = True
    while pipe.recv() == "step":
        pipe.send(peak_mb(step) if first else step())
        first = False


def stepper(parts: Parts) -> Callable[[], None]:
    """One step a call: forward, backward, clipping, update; the batch is on the device already."""
    batch = ready(parts)
    parts.objective.train()

    def step() -> None:
        find_gradient(parts.objective, batch, Moment(1, 2), chunk=0, shares=False)
        clip_gradients(parts.objective, parts.config.optim.clip, 0)
        parts.optimisers.step(0.1)
        if parts.runtime.device.type == "cuda":
            torch.cuda.synchronize()

    return step


def ready(parts: Parts) -> PairBatch:
    key = (0, parts.sampler.epoch(0)[0])
    return parts.pairs.ready(parts.pairs.draw(key), parts.runtime.device)


def operations(parts: Parts) -> float:
    """Floating point operations of one forward and backward pass, as torch counts them."""
    counter = FlopCounterMode(display=False)
    with counter:
        find_gradient(parts.objective, ready(parts), Moment(1, 2), chunk=0, shares=False)
    return float(counter.get_total_flops())


if __name__ == "__main__":
    main()
