"""One step: from a batch to the gradient of all ranks, ready for the optimiser."""

from typing import NamedTuple

import torch

from tipr.data.batches import PairBatch
from tipr.errors import TrainingError
from tipr.train.cached import CachedBatch
from tipr.train.gather import average_gradients, mean
from tipr.train.gradients import gradient_shares, require_finite
from tipr.train.objective import LossTerms, Objective


class Moment(NamedTuple):
    """When a step happens: its number, and the run's length in steps."""

    step: int
    steps: int

    @property
    def progress(self) -> float:
        """The share of the run that is done."""
        return self.step / self.steps


class Found(NamedTuple):
    """The whole batch's terms, detached, and (where asked for) their shares of the gradient."""

    terms: LossTerms
    shares: dict[str, float] | None


def find_gradient(
    objective: Objective, batch: PairBatch, moment: Moment, *, chunk: int, shares: bool
) -> Found:
    """Leave the whole batch's gradient in the parameters, on every rank.

    `batch` is this rank's part of it, on the device; `chunk` > 0 takes so many pairs at a time.

    Raises:
        NonFiniteLossError: a term, or with `shares` its gradient, is NaN or infinite.
        TrainingError: the memory is not enough.
        RankLostError: another rank died.
    """
    try:
        found = _chunked if chunk else _at_once
        terms, divided = found(objective, batch, moment, chunk, shares)
    except (RuntimeError, MemoryError) as error:
        if not out_of_memory(error):
            raise
        raise TrainingError(_remedies(moment.step, len(batch.person_B), chunk)) from None
    average_gradients(objective.parameters(), objective.runtime)
    return Found(_of_all(objective, terms, moment.step), divided)


def out_of_memory(error: BaseException) -> bool:
    """Whether this is how torch says that memory is not enough, on a GPU or a CPU."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and "allocate memory" in str(error)


def _at_once(
    objective: Objective, batch: PairBatch, moment: Moment, _chunk: int, shares: bool
) -> Found:
    terms = objective(batch, moment.progress)
    divided = None
    if shares:  # one backward a term: cheap enough once in a while
        _of_all(objective, terms, moment.step)
        divided = gradient_shares(terms, objective.shared_parameters(), objective.runtime)
    terms.total().backward()
    return Found(LossTerms(*(term.detach() for term in terms)), divided)


def _chunked(
    objective: Objective, batch: PairBatch, moment: Moment, chunk: int, shares: bool
) -> Found:
    cached = CachedBatch(objective, batch, moment.progress, chunk=chunk)
    divided = cached.gradient_shares() if shares else None
    return Found(cached.backward(), divided)


def _of_all(objective: Objective, terms: LossTerms, step: int) -> LossTerms:
    """The terms of all ranks' pairs; stop where one of them is not finite."""
    stacked = torch.stack([term.detach() for term in terms])
    whole = LossTerms(*mean(stacked, objective.runtime).unbind())
    require_finite(whole, step)
    return whole


def _remedies(step: int, pairs: int, chunk: int) -> str:
    at_a_time = f"{chunk} at a time" if chunk else "at once"
    return (
        f"step {step}: not enough memory for {pairs} pairs {at_a_time}; take a smaller "
        "sampler.chunk (`tipr train ... --batch auto` finds one), "
        "runtime.checkpoint_activations = true (this one can be set in run.toml before "
        "`tipr resume`), or a smaller batch (`--batch N`)"
    )
