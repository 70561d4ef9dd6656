"""The towers: no leaks from hidden pixels or padding, any size that fits, no idle decoder."""

from typing import Any

import pytest
import torch

from tipr import models
from tipr.config import ModelConfig, RestorationConfig, load, parse
from tipr.errors import ConfigError
from tipr.model import text
from tipr.model.blocks import QuickGELU, compile_blocks, stack
from tipr.model.masking import hide
from tipr.model.sen import SEN
from tipr.model.text import words_of
from tipr.model.vision import patchify


def tiny(**changes: Any) -> ModelConfig:
    table: dict[str, Any] = {
        "embed": 32,
        "activation": "gelu",
        "image": {"height": 48, "width": 16},
        "vision": {"patch": 8, "width": 32, "depth": 2, "heads": 2, "stem": "hmlp", "pool": "max"},
        "text": {
            "vocabulary": 60,
            "length": 20,
            "width": 32,
            "depth": 2,
            "heads": 2,
            "causal": False,
            "pool": "max",
        },
    }
    for section, values in changes.items():
        table[section] = {**table[section], **values} if isinstance(values, dict) else values
    return parse(ModelConfig, table, where="tiny")


VARIANTS = {
    "hmlp-max": tiny(),
    "patch-class": tiny(vision={"stem": "patch", "pool": "class"}),
}


def sentences(count: int = 24) -> torch.Tensor:
    rng = torch.Generator().manual_seed(0)
    ids = torch.zeros(count, 20, dtype=torch.int64)
    for row in ids:
        length = int(torch.randint(3, 21, (1,), generator=rng))
        row[:length] = torch.randint(1, 58, (length,), generator=rng)
        row[length - 1] = 59
    return ids


