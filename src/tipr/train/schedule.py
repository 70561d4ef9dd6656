"""The learning rate over time, a pure function of the step."""

import math

from tipr.config import ScheduleConfig


def total_steps(config: ScheduleConfig, *, steps_per_epoch: int, batch: int) -> int:
    """How many steps the run has: whole epochs, or as many as `samples` pairs allow."""
    if config.samples:
        return max(1, config.samples // batch)
    return config.epochs * steps_per_epoch


def rate_factor(step: int, total: int, config: ScheduleConfig) -> float:
    """The factor on every learning rate at step 0 .. total - 1.

    Linear from `first` to 1 over the warm-up, then half a cosine from 1 to `final`.
    """
    warmup = round(config.warmup * total)
    if step < warmup:
        return config.first + (1 - config.first) * step / warmup
    progress = (step - warmup) / max(1, total - warmup)
    return config.final + (1 - config.final) * (1 + math.cos(math.pi * progress)) / 2
