"""Look at the gradient before it moves a weight: is it finite, how long, whose is it."""

import math
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn

from tipr.errors import NonFiniteLossError
from tipr.runtime import Runtime
from tipr.train.gather import any_rank, average
from tipr.train.objective import LossTerms


def require_finite(terms: LossTerms, step: int) -> None:
    """Stop the run, naming the guilty term, rather than train on garbage.

    Raises:
        NonFiniteLossError: a term is NaN or infinite.
    """
    finite = torch.isfinite(torch.stack([term.detach() for term in terms])).tolist()
    bad = [name for name, fine in zip(terms._fields, finite, strict=True) if not fine]
    if bad:
        raise NonFiniteLossError(
            f"step {step}: the loss term {', '.join(bad)} is not finite; lower optim.lr, or use "
            "runtime.precision = 'float32'. The run can go on from its last save"
        )


def clip_gradients(objective: nn.Module, bound: float, step: int) -> None:
    """Bound the norm of the whole gradient (0 = no bound), before it moves any weight.

    Raises:
        NonFiniteLossError: the gradient is NaN or infinite, though the loss was not.
    """
    norm = nn.utils.clip_grad_norm_(objective.parameters(), bound or float("inf"))
    if not torch.isfinite(norm):
        raise NonFiniteLossError(
            f"step {step}: the losses are finite but their gradient is not; lower optim.lr, or "
            "use runtime.precision = 'float32'. The run can go on from its last save"
        )


def gradient_shares(
    terms: LossTerms, parameters: Iterable[nn.Parameter], runtime: Runtime
) -> dict[str, float]:
    """Each term's share of the gradient on these parameters; the graph is kept.

    Raises:
        NonFiniteLossError: a term's gradient is NaN or infinite; the term is named.
    """
    shared = [parameter for parameter in parameters if parameter.requires_grad]
    norms: dict[str, float] = {}
    for name, term in terms._asdict().items():
        found: Sequence[Tensor | None] = [None] * len(shared)
        if term.requires_grad:
            found = torch.autograd.grad(term, shared, retain_graph=True, allow_unused=True)
        norms[name] = whole_norm(found, shared, runtime)
    return shares_of(norms)


def whole_norm(
    found: Sequence[Tensor | None], parameters: Sequence[nn.Parameter], runtime: Runtime
) -> float:
    """The norm of the whole batch's gradient, of which this rank found so much."""
    if not any_rank(any(gradient is not None for gradient in found), runtime):
        return 0.0
    if runtime.world > 1:
        found = [
            torch.zeros_like(parameter) if gradient is None else gradient
            for gradient, parameter in zip(found, parameters, strict=True)
        ]
        average(found, runtime)
    squares = [gradient.float().square().sum() for gradient in found if gradient is not None]
    return float(torch.stack(squares).sum().sqrt())


def shares_of(norms: dict[str, float]) -> dict[str, float]:
    """The norm of each term's own gradient over the sum of those norms.

    Raises:
        NonFiniteLossError: a norm is NaN or infinite; the term is named.
    """
    bad = [name for name, norm in norms.items() if not math.isfinite(norm)]
    if bad:
        raise NonFiniteLossError(
            f"the gradient of the loss term {', '.join(bad)} is not finite; lower optim.lr, or "
            "use runtime.precision = 'float32'. The run can go on from its last save"
        )
    whole = sum(norms.values()) or 1.0
    return {name: norm / whole for name, norm in norms.items()}
