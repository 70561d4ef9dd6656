"""Word prediction against a slow loop."""

import math

import pytest
import torch

from tipr.losses.words import word_loss


def test_word_loss_equals_a_slow_loop_over_rows_and_words() -> None:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(5, 7, generator=generator)
    target = torch.rand(5, 7, generator=generator)
    target /= target.sum(dim=1, keepdim=True)
    slow = 0.0
    for row, wanted in zip(logits.tolist(), target.tolist(), strict=True):
        norm = math.log(sum(math.exp(value) for value in row))
        slow -= sum(share * (value - norm) for share, value in zip(wanted, row, strict=True)) / 5
    assert word_loss(logits, target).item() == pytest.approx(slow, rel=1e-5)


def test_a_sentence_without_known_words_adds_zero() -> None:
    logits = torch.randn(2, 4, generator=torch.Generator().manual_seed(1))
    target = torch.tensor([[0.5, 0.5, 0, 0], [0.0, 0, 0, 0]])
    alone = word_loss(logits[:1], target[:1])
    assert word_loss(logits, target).item() == pytest.approx(alone.item() / 2)


def test_the_loss_is_smallest_at_the_true_shares() -> None:
    target = torch.tensor([[0.7, 0.2, 0.1]])
    entropy = -(target * target.log()).sum().item()
    assert word_loss(target.log(), target).item() == pytest.approx(entropy, rel=1e-6)
