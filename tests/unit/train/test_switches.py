"""Switches beyond the paper: each does what it says where it is on, and nothing where it is off."""

import math
from typing import Any

import pytest
import torch
from tests.unit.train.test_objective import ALL_ON, batch, make

from tipr import models
from tipr.config import PRESETS, load
from tipr.errors import ConfigError, ModelError
from tipr.losses.trust import trust
from tipr.model.decoder import Words
from tipr.model.sen import SEN
from tipr.train.average import Average
from tipr.train.optim import grouped
from tipr.train.step import Moment, find_gradient
from tipr.train.temperature import Temperature

EVERYTHING = (
    *ALL_ON,
    "sdm.learn_temperature=true",
    "robust.strength=2",
    "robust.start=0",
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


# --- robust ----------------------------------------------------------------------------------


def test_trust_reaches_the_terms_that_compare_and_classify_and_no_other() -> None:
    plain, robust = make(*ALL_ON), make(*ALL_ON, "robust.strength=2", "robust.start=0.5")
    before, early, late = plain(batch()), robust(batch(), 0.49), robust(batch(), 0.5)
    assert all(torch.equal(a, b) for a, b in zip(plain(batch(), 0.49), early, strict=True))
    for name in ("contrastive", "sdm", "identity", "cmt"):
        assert getattr(late, name).item() != pytest.approx(getattr(before, name).item(), rel=1e-4)
    assert late.restoration.item() == before.restoration.item()


def test_each_term_gets_the_trust_of_its_own_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    objective = make(*ALL_ON, "robust.strength=1.5", "robust.floor=0.2", "robust.start=0")
    given: list[torch.Tensor] = []

    def seen(*args: Any) -> torch.Tensor:
        given.append(args[-1])
        return args[0].sum()

    for name in ("contrastive", "sdm", "identity", "cmt"):
        monkeypatch.setattr(f"tipr.train.objective.{name}_loss", seen)
    objective(batch())
    vectors = objective.encode(batch()).vectors
    expected = trust(*vectors, batch().person_B, 1.5, 0.2)
    assert len(given) == 4
    assert all(torch.equal(weight, expected) for weight in given)


def test_without_strength_no_loss_sees_a_weight(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any) -> Any:
        raise AssertionError("trust was computed")

    monkeypatch.setattr("tipr.train.objective.trust", never)
    make(*ALL_ON)(batch())


# --- the learned temperature -----------------------------------------------------------------


def test_a_learned_temperature_starts_where_it_is_told_and_stays_within_its_range() -> None:
    temperature = Temperature(0.02, (0.005, 0.5))
    assert temperature().item() == pytest.approx(0.02, rel=1e-5)
    with torch.no_grad():
        for logit, bound in ((-50.0, 0.005), (50.0, 0.5)):
            temperature.logit.fill_(logit)
            assert temperature().item() == pytest.approx(bound, rel=1e-5)
        temperature.logit.zero_()
        assert temperature().item() == pytest.approx(math.sqrt(0.005 * 0.5), rel=1e-5)
    with pytest.raises(ValueError, match="expected a start inside"):
        Temperature(0.6, (0.005, 0.5))


def test_the_learned_temperature_is_the_sdm_loss_own_and_learns() -> None:
    fixed, learned = make(*ALL_ON), make(*ALL_ON, "sdm.learn_temperature=true")
    assert fixed.learned() == {}
    assert learned.learned() == {"sdm_temperature": pytest.approx(0.07, rel=1e-5)}
    before, after = fixed(batch()), learned(batch())
    assert after.sdm.item() == pytest.approx(before.sdm.item(), rel=1e-5)
    after.total().backward()
    logit = learned.sdm_temperature.logit
    assert logit.grad is not None
    slope = logit.grad.item()
    with torch.no_grad():
        logit += 0.01
    assert learned(batch()).sdm.item() - before.sdm.item() == pytest.approx(0.01 * slope, rel=0.05)


@pytest.mark.parametrize("decay", ["matrices", "not-biases"])
def test_learned_temperatures_never_decay(decay: str) -> None:
    config = load("small", [f"optim.decay={decay}"]).optim
    objective = make(*ALL_ON, "sdm.learn_temperature=true")
    spared = {
        id(p)
        for group in grouped(objective, config, fresh=[])
        if not group["weight_decay"]
        for p in group["params"]  # pyright: ignore[reportGeneralTypeIssues]
    }
    assert {id(objective.sdm_temperature.logit), id(objective.log_scale)} <= spared


def test_a_learned_temperature_must_start_inside_its_range() -> None:
    with pytest.raises(ConfigError, match=r"sdm: a learned temperature starts inside"):
        load("small", ["sdm.learn_temperature=true", "sdm.temperature_range=[0.1, 0.5]"])
    load("small", ["sdm.temperature_range=[0.1, 0.5]"])


# --- gradient caching ------------------------------------------------------------------------


def test_a_batch_in_chunks_has_the_gradient_of_the_whole_with_every_switch_on() -> None:
    gradients: list[dict[str, torch.Tensor]] = []
    for chunk in (0, 5):
        objective = make(*EVERYTHING)
        find_gradient(objective, batch(), Moment(0, 10), chunk=chunk, shares=False)
        gradients.append({n: p.grad for n, p in objective.named_parameters() if p.grad is not None})
    whole, chunked = gradients
    assert "sdm_temperature.logit" in whole
    assert whole.keys() == chunked.keys()
    for name, gradient in whole.items():
        assert torch.allclose(chunked[name], gradient, atol=1e-5, rtol=1e-3), name


# --- the average -----------------------------------------------------------------------------


def network(seed: int = 0) -> SEN:
    objective = make(*ALL_ON)
    torch.manual_seed(seed)
    with torch.no_grad():
        for p in objective.model.parameters():
            p.copy_(torch.randn_like(p))
    return objective.model


def test_the_average_equals_a_slow_loop_over_steps() -> None:
    model = network()
    average = Average(model, 0.6)
    slow = {name: p.clone() for name, p in models.dual_encoder_tensors(model).items()}
    for step in range(12):
        with torch.no_grad():
            for p in model.parameters():
                p += torch.randn_like(p)
        average.update(model, step)
        decay = min(0.6, (1 + step) / (10 + step))
        for name, weight in models.dual_encoder_tensors(model).items():
            slow[name] = decay * slow[name] + (1 - decay) * weight
    found = models.dual_encoder_tensors(average.network(torch.float32))
    assert found.keys() == slow.keys()
    assert all(torch.allclose(found[n], slow[n], atol=1e-5) for n in slow)
    assert average.network(torch.float32).decoder is None


def test_the_average_leaves_the_model_alone_and_survives_a_round_trip() -> None:
    model, other = network(), network(1)
    before = {name: p.clone() for name, p in model.state_dict().items()}
    average = Average(model, 0.9)
    average.update(other, 3)
    assert all(torch.equal(p, before[name]) for name, p in model.state_dict().items())
    again = Average(model, 0.9)
    again.load_state_tensors(average.state_tensors(), where="last")
    for name, p in average.state_tensors().items():
        assert torch.equal(p, again.state_tensors()[name])
    with pytest.raises(ModelError, match="last: the weights do not fit"):
        again.load_state_tensors({}, where="last")


def test_weights_of_half_precision_are_averaged_in_float32_and_given_back_as_they_are() -> None:
    model = network()
    half = SEN(model.vision, model.text).half()
    average = Average(half, 0.999)
    for step in range(5):
        average.update(half, 10_000 + step)
    assert {p.dtype for p in average.state_tensors().values()} == {torch.float32}
    assert {p.dtype for p in average.network(torch.float16).parameters()} == {torch.float16}


# --- all of them -----------------------------------------------------------------------------


@pytest.mark.parametrize("preset", PRESETS)
def test_every_switch_beyond_the_paper_is_off_in_every_preset(preset: str) -> None:
    config = load(preset)
    assert not config.sdm.learn_temperature
    assert (config.robust.strength, config.average.decay, config.data.noise) == (0, 0, 0)
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
