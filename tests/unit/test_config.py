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
