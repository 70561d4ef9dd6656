"""What the processes (ranks) of one run tell one another; alone, each function is a formality.

The convention: every rank holds its own rows of a batch; terms and gradients of the whole batch
are the means over the ranks of each rank's own. Shape legend: B rows of this rank, A of all.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, cast

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx

from tipr.errors import Interrupted, RankLostError, TrainingError
from tipr.runtime import Runtime

BUCKET = 2**23
"""Gradients are averaged in pieces of about so many numbers (32 MiB of float32)."""


@contextmanager
def joined(runtime: Runtime) -> Iterator[None]:
    """Meet the other ranks, as torchrun's environment says; part when the work is done.

    Numbers on the CPU travel by gloo, on CUDA by nccl. After a failure nccl is left without a
    farewell, for which it would wait; the others notice.
    """
    if runtime.world == 1:
        yield
        return
    backend = "cpu:gloo,cuda:nccl" if runtime.device.type == "cuda" else "gloo"
    if runtime.device.type == "cuda":
        torch.cuda.set_device(runtime.device)
    # torch's optimisers import this when first used, and then it holds on to the process group:
    # gloo's threads would live on to the process's end and at times abort it
    import_module("torch._dynamo")
    _meet(backend)
    together = False
    try:
        yield
        together = True
    except Interrupted:
        together = True
        raise
    finally:
        if together or backend == "gloo":
            dist.destroy_process_group()


def row_counts(rows: int, runtime: Runtime) -> list[int]:
    """How many rows each rank holds."""
    if runtime.world == 1:
        return [rows]
    found = torch.zeros(runtime.world, dtype=torch.int64)
    found[runtime.rank] = rows
    return total(found, runtime).tolist()


def everyone(x_Bx: Tensor, counts: list[int], runtime: Runtime) -> Tensor:
    """The rows of all ranks, in the order of ranks; `counts` says how many each has.

    The gradient of a row is the sum of what all ranks say about it.
    """
    if runtime.world == 1:
        return x_Bx
    if 0 in x_Bx.shape[1:]:  # nothing to tell; not every backend sends nothing
        return x_Bx.new_zeros(sum(counts), *x_Bx.shape[1:])
    return cast(Tensor, _Everyone.apply(x_Bx, counts, runtime))


def total(x: Tensor, runtime: Runtime) -> Tensor:
    """The sum over the ranks, without a gradient; every rank gets the same bits."""
    if runtime.world == 1:
        return x
    found = x.detach().clone()
    _spoken(dist.all_reduce, found)
    return found


def mean(x: Tensor, runtime: Runtime) -> Tensor:
    """The mean over the ranks, without a gradient; every rank gets the same bits."""
    return x if runtime.world == 1 else total(x / runtime.world, runtime)


def any_rank(flag: bool, runtime: Runtime) -> bool:
    """Whether it is so on any rank."""
    if runtime.world == 1:
        return flag
    return bool(total(torch.tensor(int(flag)), runtime).item())


def average(gradients: list[Tensor], runtime: Runtime) -> None:
    """Replace tensors of like shapes on all ranks by their means, in place."""
    if runtime.world == 1:
        return
    for bucket in _buckets(gradients):
        flat = mean(torch.cat([gradient.flatten() for gradient in bucket]), runtime)
        for gradient, piece in zip(bucket, flat.split([g.numel() for g in bucket]), strict=True):
            gradient.copy_(piece.view_as(gradient))


def average_gradients(parameters: Iterable[nn.Parameter], runtime: Runtime) -> None:
    """Give every rank the mean gradient; a parameter that no rank used keeps none."""
    if runtime.world == 1:
        return
    trained = [parameter for parameter in parameters if parameter.requires_grad]
    used = total(torch.tensor([int(p.grad is not None) for p in trained]), runtime).tolist()
    gradients: list[Tensor] = []
    for parameter, ranks in zip(trained, used, strict=True):
        if ranks:
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
            gradients.append(parameter.grad)
    average(gradients, runtime)


def same_start(module: nn.Module, runtime: Runtime) -> None:
    """Give every rank the weights of rank 0."""
    if runtime.world > 1:
        for tensor in module.state_dict().values():
            _spoken(dist.broadcast, tensor, 0)


class _Everyone(torch.autograd.Function):
    """All-gather of uneven parts, whose backward sums over the ranks."""

    @staticmethod
    def forward(ctx: FunctionCtx, x_Bx: Tensor, counts: list[int], runtime: Runtime) -> Tensor:
        ctx.counts, ctx.runtime = counts, runtime  # pyright: ignore[reportAttributeAccessIssue]
        most = max(counts)
        padded = x_Bx.new_zeros(most, *x_Bx.shape[1:])
        padded[: len(x_Bx)] = x_Bx
        parts = [torch.empty_like(padded) for _ in counts]
        _spoken(dist.all_gather, parts, padded)
        return torch.cat([part[:count] for part, count in zip(parts, counts, strict=True)])

    @staticmethod
    def backward(ctx: Any, grad_Ax: Tensor) -> tuple[Tensor, None, None]:  # pyright: ignore[reportIncompatibleMethodOverride]
        first = sum(ctx.counts[: ctx.runtime.rank])
        mine = slice(first, first + ctx.counts[ctx.runtime.rank])
        return total(grad_Ax.contiguous(), ctx.runtime)[mine], None, None


def _buckets(tensors: list[Tensor]) -> Iterator[list[Tensor]]:
    bucket: list[Tensor] = []
    size = 0
    for tensor in tensors:
        bucket.append(tensor)
        size += tensor.numel()
        if size >= BUCKET:
            yield bucket
            bucket, size = [], 0
    if bucket:
        yield bucket


def _meet(backend: str) -> None:
    """Find the other ranks.

    Raises:
        TrainingError: where they should be found is not said, or they are not there.
    """
    try:
        dist.init_process_group(backend)
    except (RuntimeError, ValueError) as error:
        place = ":".join(os.environ.get(name, "?") for name in ("MASTER_ADDR", "MASTER_PORT"))
        reason = str(error).splitlines()[0]
        raise TrainingError(
            f"the ranks did not meet at {place} ({reason}); start them with torchrun, as in "
            "`torchrun --nproc-per-node 2 -m tipr train ...`"
        ) from None


def _spoken(exchange: Callable[..., object], *words: object) -> None:
    """One exchange with all ranks.

    Raises:
        RankLostError: a rank does not answer any more.
    """
    try:
        exchange(*words)
    except RuntimeError as error:
        raise RankLostError("another rank died") from error
