"""The pre-norm transformer block that both towers and the restoration decoder share.

Shape legend: B batch, L queries, M keys, C width, H heads.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint


class QuickGELU(nn.Module):
    """x * sigmoid(1.702 x), the approximation CLIP was trained with."""

    def forward(self, x: Tensor) -> Tensor:
        if x.requires_grad and not torch.compiler.is_compiling():
            return _LeanQuickGELU.apply(x)
        return x * torch.sigmoid(1.702 * x)


class _LeanQuickGELU(torch.autograd.Function):
    """The same bits, but only 1.702 x is kept for the backward pass: one sweep, not six.

    It is silu(1.702 x) / 1.702, so its derivative at x is that of silu at 1.702 x.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        steeper = 1.702 * x
        ctx.save_for_backward(steeper)
        return steeper.sigmoid().mul_(x)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        (steeper,) = ctx.saved_tensors
        return torch.ops.aten.silu_backward(grads[0], steeper)


ACTIVATIONS: dict[str, type[nn.Module]] = {"quick_gelu": QuickGELU, "gelu": nn.GELU}


class Attention(nn.Module):
    """Multi-head attention of a sequence to itself or to another one.

    `qkv` holds queries', keys' and values' weights below one another, as
    torch.nn.MultiheadAttention's `in_proj_weight` does.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def forward(
        self, x_BLC: Tensor, context_BMC: Tensor | None = None, seen: Tensor | None = None
    ) -> Tensor:
        """Attend from x to the context (itself if None); (B, L, C).

        `seen` is boolean, broadcastable to (B, H, L, M): True where a query may look at a key.
        """
        width = x_BLC.shape[-1]
        if context_BMC is None:
            q, k, v = self.qkv(x_BLC).split(width, dim=-1)
        else:
            weight, bias = self.qkv.weight, self.qkv.bias
            q = F.linear(x_BLC, weight[:width], bias[:width])
            k, v = F.linear(context_BMC, weight[width:], bias[width:]).split(width, dim=-1)
        mixed_BHLc = attend(self._heads(q), self._heads(k), self._heads(v), seen)
        return self.out(mixed_BHLc.transpose(1, 2).flatten(2))

    def _heads(self, x_BLC: Tensor) -> Tensor:
        return x_BLC.unflatten(-1, (self.heads, -1)).transpose(1, 2)


def attend(q_BHLc: Tensor, k_BHMc: Tensor, v_BHMc: Tensor, seen: Tensor | None) -> Tensor:
    """softmax(q k^T / sqrt(c)) v, with the keys that `seen` forbids left out.

    Written out on the CPU, where at our lengths the fused kernel's bfloat16 backward is 3 x
    slower than its float32 (benchmarks/NOTES.md); fused elsewhere.
    """
    if q_BHLc.device.type != "cpu":
        return F.scaled_dot_product_attention(q_BHLc, k_BHMc, v_BHMc, attn_mask=seen)
    score_BHLM = (q_BHLc * q_BHLc.shape[-1] ** -0.5) @ k_BHMc.transpose(-1, -2)
    if seen is not None:
        score_BHLM = score_BHLM.masked_fill(~seen, float("-inf"))
    return score_BHLM.softmax(dim=-1).to(v_BHMc.dtype) @ v_BHMc


class Block(nn.Module):
    """x + attention(norm(x)), then x + mlp(norm(x)); the mlp is four times as wide."""

    def __init__(self, width: int, heads: int, activation: str) -> None:
        super().__init__()
        self.norm_1 = nn.LayerNorm(width)
        self.attention = Attention(width, heads)
        self.norm_2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(
            nn.Linear(width, 4 * width), ACTIVATIONS[activation](), nn.Linear(4 * width, width)
        )

    def forward(self, x_BLC: Tensor, seen: Tensor | None = None) -> Tensor:
        x_BLC = x_BLC + self.attention(self.norm_1(x_BLC), seen=seen)
        return x_BLC + self.mlp(self.norm_2(x_BLC))


class Stack(nn.ModuleList):
    """Blocks one after the other.

    With `forgets` only what enters each block is kept for the backward pass, in which the block
    is computed again (Chen et al. 2016, arXiv 1604.06174): less memory, the same bits.
    """

    forgets = False

    def forward(self, x_BLC: Tensor, seen: Tensor | None = None) -> Tensor:
        for block in self:
            if self.forgets and torch.is_grad_enabled():
                # nothing in a block is drawn at random, so no generator's state need be kept
                x_BLC = checkpoint(
                    block, x_BLC, seen, use_reentrant=False, preserve_rng_state=False
                )
            else:
                x_BLC = block(x_BLC, seen)
        return x_BLC


def stack(depth: int, width: int, heads: int, activation: str) -> Stack:
    """`depth` blocks, one after the other."""
    return Stack(Block(width, heads, activation) for _ in range(depth))


def forget_activations(module: nn.Module) -> None:
    """Let every stack of blocks inside compute its blocks again in the backward pass."""
    for part in module.modules():
        if isinstance(part, Stack):
            part.forgets = True


def compile_blocks(module: nn.Module) -> None:
    """Let torch.compile fuse the blocks' elementwise work, for any batch and length; in place.

    The same function in other bits, and the first steps take a minute longer. A graph may be gone
    through backwards twice: shares of the gradient are measured so.
    """
    from torch._functorch import config  # torch names no public door to it

    config.donated_buffer = False  # pyright: ignore[reportAttributeAccessIssue]
    for part in module.modules():
        if isinstance(part, Block):
            part.compile(dynamic=True)


def initialise(module: nn.Module) -> None:
    """Random weights to start from: matrices normal with variance 0.5 / inputs, biases zero.

    Embeddings get a deviation of 0.02. Draws from torch's global generator.
    """
    for part in module.modules():
        if isinstance(part, nn.Linear):
            nn.init.normal_(part.weight, std=(0.5 / part.in_features) ** 0.5)
            if part.bias is not None:
                nn.init.zeros_(part.bias)
        elif isinstance(part, nn.Embedding):
            nn.init.normal_(part.weight, std=0.02)
