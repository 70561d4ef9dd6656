"""What is hidden, what is asked back, and that order is restored."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tipr.model.masking import hide, hide_as_released, pick, put_back


@settings(deadline=None, derandomize=True)
@given(patches=st.integers(2, 200), ratio=st.floats(0.01, 0.99), seed=st.integers(0, 99))
def test_exactly_the_rounded_share_is_hidden_and_asked(
    patches: int, ratio: float, seed: int
) -> None:
    noise = torch.rand(3, patches, generator=torch.Generator().manual_seed(seed))
    hidden = hide(noise, ratio)
    wanted = min(max(round(patches * ratio), 1), patches - 1)
    assert (hidden.hidden_BL.sum(dim=1) == wanted).all()
    assert torch.equal(hidden.asked_BL, hidden.hidden_BL)
    visible = [sorted(row) for row in hidden.kept_BK.tolist()]
    assert visible == [(~row).nonzero().flatten().tolist() for row in hidden.hidden_BL]


def test_the_released_count_leaves_one_hidden_patch_unasked() -> None:
    noise = torch.rand(5, 192, generator=torch.Generator().manual_seed(0))
    hidden = hide_as_released(noise, 0.7)
    assert hidden.kept_BK.shape[1] == int(193 * (1 - 0.7)) - 1
    assert ((hidden.hidden_BL & ~hidden.asked_BL).sum(dim=1) == 1).all()


def test_put_back_undoes_pick() -> None:
    rng = torch.Generator().manual_seed(1)
    x = torch.randn(4, 10, 3, generator=rng)
    hidden = hide(torch.rand(4, 10, generator=rng), 0.6)
    filler = torch.tensor([7.0, 8.0, 9.0])
    whole = put_back(pick(x, hidden.kept_BK), hidden.kept_BK, filler, 10)
    assert torch.equal(whole, torch.where(hidden.hidden_BL[..., None], filler, x))


@pytest.mark.parametrize("ratio", [0.0001, 0.9999])
def test_something_always_stays_visible_and_something_hidden(ratio: float) -> None:
    hidden = hide(torch.rand(1, 6), ratio)
    assert 1 <= hidden.kept_BK.shape[1] <= 5
