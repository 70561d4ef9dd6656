"""Settings are strict, round-trip through TOML, and every complaint is one helpful line."""

from importlib import import_module
from pathlib import Path

import pytest
import torch

from tipr import config
from tipr.config import PRESETS, RunConfig, load, load_written, parse, to_toml
from tipr.errors import ConfigError
from tipr.models import build
from tipr.train.plan import LAST_STEP_ONLY, read_plan


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_load_and_survive_a_round_trip(preset: str, tmp_path: Path) -> None:
    config = load(preset)
    file = tmp_path / "run.toml"
    file.write_text(to_toml(config), encoding="utf-8")
    assert config.preset == preset
    assert load(file) == config


def test_what_an_older_run_could_not_set_is_off_whatever_its_preset_says_today(
    tmp_path: Path,
) -> None:
    written = to_toml(load("small"))
    before, _, after = written.partition("[contrastive]\n")
    assert load("small").contrastive.weight > 0
    older = before + after[after.index("[") :]
    (tmp_path / "run.toml").write_text(older)
    assert load_written(tmp_path / "run.toml").contrastive.weight == 0
    assert load_written(tmp_path / "run.toml").words == load("small").words


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
        ("preset=tiny", r"unknown preset 'tiny'; known: sen, sen-b32, sen-xl, released, small"),
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
    with pytest.raises(ConfigError, match=r"no such settings file.*presets sen, sen-b32, sen-xl"):
        load(tmp_path / "nothing.toml")
    broken = tmp_path / "broken.toml"
    broken.write_text("[optim\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"broken.toml: not readable as TOML"):
        load(broken)


def test_a_wrong_sentence_is_never_looked_for_inside_a_chunk() -> None:
    with pytest.raises(ConfigError, match=r"a chunk may hold only one person; set sampler.chunk"):
        load("small", ["restoration.words=wrong", "sampler.chunk=2"])


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
        ("data.holdout=1", "data.holdout: .*less than 1, found 1"),
        ("data.holdout=-0.1", "data.holdout: .*greater than or equal to 0"),
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


def test_sen_b32_is_sen_on_vit_b_32() -> None:
    assert changed("sen-b32") == {"preset": "sen-b32", "model.vision.patch": 32}
    assert load("sen-b32").model.grid == (12, 4)


CLIP_PARAMETERS = {"sen-b32": 151_277_313, "sen": 149_620_737, "sen-xl": 427_616_513}
"""ViT-B/32, B/16 and L/14 as OpenAI published them (Radford et al. 2021, arXiv 2103.00020)."""


@pytest.mark.parametrize(("preset", "square"), [("sen-b32", 7), ("sen", 14), ("sen-xl", 16)])
def test_a_preset_is_clip_but_for_the_positions_of_its_rectangle_and_the_temperature(
    preset: str, square: int
) -> None:
    model = load(preset).model
    with torch.device("meta"):  # sizes only: no memory for 428 million numbers
        ours = sum(p.numel() for p in build(model).parameters())
    rows, columns = model.grid
    fewer_positions = (square**2 - rows * columns) * model.vision.width
    temperature = 1  # CLIP's logit_scale; ours belongs to the contrastive loss
    assert ours == CLIP_PARAMETERS[preset] - fewer_positions - temperature


def test_clip_checkpoints_have_the_heads_that_the_presets_give_them() -> None:
    for preset in CLIP_PARAMETERS:  # heads are no parameters: every CLIP head is 64 wide
        config = load(preset)
        vision, text = config.model.vision, config.model.text
        assert vision.width // vision.heads == text.width // text.heads == 64
        assert config.model.embed // config.restoration.heads == 64


def test_sen_is_the_method_on_vit_b_16() -> None:
    sen = load("sen")
    model = sen.model
    assert (model.image.height, model.image.width, model.grid) == (384, 128, (24, 8))
    assert (model.vision.patch, model.vision.width, model.vision.depth) == (16, 768, 12)
    assert (model.text.width, model.text.depth, model.text.heads) == (512, 12, 8)
    assert (model.embed, model.text.length, model.text.vocabulary) == (512, 77, 49408)
    weights = {name: term.weight for name, term in sen.terms.items() if term.weight}
    assert weights == {"sdm": 1.0, "identity": 1.0, "cmt": 10.0, "restoration": 10.0}
    assert (sen.sdm.temperature, sen.cmt.margin, sen.cmt.positive) == (0.02, 0.05, "paired")
    assert (sen.restoration.ratio, sen.restoration.depth) == (0.7, 4)
    assert (sen.restoration.hide, sen.restoration.fuse) == ("drop", "cross")
    assert (sen.pruning.probability, sen.sampler.batch, sen.sampler.group) == (0.2, 128, 2)
    assert (sen.optim.lr, sen.optim.fresh_factor, sen.optim.weight_decay) == (1e-5, 5.0, 0.05)
    assert sen.optim.betas == (0.9, 0.98)
    assert (sen.schedule.epochs, sen.schedule.first, sen.schedule.final) == (60, 0.1, 0.0)
    assert sen.schedule.warmup == pytest.approx(5 / 60)


# --- the benchmarks' settings files --------------------------------------------------------

CONFIGS = Path(__file__).parents[2] / "configs"
BENCHMARKS = ("cuhk-pedes", "icfg-pedes", "rstpreid")


@pytest.mark.parametrize("benchmark", BENCHMARKS)
@pytest.mark.parametrize(
    ("name", "preset", "like"),
    [
        ("sen", "sen", "sen"),
        ("sen-xl", "sen-xl", "sen-xl"),
        ("released", "released", "sen"),
        ("released-xl", "released", "sen-xl"),
    ],
)
def test_a_benchmarks_file_is_its_preset_with_data_and_start_and_nothing_else(
    benchmark: str, name: str, preset: str, like: str
) -> None:
    config = load(CONFIGS / benchmark / f"{name}.toml")
    sizes, bare = load(like), load(preset)
    no_val = benchmark == "icfg-pedes" and preset != "released"
    data = {"format": benchmark, "workers": 8, "holdout": 0.05 if no_val else 0.0}
    start = "models/clip-vit-l-14" if like == "sen-xl" else "models/clip-vit-b-16"
    heads = {"heads": sizes.restoration.heads}
    assert config == bare.model_copy(
        update={
            "model": sizes.model,
            "restoration": bare.restoration.model_copy(update=heads),
            "data": bare.data.model_copy(update=data),
            "train": bare.train.model_copy(update={"init": start}),
        }
    )


def test_only_the_released_files_choose_by_the_test_split() -> None:
    files = [file for benchmark in BENCHMARKS for file in (CONFIGS / benchmark).glob("*.toml")]
    by = {(file.stem, load(file).train.select_on) for file in files if file.stem != "seeds"}
    assert by == {
        ("sen", "val"),
        ("sen-xl", "val"),
        ("released", "test"),
        ("released-xl", "test"),
    }


@pytest.mark.parametrize("benchmark", BENCHMARKS)
def test_a_plan_of_seeds_repeats_the_benchmarks_file(benchmark: str) -> None:
    rows = read_plan(CONFIGS / benchmark / "seeds.toml")
    once = load(CONFIGS / benchmark / "sen.toml")
    last_only = once.train.model_copy(update={"evaluate_every": LAST_STEP_ONLY})
    assert [row.name for row in rows] == ["sen"]
    assert rows[0].seeds == (0, 1, 2)
    assert rows[0].settings == once.model_copy(update={"train": last_only})


# --- the package ---------------------------------------------------------------------------


def test_every_name_of_the_package_is_found_where_it_lives() -> None:
    assert sorted(config._HOME) == sorted(config.__all__)
    for name, home in config._HOME.items():
        assert getattr(config, name) is getattr(import_module(home), name)
    with pytest.raises(AttributeError, match=r"tipr\.config.*'Nothing'"):
        _ = config.Nothing
