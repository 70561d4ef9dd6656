"""Parameters grouped by role, and the optimisers that step them."""

from collections.abc import Iterable
from typing import NamedTuple

import torch
from torch import nn
from torch.optim import Adam, AdamW, Muon, Optimizer

from tipr.config import OptimConfig
from tipr.model.blocks import Block


class Role(NamedTuple):
    """What decides a parameter's learning rate and decay."""

    fresh: bool
    decays: bool


class Optimisers:
    """One optimiser or two (Muon for the blocks' matrices), stepped as one.

    Learning rates are set before each step as `factor` times each group's own.
    """

    def __init__(
        self, objective: nn.Module, config: OptimConfig, *, fresh: Iterable[nn.Module]
    ) -> None:
        """`fresh` lists the modules that start from random weights."""
        matrices = block_matrices(objective) if config.algorithm == "muon" else []
        self._all: list[Optimizer] = []
        if matrices:
            # torch's default scaling suits AdamW-sized rates; "original" is Jordan et al. 2024
            self._all.append(
                Muon(
                    matrices,
                    lr=config.muon_lr,
                    weight_decay=config.weight_decay,
                    momentum=0.95,
                    adjust_lr_fn="original",
                )
            )
        groups = grouped(objective, config, fresh=fresh, without=matrices)
        kind = Adam if config.algorithm == "adam" else AdamW
        # fused: one pass over weights, gradients and moments instead of eight
        fused = all(p.device.type in ("cpu", "cuda") for p in objective.parameters())
        self._all.append(
            kind(groups, lr=config.lr, betas=config.betas, eps=config.eps, fused=fused)
        )
        self._rates = [[group["lr"] for group in each.param_groups] for each in self._all]

    def step(self, factor: float) -> None:
        """Update all parameters once at `factor` times the learning rates, then drop gradients."""
        for optimiser, rates in zip(self._all, self._rates, strict=True):
            for group, rate in zip(optimiser.param_groups, rates, strict=True):
                group["lr"] = rate * factor
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)

    def state_tensors(self) -> dict[str, torch.Tensor]:
        """All state by a flat name, for a checkpoint."""
        flat: dict[str, torch.Tensor] = {}
        for number, optimiser in enumerate(self._all):
            for at, state in optimiser.state_dict()["state"].items():
                for key, value in state.items():
                    flat[f"{number}.{at}.{key}"] = torch.as_tensor(value)
        return flat

    def load_state_tensors(self, flat: dict[str, torch.Tensor]) -> None:
        """Restore what `state_tensors` gave."""
        for number, optimiser in enumerate(self._all):
            whole = optimiser.state_dict()
            state: dict[int, dict[str, torch.Tensor]] = {}
            for name, value in flat.items():
                owner, at, key = name.split(".", 2)
                if int(owner) == number:
                    state.setdefault(int(at), {})[key] = value
            optimiser.load_state_dict({**whole, "state": state})


def block_matrices(module: nn.Module) -> list[nn.Parameter]:
    """The matrices inside transformer blocks, each once."""
    blocks = [part for part in module.modules() if isinstance(part, Block)]
    return [p for block in blocks for p in block.parameters() if p.ndim == 2]


def grouped(
    module: nn.Module,
    config: OptimConfig,
    *,
    fresh: Iterable[nn.Module],
    without: Iterable[nn.Parameter] = (),
) -> list[dict[str, object]]:
    """Trainable parameters by role: (pretrained | fresh) x (decays | spared).

    Modules are asked, not names: a part is fresh because it is in `fresh`. "matrices" decays
    what has two dimensions or more; "not-biases" (released) everything but biases and lone numbers.
    """
    fresh_ids = {id(p) for part in fresh for p in part.parameters()}
    left_out = {id(p) for p in without}
    biases = {
        id(p)
        for part in module.modules()
        for name, p in part.named_parameters(recurse=False)
        if name == "bias"
    }
    members: dict[Role, list[nn.Parameter]] = {}
    for p in module.parameters():
        if not p.requires_grad or id(p) in left_out:
            continue
        spared = p.ndim == 0 or id(p) in biases  # a lone number is the contrastive scale
        decays = p.ndim > 1 if config.decay == "matrices" else not spared
        members.setdefault(Role(id(p) in fresh_ids, decays), []).append(p)
    return [
        {
            "params": parameters,
            "lr": config.lr * (config.fresh_factor if role.fresh else 1.0),
            "weight_decay": config.weight_decay if role.decays else 0.0,
        }
        for role, parameters in members.items()
    ]
