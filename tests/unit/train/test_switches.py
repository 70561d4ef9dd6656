"""Switches beyond the paper: each does what it says where it is on, and nothing where it is off."""

import pytest
import torch
from tests.unit.train.test_objective import ALL_ON, batch, make

from tipr.config import PRESETS, load
from tipr.model.decoder import Words
from tipr.train.step import Moment, find_gradient

EVERYTHING = (
    *ALL_ON,
    "augment.drop_patches=0.5",
    "restoration.share=0.5",
)

# --- dropped patches -------------------------------------------------------------------------


@pytest.mark.parametrize("pool", ["class", "max"])
@pytest.mark.parametrize(("share", "seen"), [(0.0, 8), (0.5, 4), (0.75, 2)])
def test_dropped_patches_are_not_looked_at_in_training_and_all_are_in_evaluation(
    pool: str, share: float, seen: int
) -> None:
    objective = make(
        *ALL_ON,
        "restoration.weight=0",
        f"model.vision.pool={pool}",
        f"augment.drop_patches={share}",
    )
    lengths: list[int] = []
    objective.model.vision.blocks[0].register_forward_hook(
        lambda _module, _inputs, found: lengths.append(found.shape[1])
    )
    objective(batch())
    objective.eval()(batch())
    first = int(pool == "class")
    assert lengths == [seen + first, 8 + first]


def test_a_dropped_patch_changes_no_term_and_a_kept_one_does() -> None:
    objective = make(*ALL_ON, "restoration.weight=0", "augment.drop_patches=0.5")
    plain = batch()
    drop = plain.drop_BL.clone()
    drop[:, 0], drop[:, 1] = 2.0, -1.0  # patch 0 is always left out, patch 1 never
    plain = plain._replace(drop_BL=drop)

    def total(columns: slice) -> float:
        pixels = plain.pixels_B3HW.clone()
        pixels[:, :, :8, columns] += 3.0
        return objective(plain._replace(pixels_B3HW=pixels)).total().item()

    undisturbed = objective(plain).total().item()
    assert total(slice(0, 8)) == undisturbed
    assert total(slice(8, 16)) != undisturbed


def test_dropping_patches_leaves_the_restoration_as_it_is() -> None:
    whole, dropping = make(*ALL_ON), make(*ALL_ON, "augment.drop_patches=0.5")
    assert dropping(batch()).restoration.item() == whole(batch()).restoration.item()
    assert dropping(batch()).sdm.item() != whole(batch()).sdm.item()


# --- gradient caching ------------------------------------------------------------------------


def test_a_batch_in_chunks_has_the_gradient_of_the_whole_with_every_switch_on() -> None:
    gradients: list[dict[str, torch.Tensor]] = []
    for chunk in (0, 5):
        objective = make(*EVERYTHING)
        find_gradient(objective, batch(), Moment(0, 10), chunk=chunk, shares=False)
        gradients.append({n: p.grad for n, p in objective.named_parameters() if p.grad is not None})
    whole, chunked = gradients
    assert whole.keys() == chunked.keys()
    for name, gradient in whole.items():
        assert torch.allclose(chunked[name], gradient, atol=1e-5, rtol=1e-3), name


# --- all of them -----------------------------------------------------------------------------


@pytest.mark.parametrize("preset", PRESETS)
def test_every_switch_beyond_the_paper_is_off_in_every_preset(preset: str) -> None:
    config = load(preset)
    assert config.data.noise == 0
    assert (config.augment.drop_patches, config.words.weight) == (0, 0)
    assert config.cmt.positive == "paired"


@pytest.mark.parametrize("residual", [True, False])
def test_only_with_the_residual_the_picture_survives_words_that_say_nothing(
    residual: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    objective = make(*ALL_ON, f"restoration.residual={str(residual).lower()}")
    decoder = objective.model.decoder
    assert decoder is not None
    monkeypatch.setattr(decoder.attention, "forward", lambda query, *_: torch.zeros_like(query))
    words = Words(objective.encode(batch()).text.tokens_BLD, None)
    one, other = (
        decoder(objective.model.encode_image(batch(seed).pixels_B3HW).tokens_BLD, None, words)
        for seed in (0, 1)
    )
    assert torch.equal(one, other) is not residual
