"""How much memory a graph keeps for its backward pass, counted tensor by tensor."""

import weakref
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class Ledger:
    """Bytes that graphs hold now, and the most that they ever held at once."""

    def __init__(self, module: nn.Module) -> None:
        self._own = {p.untyped_storage().data_ptr() for p in module.parameters()}
        self._held: Counter[int] = Counter()
        self.now = 0
        self.most = 0

    def keep(self, tensor: Tensor) -> "_Kept":
        """Enter what a graph keeps; weights are not entered, they are there anyway."""
        kept = _Kept(tensor)
        storage = tensor.untyped_storage()
        place, size = storage.data_ptr(), storage.nbytes()
        if place not in self._own:
            if not self._held[place]:  # several nodes may keep the same memory
                self.now += size
                self.most = max(self.most, self.now)
            self._held[place] += 1
            weakref.finalize(kept, self._release, place, size)
        return kept

    def _release(self, place: int, size: int) -> None:
        self._held[place] -= 1
        if not self._held[place]:
            self.now -= size


class _Kept:
    """A tensor whose release can be noticed."""

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor


@contextmanager
def kept_for_backward(module: nn.Module) -> Iterator[Ledger]:
    """Count what the graphs made inside keep of more than the module's own weights.

    What a checkpointed block computes again in the backward pass is not counted: it is the
    activations of one block at a time.
    """
    ledger = Ledger(module)
    with torch.autograd.graph.saved_tensors_hooks(ledger.keep, lambda kept: kept.tensor):
        yield ledger
