"""The objective: switches do what they say, a weight of zero costs nothing, NaN is named."""

from typing import Any

import pytest
import torch

from tipr import models
from tipr.config import load
from tipr.data.batches import PairBatch
from tipr.errors import ConfigError, NonFiniteLossError
from tipr.model.grey import shown
from tipr.model.text import words_of
from tipr.runtime import Runtime
from tipr.train.gradients import clip_gradients, gradient_shares, require_finite
from tipr.train.objective import Objective
from tipr.train.restoring import another_person

PHRASES = 9
FLOAT32 = Runtime(torch.device("cpu"), torch.float32)
TINY = [
    "model.embed=32",
    "model.image.height=32",
    "model.image.width=16",
    "model.vision.patch=8",
    "model.vision.width=32",
    "model.vision.depth=1",
    "model.vision.heads=2",
    "model.text.vocabulary=50",
    "model.text.length=16",
    "model.text.width=32",
    "model.text.depth=1",
    "model.text.heads=2",
    "restoration.heads=2",
]


def make(*overrides: str, preset: str = "small") -> Objective:
    config = load(preset, [*TINY, *overrides])
    model = models.build(config.model, config.restoration, seed=0)
    torch.manual_seed(1)
    return Objective(model, config, people=6, runtime=FLOAT32, phrases=PHRASES)


def batch(seed: int = 0, size: int = 12) -> PairBatch:
    rng = torch.Generator().manual_seed(seed)
    ids = torch.randint(1, 48, (size, 10), generator=rng)
    ids[torch.arange(size), torch.randint(3, 10, (size,), generator=rng)] = 49
    boxes = torch.tensor([[0, 0, 8, 8]]).repeat(size, 1)
    return PairBatch(
        pixels_B3HW=torch.randn(size, 3, 32, 16, generator=rng),
        ids_BT=ids,
        person_B=torch.arange(size) // 2,
        erased_B4=boxes,
        noise_BL=torch.rand(size, 8, generator=rng),
        drop_BL=torch.rand(size, 8, generator=rng),
        said_BW=torch.rand(size, PHRASES, generator=rng).softmax(dim=1),
    )


ALL_ON = ("sdm.start=0", "cmt.start=0", "words.weight=1")


def test_all_terms_are_there_and_the_total_is_their_sum() -> None:
    terms = make(*ALL_ON)(batch())
    assert all(term.item() > 0 for term in terms)
    assert terms.total().item() == pytest.approx(sum(term.item() for term in terms), rel=1e-6)


