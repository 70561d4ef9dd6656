"""Settings are strict, round-trip through TOML, and every complaint is one helpful line."""

from pathlib import Path

import pytest

from tipr.config import PRESETS, RunConfig, load, parse, to_toml
from tipr.errors import ConfigError


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_load_and_survive_a_round_trip(preset: str, tmp_path: Path) -> None:
    config = load(preset)
    file = tmp_path / "run.toml"
    file.write_text(to_toml(config), encoding="utf-8")
    assert config.preset == preset
    assert load(file) == config


def test_the_defaults_are_the_preset_sen() -> None:
    assert load("sen").model_copy(update={"preset": ""}) == parse(RunConfig, {}, where="defaults")


def test_a_file_stands_on_its_preset_and_overrides_stand_on_the_file(tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text('preset = "small"\n[optim]\nlr = 0.5\n[sampler]\nbatch = 7\n', encoding="utf-8")
    config = load(file, ["sampler.batch=9", "data.dir=/some where/é"])
    assert (config.optim.lr, config.sampler.batch) == (0.5, 9)
    assert config.data.dir == "/some where/é"
    assert config.model == load("small").model


@pytest.mark.parametrize(
    ("override", "complaint"),
    [
        ("objective.tri=2", r"top level: unknown 'objective'; known here: augment, .*, train"),
        ("cmt.tri=2", r"\[cmt\]: unknown 'tri'; known here: margin, positive, ramp, start, weight"),
        ("model.vision.stemm=2", r"\[model.vision\]: unknown 'stemm'; known here: depth, .*stem"),
        ("optim.lr=-1", r"optim.lr: .*greater than 0, found -1"),
        ("optim.lr=nan", r"optim.lr: .*finite"),
        ("preset=tiny", r"unknown preset 'tiny'; known: sen, sen-xl, released, small"),
        ("train.select_on='test'", r"allowed only with preset = 'released'"),
        ("restoration.heads=3", r"model.embed 256 must be a multiple of restoration.heads 3"),
        ("nonsense", r"expected section.key=value"),
        ("optim.lr.x=1", r"'lr' is a value, not a section|optim.lr"),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_it(override: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint) as caught:
        load("small", [override])
    assert "\n" not in str(caught.value)


def test_all_weights_zero_is_refused() -> None:
    zero = [f"{name}.weight=0" for name in load("small").terms]
    with pytest.raises(ConfigError, match="every loss has weight 0"):
        load("small", zero)


def test_a_missing_or_malformed_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no such settings file.*presets sen, sen-xl"):
        load(tmp_path / "nothing.toml")
    broken = tmp_path / "broken.toml"
    broken.write_text("[optim\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"broken.toml: not readable as TOML"):
        load(broken)


@pytest.mark.parametrize(
    ("override", "complaint"),
    [
        ("augment.erase_area=[-1, 0]", "0 < smallest <= largest <= 1"),
        ("augment.erase_area=[0.9, 0.1]", "0 < smallest <= largest <= 1"),
        ("optim.betas=[1.5, 0]", "optim.betas"),
        ("seed=4294967296", "seed"),
        ("tokenizer.size=600000000", "tokenizer.size"),
        ("runtime.threads=99999", "runtime.threads"),
        ("runtime.device=meta", "device .meta.: expected auto"),
        ("model.image.std=[0, 1, 1]", "model.image.std"),
        ("model.embed=6", "multiple of restoration.heads 4, and of 4"),
        ("data.dir=" + "[" * 3000, "data.dir|no annotation|unexpected"),
    ],
)
def test_values_that_would_fail_later_fail_at_once(override: str, complaint: str) -> None:
    if override.startswith("data.dir"):
        assert load("small", [override]).data.dir.startswith("[[[")  # a strange name, not a crash
        return
    with pytest.raises(ConfigError, match=complaint):
        load("small", [override])


def changed(preset: str) -> dict[str, object]:
    """section.key -> value wherever the preset differs from `sen`."""
    flat = {}
    ours, sen = load(preset).model_dump(), load("sen").model_dump()

    def walk(a: dict[str, object], b: dict[str, object], prefix: str) -> None:
        for key, value in a.items():
            other = b[key]
            if isinstance(value, dict) and isinstance(other, dict):
                walk(value, other, f"{prefix}{key}.")
            elif value != other:
                flat[prefix + key] = value

    walk(ours, sen, "")
    return flat


def test_released_is_the_released_side_of_every_switch_and_nothing_else() -> None:
    assert changed("released") == {
        "preset": "released",
        "restoration.residual": False,
        "restoration.mask_padding": False,
        "restoration.colour": "normalised",
        "restoration.count": "released",
        "restoration.ask_erased": True,
        "restoration.reuse_text": False,
        "pruning.tagger": "nltk",
        "augment.erase_fill": "released",
        "augment.mask_words": True,
        "optim.algorithm": "adam",
        "optim.weight_decay": 4e-5,
        "optim.decay": "not-biases",
        "optim.betas": (0.9, 0.999),
        "optim.eps": 1e-3,
        "optim.clip": 0.0,
        "train.select_on": "test",
        "runtime.precision": "float16",
    }


def test_sen_xl_is_sen_on_vit_l_14() -> None:
    assert changed("sen-xl") == {
        "preset": "sen-xl",
        "model.embed": 768,
        "model.image.height": 378,
        "model.image.width": 126,
        "model.vision.patch": 14,
        "model.vision.width": 1024,
        "model.vision.depth": 24,
        "model.vision.heads": 16,
        "model.text.width": 768,
        "model.text.heads": 12,
        "restoration.heads": 12,
    }


def test_sen_is_the_method_on_vit_b_16() -> None:
    sen = load("sen")
    model = sen.model
    assert (model.image.height, model.image.width, model.grid) == (384, 128, (24, 8))
    assert (model.vision.patch, model.vision.width, model.vision.depth) == (16, 768, 12)
    assert (model.text.width, model.text.depth, model.text.heads) == (512, 12, 8)
    assert (model.embed, model.text.length, model.text.vocabulary) == (512, 77, 49408)
    assert [t.weight for t in sen.terms.values()] == [0.0, 1.0, 1.0, 10.0, 10.0]
    assert (sen.sdm.temperature, sen.cmt.margin, sen.cmt.positive) == (0.02, 0.05, "paired")
    assert (sen.restoration.ratio, sen.restoration.depth) == (0.7, 4)
    assert (sen.restoration.hide, sen.restoration.fuse) == ("drop", "cross")
    assert (sen.pruning.probability, sen.sampler.batch, sen.sampler.group) == (0.2, 128, 2)
    assert (sen.optim.lr, sen.optim.fresh_factor, sen.optim.weight_decay) == (1e-5, 5.0, 0.05)
    assert sen.optim.betas == (0.9, 0.98)
    assert (sen.schedule.epochs, sen.schedule.first, sen.schedule.final) == (60, 0.1, 0.0)
    assert sen.schedule.warmup == pytest.approx(5 / 60)
