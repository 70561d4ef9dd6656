"""The released method, term by term and parameter by parameter, on tiny random models."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from tests.parity.conftest import cases
from tipr import models
from tipr.checkpoint import load_into
from tipr.config import RunConfig, parse
from tipr.data.batches import PairBatch
from tipr.losses.cmt import cmt_loss
from tipr.losses.identity import identity_loss
from tipr.losses.restoration import restoration_loss
from tipr.losses.sdm import sdm_loss
from tipr.model.decoder import Words, sincos_positions
from tipr.model.grey import shown
from tipr.model.masking import hide_as_released
from tipr.model.text import words_of
from tipr.model.vision import patchify
from tipr.runtime import Runtime
from tipr.train.objective import LossTerms, Objective
from tipr.weights.positions import resize_positions
from tipr.weights.released import from_released, our_name

CASES = cases("tiny_*.json")
FLOAT32 = Runtime(torch.device("cpu"), torch.float32)


class Case(NamedTuple):
    expected: dict[str, Any]
    state: dict[str, Tensor]
    io: dict[str, Tensor]
    config: RunConfig
    objective: Objective


@lru_cache
def load(path: Path) -> Case:
    expected = json.loads(path.read_text())
    state = load_file(path.with_name(f"{path.stem}_state.safetensors"))
    io = load_file(path.with_name(f"{path.stem}_io.safetensors"))
    config = settings(expected["config"], state)
    model = models.build(config.model, config.restoration)
    objective = Objective(model, config, people=expected["config"]["classes"], runtime=FLOAT32)
    found = from_released(state)
    # the fixed table is regenerated, not loaded: test_decoder_positions compares it
    assert set(found.left_out) == set(expected["unused"]) | {"decoder_pos_embed"}
    load_into(objective, {in_objective(name): t for name, t in found.tensors.items()}, where="case")
    return Case(expected, state, io, config, objective)


def settings(sizes: dict[str, Any], state: dict[str, Tensor]) -> RunConfig:
    weights = sizes["weights"]
    height, width = sizes["img"]
    table = {
        "model": {
            "embed": sizes["embed"],
            "image": {"height": height, "width": width},
            "vision": {
                "patch": sizes["patch"],
                "width": sizes["width_v"],
                "depth": sizes["layers_v"],
                "heads": sizes["width_v"] // 64,
            },
            "text": {
                "vocabulary": sizes["vocab"],
                "length": sizes["ctx"],
                "width": sizes["width_t"],
                "depth": sizes["layers_t"],
                "heads": sizes["width_t"] // 64,
            },
        },
        "sdm": {"weight": weights["sdm"], "temperature": sizes["temperature"]},
        "identity": {"weight": weights["id"]},
        "cmt": {"weight": weights["tri"], "margin": sizes["margin"]},
        "restoration": {
            "weight": weights["mae"],
            "ratio": sizes["mask_ratio"],
            "depth": sizes["depth"],
            "heads": sizes["embed"] // 64,
            "residual": False,
            "mask_padding": False,
            "colour": "normalised",
            "count": "released",
            "ask_erased": True,
            "reuse_text": False,
        },
    }
    return parse(RunConfig, table, where="golden")


def in_objective(name: str) -> str:
    return name if name.startswith("identity.") else f"model.{name}"


def batch(case: Case) -> PairBatch:
    io = case.io
    return PairBatch(
        pixels_B3HW=io["images"],
        ids_BT=io["caption_ids"],
        person_B=io["pids"],
        erased_B4=torch.zeros(len(io["images"]), 4, dtype=torch.int64),
        noise_BL=io["mask_noise"],
        drop_BL=torch.zeros(len(io["mask_noise"]), 0),
        said_BW=torch.zeros(len(io["mask_noise"]), 0),
    )


def seen(objective: Objective, pixels: Tensor) -> Tensor:
    """What the encoder sees of the pictures that are to be restored."""
    config = objective._config
    image = config.model.image
    return shown(pixels, config.restoration.colour, image.mean, image.std)


def assert_close(found: Tensor, expected: Tensor, tolerance: float = 1e-5) -> None:
    assert found.shape == expected.shape
    error = (found - expected).abs().max() / expected.abs().max()
    assert error <= tolerance, f"largest relative error {error:.2e}"


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_features_are_the_released_ones(path: Path) -> None:
    case = load(path)
    with torch.inference_mode():
        image = case.objective.model.encode_image(case.io["images"])
        text = case.objective.model.encode_text(case.io["caption_ids"], padding_too=True)
        trimmed = case.objective.model.encode_text(case.io["caption_ids"])
    assert_close(image.pooled_BD, case.io["image_features"])
    assert_close(text.pooled_BD, case.io["text_features"])
    assert_close(trimmed.pooled_BD, case.io["text_features"])


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_hiding_is_the_released_one(path: Path) -> None:
    case = load(path)
    hidden = hide_as_released(case.io["mask_noise"], case.config.restoration.ratio)
    assert torch.equal(hidden.kept_BK, case.io["kept_patches"])
    assert torch.equal(hidden.asked_BL.float(), case.io["tir_mask"])


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_restoration_of_the_given_visible_patches_is_the_released_one(path: Path) -> None:
    case = load(path)
    objective = case.objective
    hidden = hide_as_released(case.io["mask_noise"], case.config.restoration.ratio)
    hidden = hidden._replace(kept_BK=case.io["kept_patches"])
    with torch.inference_mode():
        text = objective.model.encode_text(case.io["caption_ids"], padding_too=True)
        grey = seen(objective, case.io["images"])
        found = objective.model.restore(grey, hidden, Words(text.tokens_BLD, None))
    assert_close(found, case.io["tir_pred"])


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_loss_and_the_total_are_the_released_ones(path: Path) -> None:
    case = load(path)
    terms: LossTerms = case.objective(batch(case))
    expected = case.expected["losses"]
    assert terms.sdm.item() == pytest.approx(expected["sdm_loss"], rel=1e-5)
    assert terms.identity.item() == pytest.approx(expected["id_loss"], rel=1e-5)
    assert terms.cmt.item() == pytest.approx(expected["tri_loss"], rel=1e-5)
    assert terms.restoration.item() == pytest.approx(expected["mae_loss"], rel=1e-5)
    assert terms.contrastive.item() == 0.0
    assert terms.total().item() == pytest.approx(case.expected["total"], rel=1e-5)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_exact_count_gives_the_error_over_every_hidden_patch(path: Path) -> None:
    case = load(path)
    hidden = hide_as_released(case.io["mask_noise"], case.config.restoration.ratio)
    with torch.inference_mode():
        text = case.objective.model.encode_text(case.io["caption_ids"], padding_too=True)
        grey = seen(case.objective, case.io["images"])
        found = case.objective.model.restore(grey, hidden, Words(text.tokens_BLD, None))
    colour = patchify(case.io["images"], case.config.model.vision.patch)
    loss = restoration_loss(found, colour, hidden.hidden_BL[..., None])
    assert loss.item() == pytest.approx(case.expected["tir_mse_all_removed"], rel=1e-5)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_gradient_norm_of_every_parameter_is_the_released_one(path: Path) -> None:
    case = load(path)
    case.objective.zero_grad(set_to_none=True)
    case.objective(batch(case)).total().backward()
    grads = {name: p.grad for name, p in case.objective.named_parameters()}
    norms = case.expected["grad_norms"]
    assert len(norms) == len(grads)
    largest = max(norms.values())
    for released, expected in norms.items():
        name = our_name(released)
        assert name is not None, released
        grad = grads[in_objective(name)]
        assert grad is not None, released
        assert grad.norm().item() == pytest.approx(expected, rel=1e-3, abs=1e-6 * largest), released


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_decoder_positions_are_the_released_table(path: Path) -> None:
    case = load(path)
    table = case.state["decoder_pos_embed"][0]
    assert_close(sincos_positions(*case.config.model.grid, table.shape[1]), table[1:])
    assert not table[0].any()


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_words_end_at_the_end_token(path: Path) -> None:
    ids = load(path).io["caption_ids"]
    assert torch.equal(words_of(ids).sum(dim=1), ids.argmax(dim=1) + 1)


@pytest.mark.parametrize("path", cases("losses_*.json"), ids=lambda path: path.stem)
def test_loss_functions_give_the_released_values(path: Path) -> None:
    expected = json.loads(path.read_text())
    t = load_file(path.with_suffix(".safetensors"))
    image, text, person = t["image_features"], t["text_features"], t["pids"]
    sdm = sdm_loss(image, text, person, expected["temperature"])
    assert sdm.item() == pytest.approx(expected["sdm"], rel=1e-5)
    assert cmt_loss(image, text, person, 0.05).item() == pytest.approx(
        expected["cmt_margin_0_05"], rel=1e-5
    )
    assert identity_loss(t["image_logits"], t["text_logits"], person).item() == pytest.approx(
        expected["id"], rel=1e-5
    )


@pytest.mark.parametrize("path", cases("pos_embed*.safetensors"), ids=lambda path: path.stem)
def test_position_tables_are_resized_as_released(path: Path) -> None:
    tables = load_file(path)
    assert_close(resize_positions(tables["source"], (24, 8)), tables["resized_24x8"])