@pytest.mark.parametrize("config", VARIANTS.values(), ids=VARIANTS.keys())
@pytest.mark.parametrize("way", ["drop", "mask_token"])
def test_a_hidden_pixel_changes_no_visible_token(config: ModelConfig, way: str) -> None:
    model = models.build(config, RestorationConfig(depth=1, heads=2, hide=way))  # pyright: ignore
    pixels = torch.randn(2, 3, 48, 16, generator=torch.Generator().manual_seed(1))
    hidden = hide(torch.rand(2, 12, generator=torch.Generator().manual_seed(2)), 0.5)
    is_hidden = patchify(torch.zeros_like(pixels), 8).bool() | hidden.hidden_BL[..., None]
    changed = pixels.clone()
    grid = is_hidden.view(2, 6, 2, 8, 8, 3).permute(0, 5, 1, 3, 2, 4).reshape(2, 3, 48, 16)
    changed[grid] += 100.0

    def tokens(x: torch.Tensor) -> torch.Tensor:
        if way == "drop":
            return model.vision(x, kept_BK=hidden.kept_BK)
        assert model.decoder is not None
        token = model.decoder.encoder_mask_token
        return model.vision(x, hidden_BL=hidden.hidden_BL, mask_token_C=token)

    assert not torch.equal(pixels, changed)
    assert torch.equal(tokens(pixels), tokens(changed))


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("pool", ["end", "max"])
@pytest.mark.parametrize(("each", "groups"), [(1, 4), (8, 2), (9, 1)])
def test_groups_of_like_length_give_what_the_padded_batch_gives(
    causal: bool, pool: str, each: int, groups: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text, "EACH", each)
    model = models.build(tiny(text={"causal": causal, "pool": pool}))
    ids = sentences()[:16]
    whole = torch.stack([model.encode_text(row[None]).pooled_BD[0] for row in ids])
    encode, passes = model.text._encode, []
    monkeypatch.setattr(model.text, "_encode", lambda *a: passes.append(len(a[0])) or encode(*a))
    assert torch.allclose(model.encode_text(ids).pooled_BD, whole, atol=1e-5)
    assert passes == [16 // groups] * groups


def test_padding_changes_nothing() -> None:
    model = models.build(tiny())
    ids = sentences()[:3]
    short = ids[:, : int(words_of(ids).sum(dim=1).max())]
    assert torch.allclose(
        model.encode_text(ids).pooled_BD, model.encode_text(short).pooled_BD, atol=1e-6
    )


def test_patchify_orders_row_column_channel() -> None:
    pixels = torch.arange(2 * 3 * 4 * 6).view(2, 3, 4, 6)
    patches = patchify(pixels, 2)
    slow = [[int(pixels[1, c, 2 + r, 4 + k]) for r in range(2) for k in range(2) for c in range(3)]]
    assert patches[1, 5].tolist() == slow[0]


def test_the_hierarchical_stem_equals_nested_convolutions() -> None:
    stem = models.build(tiny(vision={"patch": 16})).vision.stem
    pixels = torch.randn(2, 3, 48, 16, generator=torch.Generator().manual_seed(3))

    def convolve(x: torch.Tensor, linear: torch.nn.Linear, side: int) -> torch.Tensor:
        kernel = linear.weight.view(len(linear.weight), side, side, -1).permute(0, 3, 1, 2)
        return torch.nn.functional.conv2d(x, kernel, linear.bias, stride=side)

    x = torch.nn.functional.gelu(convolve(pixels, stem.pixels, 4))
    x = torch.nn.functional.gelu(convolve(x, stem.squares, 2))
    x = convolve(x, stem.whole, 2).flatten(2).transpose(1, 2)
    assert torch.allclose(stem(patchify(pixels, 16)), x, atol=1e-5)


@pytest.mark.parametrize("size", [(48, 16), (16, 64), (8, 8)])
def test_any_size_that_fits_the_grid_works(size: tuple[int, int]) -> None:
    model = models.build(tiny(image={"height": size[0], "width": size[1]}))
    assert model.encode_image(torch.zeros(1, 3, *size)).pooled_BD.shape == (1, 32)


def test_a_size_off_the_grid_is_refused_with_the_nearest_that_fits() -> None:
    with pytest.raises(
        ConfigError, match=r"100x64 is not a whole number of 16-pixel patches.*96x64"
    ):
        load("small", ["model.image.height=100"])


def test_retrieval_builds_no_decoder() -> None:
    model = models.build(tiny())
    assert model.decoder is None
    with pytest.raises(ValueError, match="without a decoder"):
        model.restore(torch.zeros(1, 3, 48, 16), hide(torch.rand(1, 12), 0.5), None)


def test_building_is_a_pure_function_of_the_seed() -> None:
    torch.manual_seed(5)
    first = models.build(tiny(), seed=1)
    torch.manual_seed(6)
    before = torch.random.get_rng_state()
    again, other = models.build(tiny(), seed=1), models.build(tiny(), seed=2)

    def same(a: SEN, b: SEN) -> bool:
        pairs = zip(a.parameters(), b.parameters(), strict=True)
        return all(torch.equal(x, y) for x, y in pairs)

    assert same(first, again)
    assert not same(first, other)
    assert torch.equal(before, torch.random.get_rng_state())


@pytest.mark.filterwarnings("ignore")  # what torch says of itself while it compiles
def test_compiled_blocks_compute_the_same_function_and_gradients() -> None:
    blocks, compiled = (stack(2, 16, 2, "gelu") for _ in range(2))
    compiled.load_state_dict(blocks.state_dict())
    compile_blocks(compiled)
    for length in (5, 9):  # another length is not another compilation's business
        x_BLC = torch.randn(3, length, 16, generator=torch.Generator().manual_seed(length))
        seen = torch.ones(length, length, dtype=torch.bool).tril()
        found = []
        for some in (blocks, compiled):
            some.zero_grad()
            loss = some(x_BLC, seen).square().sum()
            loss.backward(retain_graph=True)  # a graph may be gone through twice
            loss.backward()
            found.append([p.grad for p in some.parameters()])
        for one, other in zip(*found, strict=True):
            torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5 * float(one.abs().max()))


def test_quick_gelu_gives_the_bits_and_the_gradient_of_its_formula() -> None:
    x = 3 * torch.randn(50, 40, generator=torch.Generator().manual_seed(0))
    above = torch.randn(50, 40, generator=torch.Generator().manual_seed(1))
    slow = x.double().requires_grad_()
    (slow * torch.sigmoid(1.702 * slow)).backward(above.double())
    assert slow.grad is not None
    for dtype, close in ((torch.float32, 1e-5), (torch.bfloat16, 0.05)):
        lean = x.detach().to(dtype, copy=True).requires_grad_()
        found = QuickGELU()(lean)
        found.backward(above.to(dtype))
        assert torch.equal(found.detach(), QuickGELU()(lean.detach()))
        assert torch.equal(found.detach(), lean.detach() * torch.sigmoid(1.702 * lean.detach()))
        assert lean.grad is not None
        torch.testing.assert_close(lean.grad.double(), slow.grad, rtol=close, atol=close)


def test_quick_gelu_keeps_one_tensor_for_the_backward_pass() -> None:
    kept: list[torch.Tensor] = []
    x = torch.randn(5, 4, requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(lambda t: kept.append(t) or t, lambda t: t):
        QuickGELU()(x)
    (only,) = kept
    assert torch.equal(only, 1.702 * x)
