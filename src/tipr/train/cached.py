"""The gradient of a large batch for the memory of a small one: gradient caching.

Source: Gao et al. 2021 (arXiv 2101.06983). First all pairs' vectors without a graph, chunk by
chunk; then the losses on all vectors, and the vectors' own gradients; then each chunk once more,
now with a graph, into which those gradients are fed. Nothing here is drawn at random (a batch
brings its own noise), so both passes see the same.
"""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from tipr.data.batches import PairBatch
from tipr.train.gather import row_counts
from tipr.train.gradients import shares_of, whole_norm
from tipr.train.objective import Labels, LossTerms, Objective, Vectors

Fed = tuple[Tensor, Tensor]
"""A tensor of some chunk's graph, and the gradient that enters the graph there."""


class CachedBatch:
    """One batch whose vectors are known; `chunk` pairs at a time meet the towers' graph."""

    def __init__(
        self, objective: Objective, batch: PairBatch, progress: float, *, chunk: int
    ) -> None:
        """The first pass; `progress` (0 to 1) of the run is done."""
        self._objective = objective
        self._progress = progress
        self._chunks = [
            PairBatch(*tensors)
            for tensors in zip(*(tensor.split(chunk) for tensor in batch), strict=True)
        ]
        counts = row_counts(len(batch.person_B), objective.runtime)
        with torch.no_grad():
            found = [objective.encode(one).vectors for one in self._chunks]
        self._vectors = Vectors(*(torch.cat(x).requires_grad_() for x in zip(*found, strict=True)))
        known = Labels(batch.person_B, batch.said_BW)
        self._terms = objective.compare(*objective.of_all(self._vectors, known, counts), progress)
        self._parts = objective.parts_of(self._chunks, counts, progress)

    def backward(self) -> LossTerms:
        """Add the batch's gradient to the parameters', as `total().backward()` would.

        Returns the terms, detached.
        """
        met = self._terms.total()
        if met.requires_grad:
            met.backward()
        restored = torch.zeros_like(met)
        for fed, restoration in self._again([x.grad for x in self._vectors], restore=True):
            torch.autograd.backward([x for x, _ in fed], [gradient for _, gradient in fed])
            restored += restoration.detach()
        terms = LossTerms(*(term.detach() for term in self._terms))
        return terms._replace(restoration=restored)

    def gradient_shares(self) -> dict[str, float]:
        """Each term's share of the gradient on the towers; to be asked before `backward`.

        Raises:
            NonFiniteLossError: a term's gradient is NaN or infinite; the term is named.
        """
        runtime = self._objective.runtime
        shared = [p for p in self._objective.shared_parameters() if p.requires_grad]
        norms: dict[str, float] = {}
        for name, term in self._terms._asdict().items():
            entering: Sequence[Tensor | None] = [None, None]
            if term.requires_grad:
                entering = torch.autograd.grad(term, self._vectors, retain_graph=True)
            sums: list[Tensor | None] = [None] * len(shared)
            for fed, _ in self._again(entering, restore=name == "restoration"):
                ends, gradients = zip(*fed, strict=True)
                found = torch.autograd.grad(ends, shared, gradients, allow_unused=True)
                sums = [_plus(a, b) for a, b in zip(sums, found, strict=True)]
            norms[name] = whole_norm(sums, shared, runtime)
        return shares_of(norms)

    def _again(
        self, entering: Sequence[Tensor | None], *, restore: bool
    ) -> Iterator[tuple[list[Fed], Tensor]]:
        """Each chunk's graph anew: where gradients enter it, and its restoration error."""
        at = 0
        for chunk, part in zip(self._chunks, self._parts, strict=True):
            rows = slice(at, at := at + len(chunk.person_B))
            features = self._objective.encode(chunk)
            fed = [
                (vectors, gradient[rows])
                for vectors, gradient in zip(features.vectors, entering, strict=True)
                if gradient is not None
            ]
            restoration = torch.zeros(())
            if restore:
                restoration = self._objective.restore(chunk, features.text, part, self._progress)
                if restoration.requires_grad:
                    fed.append((restoration, torch.ones_like(restoration)))
            if fed:
                yield fed, restoration


def _plus(one: Tensor | None, other: Tensor | None) -> Tensor | None:
    if one is None or other is None:
        return other if one is None else one
    return one + other
