"""Loss and gradient of many small objectives: what one rank finds, written to a file."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import torch
from tests.unit.train.test_objective import ALL_ON, PHRASES, TINY, batch

from tipr import models
from tipr.config import load
from tipr.data.batches import PairBatch
from tipr.data.sampler import IdentitySampler
from tipr.runtime import Runtime, choose
from tipr.train.gather import joined
from tipr.train.objective import Objective
from tipr.train.step import Moment, find_gradient

TERMS = ("contrastive", "sdm", "identity", "cmt", "words", "restoration")
CLASS_POOL = ("model.vision.pool=class", "model.text.pool=end", "model.text.causal=true")


class Case(NamedTuple):
    """Settings, pairs in the whole batch, and pairs in a chunk."""

    settings: tuple[str, ...]
    pairs: int = 8
    chunk: int = 0


def alone(name: str) -> tuple[str, ...]:
    return tuple(f"{other}.weight={int(other == name)}" for other in TERMS)


CASES = {
    "all, max": Case(()),
    "all, class": Case(CLASS_POOL),
    "all, 7 pairs": Case((), pairs=7),
    "chunks": Case(CLASS_POOL, chunk=2),
    "chunks that do not come out even": Case((), pairs=11, chunk=3),
    "a share restored": Case(("restoration.share=0.3",)),
    "a share restored in chunks": Case(("restoration.share=0.3",), pairs=11, chunk=2),
    "patches dropped, in chunks": Case(("augment.drop_patches=0.5",), chunk=2),
    "released restoration": Case(("restoration.count=released", "restoration.mask_padding=false")),
    **{f"{name} alone, class": Case((*CLASS_POOL, *alone(name))) for name in TERMS},
    **{f"{name} alone, max": Case(alone(name), pairs=7) for name in TERMS},
}


class Found(NamedTuple):
    """The terms, each term's share of the gradient, and the gradient by parameter."""

    terms: list[float]
    shares: dict[str, float]
    gradients: dict[str, torch.Tensor | None]


def find(case: Case, runtime: Runtime) -> Found:
    """What this rank finds; it holds its part of the batch."""
    config = load("small", [*TINY, *ALL_ON, *case.settings])
    model = models.build(config.model, config.restoration, seed=0)
    torch.manual_seed(1)
    objective = Objective(model, config, people=6, runtime=runtime, phrases=PHRASES)
    sampler = IdentitySampler(
        [0] * case.pairs, batch=case.pairs, group=1, seed=0, rank=runtime.rank, world=runtime.world
    )
    mine = batch(seed=2, size=case.pairs)
    mine = PairBatch(*(tensor[sampler._part] for tensor in mine))
    moment = Moment(9, 10)
    terms, shares = find_gradient(objective, mine, moment, chunk=case.chunk, shares=True)
    assert shares is not None
    gradients = {name: p.grad for name, p in objective.named_parameters()}
    return Found([term.item() for term in terms], shares, gradients)


def find_all(runtime: Runtime) -> Iterator[tuple[str, Found]]:
    for name, case in CASES.items():
        yield name, find(case, runtime)


if __name__ == "__main__":
    here = choose(load("small", ["runtime.device=cpu", "runtime.precision=float32"]).runtime)
    with joined(here):
        found = {name: tuple(one) for name, one in find_all(here)}
        torch.save(found, Path(sys.argv[1]) / f"{here.rank}.pt")
        weight = torch.nn.Parameter(torch.zeros(1))
        weight.grad = torch.zeros(1)
        torch.optim.AdamW([weight]).step()
    threads = [task.read_text() for task in Path("/proc/self/task").glob("*/comm")]
    assert not [name for name in threads if "gloo" in name], "a process group outlives its use"
