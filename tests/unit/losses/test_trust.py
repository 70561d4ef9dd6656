"""Trust: a slow loop says the same, a wrong pair is found, equal evidence weighs equally."""

import pytest
import torch
from torch import Tensor

from tipr.losses.trust import trust


def cos(a: Tensor, b: Tensor) -> float:
    return float(torch.nn.functional.cosine_similarity(a, b, dim=0))


def share(own: float, others: list[float]) -> float:
    if not others:
        return 1.0
    return sum(1.0 if o < own else 0.5 if o == own else 0.0 for o in others) / len(others)


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(("strength", "floor"), [(1.0, 0.1), (2.5, 0.3), (0.5, 1.0)])
def test_trust_equals_a_slow_loop_over_pairs(seed: int, strength: float, floor: float) -> None:
    rng = torch.Generator().manual_seed(seed)
    image, text = torch.randn(2, 9, 6, generator=rng)
    person = torch.randint(4, (9,), generator=rng)
    slow = []
    for i in range(9):
        others = [j for j in range(9) if person[j] != person[i]]
        own = cos(image[i], text[i])
        of_image = share(own, [cos(image[i], text[j]) for j in others])
        of_text = share(own, [cos(image[j], text[i]) for j in others])
        slow.append(floor + (1 - floor) * (of_image * of_text) ** strength)
    expected = torch.tensor(slow) * 9 / sum(slow)
    assert torch.allclose(trust(image, text, person, strength, floor), expected, atol=1e-5)


def test_pairs_whose_sentences_were_exchanged_are_trusted_least() -> None:
    rng = torch.Generator().manual_seed(0)
    image = torch.randn(32, 64, generator=rng)
    text = image + torch.randn(32, 64, generator=rng)
    text[[3, 9, 20]] = text[[9, 20, 3]]
    weight = trust(image, text, torch.arange(32), 2.0, 0.05)
    wrong = torch.zeros(32, dtype=torch.bool)
    wrong[[3, 9, 20]] = True
    assert weight.mean().item() == pytest.approx(1.0)
    assert weight[wrong].max() < weight[~wrong].min()


def test_collapsed_features_and_lonely_people_are_all_trusted_alike() -> None:
    same = torch.ones(6, 4)
    assert torch.equal(trust(same, same, torch.arange(6), 2.0, 0.1), torch.ones(6))
    image, text = torch.randn(2, 6, 4, generator=torch.Generator().manual_seed(0))
    one_person = torch.zeros(6, dtype=torch.int64)
    assert torch.equal(trust(image, text, one_person, 2.0, 0.1), torch.ones(6))


def test_a_tie_counts_half() -> None:
    """Picture 0 likes its own and the second sentence alike, and so on."""
    image = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    text = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    # shares of pairs 0 and 1: (1/2 + 1) / 2 both ways; of pair 2: 1
    expected = torch.tensor([0.75**2, 0.75**2, 1.0])
    weight = trust(image, text, torch.arange(3), 1.0, 1e-9)
    assert torch.allclose(weight, expected / expected.mean(), atol=1e-6)
