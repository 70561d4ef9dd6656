"""Chunks and checkpoints keep less for the backward pass; what fits is found by count."""

import json
from pathlib import Path

import pytest
import torch
from rich.console import Console
from tests.tiny import TINY as TINY_RUN
from tests.unit.train.test_objective import ALL_ON, batch, make

from tipr.config import load
from tipr.data.batches import PairBatch
from tipr.errors import ConfigError, TrainingError
from tipr.model.blocks import forget_activations
from tipr.train import fit, step
from tipr.train.cached import CachedBatch
from tipr.train.memory import kept_for_backward
from tipr.train.objective import LossTerms, Objective
from tipr.train.setup import assemble
from tipr.train.state import mark_of
from tipr.train.step import Moment, find_gradient

QUIET = Console(quiet=True)
LONG = ("model.image.height=64", "model.vision.depth=4", "model.text.depth=2")


def wide(size: int = 16) -> PairBatch:
    """Pairs for pictures twice as high, whose activations outweigh everything else."""
    plain = batch(size=size)
    return plain._replace(
        pixels_B3HW=torch.cat([plain.pixels_B3HW, plain.pixels_B3HW], dim=2),
        noise_BL=torch.cat([plain.noise_BL, 1 - plain.noise_BL], dim=1),
        drop_BL=torch.cat([plain.drop_BL, plain.drop_BL], dim=1),
        person_B=torch.arange(size) // 3,
    )


def most_kept(objective: Objective, chunk: int) -> int:
    with kept_for_backward(objective) as ledger:
        if chunk:
            CachedBatch(objective, wide(), 1.0, chunk=chunk).backward()
        else:
            objective(wide()).total().backward()
    assert ledger.now == 0, "a graph has outlived its backward pass"
    return ledger.most


def test_what_is_counted_is_what_a_graph_keeps() -> None:
    layer = torch.nn.Linear(8, 8, bias=False)
    x = torch.randn(4, 8)
    with kept_for_backward(layer) as ledger:
        y = layer(x).exp()
        assert ledger.now == 2 * 4 * 8 * 4  # x, for the weight's gradient, and exp's result
        (y * y).sum().backward()  # y is kept once, however often
    assert (ledger.now, ledger.most) == (0, 2 * 4 * 8 * 4)


def test_a_chunk_of_a_quarter_keeps_about_a_quarter() -> None:
    objective = make(*ALL_ON, *LONG)
    share = most_kept(objective, 4) / most_kept(objective, 0)
    assert 0.2 < share < 0.3


def test_checkpoints_keep_a_small_part() -> None:
    objective = make(*ALL_ON, *LONG)
    before = most_kept(objective, 0)
    forget_activations(objective)
    assert most_kept(objective, 0) < 0.3 * before


@pytest.mark.parametrize("chunk", [0, 4])
@pytest.mark.parametrize("fuse", ["cross", "concat"])
def test_checkpoints_give_the_same_terms_and_gradients_bit_for_bit(chunk: int, fuse: str) -> None:
    found: list[tuple[LossTerms, list[torch.Tensor | None]]] = []
    for forgets in (False, True):
        objective = make(*ALL_ON, *LONG, f"restoration.fuse={fuse}")
        if forgets:
            forget_activations(objective)
        terms = find_gradient(objective, wide(), Moment(9, 10), chunk=chunk, shares=False).terms
        found.append((terms, [p.grad for p in objective.parameters()]))
    (terms, gradients), (same_terms, same_gradients) = found
    assert all(map(torch.equal, terms, same_terms))
    assert all(map(torch.equal, gradients, same_gradients))  # pyright: ignore[reportArgumentType]


def test_only_settings_that_leave_every_bit_alone_may_change_on_resume() -> None:
    def mark(*words: str) -> str:
        return mark_of(load("small", words))

    assert mark("runtime.checkpoint_activations=true") == mark()
    assert mark("sampler.chunk=4") != mark()
    assert mark("runtime.threads=3") != mark()


@pytest.fixture(scope="module")
def settings(drawn: Path) -> list[str]:
    return [*TINY_RUN, f"data.dir={json.dumps(str(drawn))}"]


def test_checkpoints_are_set_by_the_settings(settings: list[str]) -> None:
    for words, expected in (([], False), (["runtime.checkpoint_activations=true"], True)):
        parts = assemble(load("small", [*settings, *words]))
        model = parts.objective.model
        assert model.decoder is not None
        stacks = (model.vision.blocks, model.text.blocks, model.decoder.blocks)
        assert {stack.forgets for stack in stacks} == {expected}
        assert parts.config.runtime.checkpoint_activations is expected


def test_auto_takes_the_largest_chunk_whose_bytes_by_count_fit(
    settings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = assemble(load("small", settings))
    before = {name: t.clone() for name, t in parts.objective.state_dict().items()}
    one, two = fit._kept(parts, 1), fit._kept(parts, 2)
    assert two > one
    weights = sum(p.numel() * 4 for p in parts.objective.parameters())
    chosen: list[int] = []
    for pairs in (8, 7, 4, 2, 1):  # free memory for just so many
        needed = 3 * weights + one + (pairs - 1) * (two - one)
        monkeypatch.setattr(fit, "free_memory", lambda needed=needed: needed / fit.CPU_SHARE)
        chosen.append(fit.fitted(parts, QUIET).config.sampler.chunk)
    assert chosen == [0, 4, 4, 2, 1]
    after = parts.objective.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert all(p.grad is None for p in parts.objective.parameters())
    monkeypatch.setattr(fit, "free_memory", lambda: 1000)
    with pytest.raises(TrainingError, match=r"not even one pair.*checkpoint_activations"):
        fit.fitted(parts, QUIET)


def test_free_memory_is_some_and_not_all() -> None:
    assert 2**20 < fit.free_memory() < 2**50


def test_a_system_that_does_not_tell_its_memory_says_what_to_give(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fit, "TOLD", Path("/nowhere"))
    assert 2**20 < fit.free_memory() < 2**50  # macOS: half of all
    monkeypatch.delattr(fit.os, "sysconf")  # Windows
    with pytest.raises(ConfigError, match=r"--set sampler\.chunk"):
        fit.free_memory()


@pytest.mark.parametrize("chunk", [0, 4])
def test_memory_that_is_not_enough_is_one_line_with_three_remedies(
    chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    objective = make(*ALL_ON)

    def too_much(*_: object, **__: object) -> torch.Tensor:
        return torch.empty(10**16)  # more than any machine has

    monkeypatch.setattr(objective.model.vision, "forward", too_much)
    with pytest.raises(TrainingError, match="not enough memory for 12 pairs") as caught:
        find_gradient(objective, batch(), Moment(3, 10), chunk=chunk, shares=False)
    for remedy in ("sampler.chunk", "runtime.checkpoint_activations", "--batch N"):
        assert remedy in str(caught.value)
    assert "\n" not in str(caught.value)


def test_other_faults_are_not_taken_for_a_lack_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    assert step.out_of_memory(torch.OutOfMemoryError("CUDA out of memory"))
    assert not step.out_of_memory(RuntimeError("size mismatch"))
    objective = make(*ALL_ON)

    def broken(*_: object, **__: object) -> torch.Tensor:
        raise RuntimeError("size mismatch")

    monkeypatch.setattr(objective.model.vision, "forward", broken)
    with pytest.raises(RuntimeError, match="size mismatch"):
        find_gradient(objective, batch(), Moment(3, 10), chunk=0, shares=False)
