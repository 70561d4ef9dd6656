"""A moving average of the dual encoder's weights."""

from copy import deepcopy

import torch
from torch import Tensor
from torch.optim.swa_utils import get_ema_multi_avg_fn

from tipr.checkpoint import load_into
from tipr.model.sen import SEN


class Average:
    """The average, float32 whatever the weights are; see AverageConfig for the formula.

    What it averages and remembers is its tensors alone: the decay is a function of the step.
    """

    def __init__(self, model: SEN, decay: float) -> None:
        """Start from the model's weights. The decoder is not averaged: retrieval has none."""
        towers = SEN(deepcopy(model.vision), deepcopy(model.text))
        self._towers = towers.float().eval().requires_grad_(False)
        self._decay = decay

    def update(self, model: SEN, step: int) -> None:
        """Take in the weights after optimiser step `step`, counted from 0."""
        decay = min(self._decay, (1 + step) / (10 + step))
        averages: list[Tensor] = list(self._towers.parameters())
        weights = [
            weight.detach().float()
            for tower in (model.vision, model.text)
            for weight in tower.parameters()
        ]
        get_ema_multi_avg_fn(decay)(averages, weights, 1)

    def network(self, dtype: torch.dtype) -> SEN:
        """A dual encoder with the averaged weights, to evaluate and to keep; not to train."""
        return self._towers if dtype == torch.float32 else deepcopy(self._towers).to(dtype)

    def state_tensors(self) -> dict[str, Tensor]:
        """All state by name, for a checkpoint."""
        return self._towers.state_dict()

    def load_state_tensors(self, tensors: dict[str, Tensor], *, where: str) -> None:
        """Restore what `state_tensors` gave.

        Raises:
            ModelError: the tensors are not those of this average.
        """
        load_into(self._towers, tensors, where=where)