@pytest.mark.parametrize("name", ["contrastive", "sdm", "identity", "cmt", "words", "restoration"])
def test_weight_zero_removes_a_term_and_its_compute(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    objective = make(*ALL_ON, f"{name}.weight=0")

    def never(*args: Any, **kwargs: Any) -> Any:
        raise AssertionError(f"{name} was computed")

    if name == "restoration":
        assert objective.model.decoder is None
        monkeypatch.setattr(objective, "_restoration", never)
    elif name in ("identity", "words"):
        assert not hasattr(objective, name)
    else:
        monkeypatch.setattr(f"tipr.train.objective.{name}_loss", never)
    terms = objective(batch())
    assert getattr(terms, name).item() == 0.0
    assert all(term.item() > 0 for n, term in terms._asdict().items() if n != name)


def test_a_term_starts_and_grows_when_its_settings_say() -> None:
    config = load("small", ["sdm.start=0.4", "sdm.ramp=0.2", "sdm.weight=2"])
    weights = [config.sdm.weight_at(p) for p in (0.0, 0.39, 0.4, 0.5, 0.61, 1.0)]
    assert weights == pytest.approx([0, 0, 0, 1, 2, 2])


def test_every_parameter_of_the_small_preset_learns() -> None:
    objective = make(*ALL_ON)
    objective(batch()).total().backward()
    silent = [n for n, p in objective.named_parameters() if p.grad is None or not p.grad.any()]
    assert silent == []


@pytest.mark.parametrize(
    "change",
    [
        "restoration.residual=false",
        "restoration.mask_padding=false",
        "restoration.colour=normalised",
        "restoration.colour=kept",
        "restoration.count=released",
        "restoration.ask_erased=true",
        "restoration.words=none",
        "restoration.words=wrong",
        "restoration.hide=mask_token",
        "restoration.fuse=concat",
        "restoration.share=0.5",
        "restoration.ratio=0.4",
    ],
)
def test_each_restoration_switch_changes_the_restoration_alone(change: str) -> None:
    plain, changed = make(*ALL_ON), make(*ALL_ON, change)
    common = {n: p for n, p in plain.state_dict().items() if n in changed.state_dict()}
    changed.load_state_dict(common, strict=False)
    before, after = plain(batch()), changed(batch())
    assert after.restoration.item() != pytest.approx(before.restoration.item(), rel=1e-6)
    for name in ("contrastive", "sdm", "identity", "cmt", "words"):
        assert getattr(after, name).item() == pytest.approx(getattr(before, name).item(), rel=1e-5)


def test_reusing_the_words_features_changes_nothing_but_the_work() -> None:
    once, twice = make(*ALL_ON), make(*ALL_ON, "restoration.reuse_text=false")
    first, second = once(batch()), twice(batch())
    assert second.total().item() == pytest.approx(first.total().item(), rel=1e-6)


def test_hardest_positives_are_never_easier_than_paired_ones() -> None:
    paired, hardest = make(*ALL_ON), make(*ALL_ON, "cmt.positive=hardest")
    assert hardest(batch()).cmt.item() >= paired(batch()).cmt.item()


def test_erased_pixels_are_never_asked_back() -> None:
    objective = make(*ALL_ON)
    plain = batch()
    painted = plain.pixels_B3HW.clone()
    painted[:, :, 0:8, 0:8] += 50.0
    hide_first = plain.noise_BL.clone()
    hide_first[:, 0] = 2.0  # the erased patch is always hidden, so only the target could differ
    a = objective(plain._replace(noise_BL=hide_first)).restoration.item()
    b = objective(plain._replace(noise_BL=hide_first, pixels_B3HW=painted)).restoration.item()
    assert a == pytest.approx(b, rel=1e-6)


def test_true_luminance_is_grey_and_keeps_no_colour() -> None:
    objective = make(*ALL_ON)
    image = objective._config.model.image
    mean = torch.tensor(image.mean)[:, None, None]
    std = torch.tensor(image.std)[:, None, None]
    rgb = torch.rand(2, 3, 32, 16)
    grey = shown((rgb - mean) / std, "luminance", image.mean, image.std) * std + mean
    luminance = 0.2989 * rgb[:, 0] + 0.587 * rgb[:, 1] + 0.114 * rgb[:, 2]
    assert torch.allclose(grey, luminance[:, None].expand(-1, 3, -1, -1), atol=1e-5)


def test_the_other_person_is_always_another() -> None:
    person = torch.tensor([0, 0, 1, 1, 1, 2, 0])
    other = another_person(person)
    assert (person[other] != person).all()
    assert torch.equal(another_person(torch.zeros(3)), torch.arange(3))


def test_a_term_that_is_not_finite_stops_the_run_and_is_named() -> None:
    terms = make(*ALL_ON)(batch())
    require_finite(terms, 3)
    broken = terms._replace(cmt=torch.tensor(float("nan")))
    with pytest.raises(NonFiniteLossError, match=r"step 3: the loss term cmt is not finite"):
        require_finite(broken, 3)


def test_gradient_shares_sum_to_one_and_match_a_separate_backward() -> None:
    objective = make(*ALL_ON)
    shares = gradient_shares(objective(batch()), objective.shared_parameters(), FLOAT32)
    assert sum(shares.values()) == pytest.approx(1.0)
    norms = {}
    for name in shares:
        objective.zero_grad(set_to_none=True)
        getattr(objective(batch()), name).backward()
        grads = [p.grad for p in objective.shared_parameters() if p.grad is not None]
        norms[name] = float(torch.stack([g.square().sum() for g in grads]).sum().sqrt())
    for name, share in shares.items():
        assert share == pytest.approx(norms[name] / sum(norms.values()), rel=1e-4)


def test_pure_float16_is_refused_on_a_cpu() -> None:
    from tipr.runtime import choose

    with pytest.raises(ConfigError, match=r"float16.*needs a GPU"):
        choose(load("released", ["runtime.device=cpu"]).runtime)


def test_a_gradient_that_is_not_finite_moves_no_weight() -> None:
    objective = make(*ALL_ON)
    objective(batch()).total().backward()
    clip_gradients(objective, 1.0, 7)
    norms = [p.grad.norm() for p in objective.parameters() if p.grad is not None]
    assert torch.stack(norms).norm().item() <= 1.0 + 1e-4
    next(objective.parameters()).grad = torch.full_like(next(objective.parameters()), float("inf"))
    for bound in (1.0, 0.0):
        with pytest.raises(NonFiniteLossError, match=r"step 7: .*gradient is not finite|gradient"):
            clip_gradients(objective, bound, 7)


def test_a_term_whose_gradient_is_not_finite_is_named() -> None:
    objective = make(*ALL_ON)
    terms = objective(batch())
    weight = objective.shared_parameters()[0]
    broken = (weight * 0).sqrt().sum() * 0  # zero, with an infinite gradient
    with pytest.raises(NonFiniteLossError, match="gradient of the loss term cmt is not finite"):
        gradient_shares(terms._replace(cmt=broken), objective.shared_parameters(), FLOAT32)


def test_the_contrastive_scale_stays_below_its_bound() -> None:
    objective = make(*ALL_ON, "contrastive.scale=20", "contrastive.max_scale=30")
    assert objective._scale().item() == pytest.approx(20.0)
    with torch.no_grad():
        objective.log_scale.fill_(10.0)
    assert objective._scale().item() == pytest.approx(30.0)


def test_words_of_ends_with_the_end_token() -> None:
    assert words_of(torch.tensor([[48, 3, 49, 0], [48, 49, 0, 0]])).tolist() == [
        [True, True, True, False],
        [True, True, False, False],
    ]
