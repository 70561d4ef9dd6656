"""A temperature that is learned within bounds."""

import math

import torch
from torch import Tensor, nn


class Temperature(nn.Module):
    """One number between two bounds, both excluded, learned on a log scale.

    The parameter is a logit: its sigmoid is the place between the bounds' logarithms. So the
    value nears a bound ever more slowly and always finds back, where a clamped one would get
    stuck without a gradient. It has no dimension, which spares it weight decay.
    """

    def __init__(self, start: float, bounds: tuple[float, float]) -> None:
        super().__init__()
        low, high = (math.log(bound) for bound in bounds)
        place = (math.log(start) - low) / (high - low)
        if not 0 < place < 1:
            raise ValueError(f"expected a start inside {bounds}, found {start}")
        self.logit = nn.Parameter(torch.tensor(math.log(place / (1 - place))))
        self._low, self._high = low, high

    def forward(self) -> Tensor:
        """The temperature, a float32 scalar that carries its gradient."""
        place = self.logit.float().sigmoid()
        return (self._low + (self._high - self._low) * place).exp()
