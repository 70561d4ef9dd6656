"""Each loss against a slow loop over pairs, and its edge cases."""

import math

import pytest
import torch
from torch import Tensor

from tipr.losses.cmt import cmt_loss
from tipr.losses.contrastive import contrastive_loss
from tipr.losses.identity import identity_loss
from tipr.losses.restoration import restoration_loss
from tipr.losses.sdm import sdm_loss

Pairs = tuple[Tensor, Tensor, Tensor]


@pytest.fixture(params=[0, 1, 2])
def pairs(request: pytest.FixtureRequest) -> Pairs:
    rng = torch.Generator().manual_seed(request.param)
    image, text = torch.randn(2, 9, 6, generator=rng)
    return image, text, torch.randint(5, (9,), generator=rng)


def cos(a: Tensor, b: Tensor) -> float:
    return float(a @ b / a.norm() / b.norm())


def softmax(scores: list[float]) -> list[float]:
    top = max(scores)
    total = sum(math.exp(score - top) for score in scores)
    return [math.exp(score - top) / total for score in scores]


def share_of_same(person: Tensor, row: int) -> list[float]:
    same = [float(person[row] == other) for other in person]
    return [value / sum(same) for value in same]


def test_sdm_equals_a_slow_loop_over_pairs(pairs: Pairs) -> None:
    image, text, person = pairs

    def one_side(rows: Tensor, columns: Tensor) -> float:
        total = 0.0
        for i, row in enumerate(rows):
            p = softmax([cos(row, column) / 0.05 for column in columns])
            q = share_of_same(person, i)
            total += sum(
                pj * (math.log(pj) - math.log(qj + 1e-8)) for pj, qj in zip(p, q, strict=True)
            )
        return total / len(rows)

    slow = one_side(image, text) + one_side(text, image)
    assert sdm_loss(image, text, person, 0.05).item() == pytest.approx(slow, rel=1e-4)


def test_contrastive_equals_a_slow_loop_over_pairs(pairs: Pairs) -> None:
    image, text, person = pairs

    def one_side(rows: Tensor, columns: Tensor) -> float:
        total = 0.0
        for i, row in enumerate(rows):
            p = softmax([13.0 * cos(row, column) for column in columns])
            q = share_of_same(person, i)
            total -= sum(qj * math.log(pj) for pj, qj in zip(p, q, strict=True))
        return total / len(rows)

    slow = (one_side(image, text) + one_side(text, image)) / 2
    assert contrastive_loss(image, text, person, 13.0).item() == pytest.approx(slow, rel=1e-4)


@pytest.mark.parametrize("positive", ["paired", "hardest"])
def test_cmt_equals_a_slow_loop_over_pairs(pairs: Pairs, positive: str) -> None:
    image, text, person = pairs
    size = len(person)
    distance = [[1 - cos(i, t) for t in text] for i in image]

    def one_side(d: list[list[float]]) -> float:
        total = 0.0
        for a in range(size):
            near = [d[a][b] for b in range(size) if person[a] != person[b]]
            kin = [d[a][b] for b in range(size) if person[a] == person[b]]
            if near:
                far = d[a][a] if positive == "paired" else max(kin)
                total += max(0.0, far - min(near) + 0.2)
        return total / size

    transposed = [list(column) for column in zip(*distance, strict=True)]
    slow = one_side(distance) + one_side(transposed)
    found = cmt_loss(image, text, person, 0.2, positive).item()
    assert found == pytest.approx(slow, rel=1e-4)


def test_cmt_without_another_person_is_zero_and_differentiable() -> None:
    image = torch.randn(4, 3, generator=torch.Generator().manual_seed(0), requires_grad=True)
    loss = cmt_loss(image, torch.randn(4, 3), torch.zeros(4, dtype=torch.int64), 0.05)
    loss.backward()
    assert loss.item() == 0.0
    assert image.grad is not None
    assert torch.isfinite(image.grad).all()


def test_cmt_pushes_only_the_hardest_negative_of_each_row() -> None:
    image = torch.eye(4)[:3]
    cosines = torch.tensor([[1.0, 0.8, 0.5], [0.2, 1.0, 0.6], [0.1, 0.3, 1.0]])
    text = torch.cat([cosines.T, (4 - cosines.T.square().sum(dim=1, keepdim=True)).sqrt()], dim=1)
    text.requires_grad_()
    (gradient,) = torch.autograd.grad(cmt_loss(image, text, torch.arange(3), 10.0), text)
    # the derivative to cosine (i, j) shows in column i of text j: pushed where i's or j's hardest
    hardest = {(0, 1), (1, 2), (2, 1)} | {(1, 0), (0, 1), (1, 2)}
    for i in range(3):
        for j in range(3):
            if i != j:
                flat = gradient[j] - text.detach()[j] * (gradient[j] @ text.detach()[j]) / 4
                assert (flat[i].item() > 0.05) == ((i, j) in hardest), (i, j)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_identity_is_the_mean_of_two_cross_entropies(smoothing: float) -> None:
    rng = torch.Generator().manual_seed(3)
    a, b = torch.randn(2, 4, 5, generator=rng)
    label = torch.tensor([0, 4, 2, 2])

    def one_side(logits: Tensor) -> float:
        total = 0.0
        for row, y in zip(logits, label, strict=True):
            for name, p in enumerate(softmax(row.tolist())):
                total -= ((1 - smoothing) * (name == int(y)) + smoothing / 5) * math.log(p)
        return total / 4

    slow = (one_side(a) + one_side(b)) / 2
    assert identity_loss(a, b, label, smoothing).item() == pytest.approx(slow, rel=1e-5)


def test_restoration_counts_only_what_is_asked() -> None:
    rng = torch.Generator().manual_seed(4)
    predicted, colour = torch.randn(2, 3, 4, 6, generator=rng)
    asked = torch.rand(3, 4, 6, generator=rng) < 0.4
    slow = [
        float(predicted[b, p, v] - colour[b, p, v]) ** 2
        for b in range(3)
        for p in range(4)
        for v in range(6)
        if asked[b, p, v]
    ]
    found = restoration_loss(predicted, colour, asked).item()
    assert found == pytest.approx(sum(slow) / len(slow), rel=1e-5)
    assert restoration_loss(predicted, colour, torch.zeros(3, 4, 1, dtype=torch.bool)).item() == 0.0


def test_losses_leave_their_inputs_alone(pairs: Pairs) -> None:
    before = [tensor.clone() for tensor in pairs]
    sdm_loss(*pairs, 0.02)
    cmt_loss(*pairs, 0.05, "hardest")
    contrastive_loss(*pairs, 10.0)
    assert all(torch.equal(a, b) for a, b in zip(before, pairs, strict=True))


def test_sdm_of_equal_features_is_the_known_plateau() -> None:
    """Collapsed features of a batch of 128: the 26.82 that a collapsing run sticks at."""
    same = torch.ones(128, 8)
    people = torch.arange(128)
    assert sdm_loss(same, same, people, 0.02).item() == pytest.approx(26.85, abs=0.05)
