"""Find the largest chunk of a batch whose gradient fits the memory.

On a GPU by trying; elsewhere, where the system would rather slow down or kill than refuse, by
measuring what one pair and two pairs keep for the backward pass.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import torch
from rich.console import Console
from torch import Tensor

from tipr.data.batches import PairBatch
from tipr.errors import ConfigError, TrainingError
from tipr.train.gather import row_counts
from tipr.train.memory import kept_for_backward
from tipr.train.restoring import Part
from tipr.train.setup import Parts
from tipr.train.step import out_of_memory

TOLD = Path("/proc/meminfo")
"""Where Linux says how much memory is free."""
GPU_SHARE = 0.9
"""Of a GPU's memory, what a trial may take: batches differ, and memory gets fragmented."""
CPU_SHARE = 0.5
"""Of the free memory, what the count may come to: what comes and goes is not counted."""


def fitted(parts: Parts, console: Console) -> Parts:
    """The same run with the sampler.chunk that fits, 0 where the whole batch does; says which.

    Weights are as before, and no chance is drawn.

    Raises:
        ConfigError: the settings forbid chunks.
        TrainingError: not even one pair fits.
    """
    if parts.config.restoration.words == "wrong":
        raise ConfigError(
            "--batch auto computes in chunks, and restoration.words = 'wrong' needs the whole "
            "batch; give --batch N"
        )
    batch, world = parts.config.sampler.batch, parts.runtime.world
    pairs = -(-batch // world)
    fits = _by_trying if parts.runtime.device.type == "cuda" else _by_counting
    chunk = min(row_counts(fits(parts, pairs), parts.runtime))
    if not chunk:
        raise TrainingError(
            "not even one pair at a time fits the memory; set runtime.checkpoint_activations = "
            "true, or take a smaller model"
        )
    share = f" on each of {world} ranks" if world > 1 else ""
    if chunk >= pairs:
        chunk = 0
        console.print(f"memory: {pairs} pairs at once{share} fit (sampler.chunk = 0)")
    else:
        console.print(
            f"memory: {pairs} pairs{share} in chunks of {chunk} (sampler.chunk = {chunk})"
        )
    sampler = parts.config.sampler.model_copy(update={"chunk": chunk})
    return replace(parts, config=parts.config.model_copy(update={"sampler": sampler}))


def _by_trying(parts: Parts, pairs: int) -> int:
    """The first of pairs, a half, a quarter ... that a GPU can do; 0 if none."""
    torch.cuda.set_per_process_memory_fraction(GPU_SHARE, parts.runtime.device)
    try:
        return next((chunk for chunk in _halves(pairs) if _goes(parts, chunk)), 0)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0, parts.runtime.device)
        torch.cuda.empty_cache()


def _goes(parts: Parts, chunk: int) -> bool:
    try:
        # room for the optimiser's moments, which come with the first step
        moments = [torch.empty_like(p) for p in parts.objective.parameters() for _ in range(2)]
        _loss(parts, chunk).backward()
    except RuntimeError as error:
        if not out_of_memory(error):
            raise
        return False
    else:
        del moments
        return True
    finally:
        parts.objective.zero_grad(set_to_none=True)
        torch.cuda.empty_cache()


def _by_counting(parts: Parts, pairs: int) -> int:
    """The first of pairs, a half, a quarter ... whose bytes by count fit; 0 if none."""
    one, two = (_kept(parts, chunk) for chunk in (1, 2))
    weights = sum(p.numel() * p.element_size() for p in parts.objective.parameters())
    free = CPU_SHARE * free_memory() / parts.runtime.world  # as if all ranks were on this machine
    fixed = 3 * weights + one  # gradients and two moments are yet to come
    return next((n for n in _halves(pairs) if fixed + (n - 1) * (two - one) <= free), 0)


def _kept(parts: Parts, chunk: int) -> int:
    with kept_for_backward(parts.objective) as ledger:
        loss = _loss(parts, chunk)  # the graph lives as long as this name
        assert loss.requires_grad
    return ledger.most


def _loss(parts: Parts, chunk: int) -> Tensor:
    """Something whose graph is that of a chunk, with sentences as long as they can be."""
    batch = _longest(parts, chunk).to(parts.runtime.device)
    features = parts.objective.encode(batch)
    restoration = parts.objective.restore(batch, features.text, Part(0, chunk), 1.0)
    return sum((vectors.sum() for vectors in features.vectors), restoration)


def _longest(parts: Parts, chunk: int) -> PairBatch:
    batch = parts.pairs[(0, parts.sampler.epoch(0)[0][:chunk])]
    rows = [at % len(batch.person_B) for at in range(chunk)]
    ids_BT = torch.zeros(chunk, parts.config.model.text.length, dtype=torch.int64)
    ids_BT[:, -1] = parts.tokenizer.end_id
    found = PairBatch(*(tensor[rows] for tensor in batch))
    return found._replace(ids_BT=ids_BT)


def _halves(pairs: int) -> Iterator[int]:
    while pairs > 1:
        yield pairs
        pairs = -(-pairs // 2)
    yield 1


def free_memory() -> int:
    """Bytes that this machine could still give us, or half of all where it does not say.

    Raises:
        ConfigError: it tells neither, as Windows does.
    """
    try:
        lines = TOLD.read_text(encoding="ascii").splitlines()
        table = dict(line.split(":", 1) for line in lines)
        return int(table["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError):
        if not hasattr(os, "sysconf"):
            raise ConfigError(
                "--batch auto cannot find out how much memory is free on this system; "
                "give the pairs at once by hand, e.g. --set sampler.chunk=16"
            ) from None
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
