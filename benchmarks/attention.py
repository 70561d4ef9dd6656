"""Attention written out against torch's fused kernel, forward and backward, on this device.

Shapes of the small model's picture tower: 128 pictures, 4 heads, 48 patches, 64 channels a head.
Interleaved rounds, medians.
"""

import statistics
import time
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

SHAPE = (128, 4, 48, 64)
ROUNDS = 15


def main() -> None:
    print(f"{torch.get_num_threads()} threads, torch {torch.__version__}, (B, H, L, c) = {SHAPE}")
    for dtype in (torch.float32, torch.bfloat16):
        ways = {"written out": written_out, "fused": F.scaled_dot_product_attention}
        taken: dict[str, list[float]] = {name: [] for name in ways}
        for at in range(ROUNDS + 2):
            for name, way in ways.items():
                seconds = once(way, dtype)
                if at > 1:
                    taken[name].append(seconds)
        ours, fused = (statistics.median(found) for found in taken.values())
        name = str(dtype).removeprefix("torch.")
        print(f"{name:8s} written out {ours * 1e3:6.1f} ms, fused {fused * 1e3:6.1f} ms, "
              f"ratio {fused / ours:.2f}")  # fmt: skip


def written_out(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    score = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2)
    return score.softmax(dim=-1).to(v.dtype) @ v


def once(way: Callable[[Tensor, Tensor, Tensor], Tensor], dtype: torch.dtype) -> float:
    q, k, v = (torch.randn(SHAPE).to(dtype).requires_grad_() for _ in range(3))
    started = time.perf_counter()
    way(q, k, v).sum().backward()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
