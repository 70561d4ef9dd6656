"""A run's parts follow from its settings and data: here, who is held out as val."""

import json
from pathlib import Path

import pytest
import torch
from tests.tiny import TINY

from tipr import models
from tipr.config import RunConfig, load
from tipr.data.benchmarks import fingerprint, read_benchmark, read_splits
from tipr.errors import ConfigError, DataError, ModelError
from tipr.model.blocks import Block
from tipr.train.setup import assemble
from tipr.train.state import mark_of


@pytest.fixture(scope="module")
def without_val(drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The drawn people as ICFG-PEDES has them: what was val is train."""
    folder = tmp_path_factory.mktemp("no-val")
    rows = json.loads((drawn / "reid_raw.json").read_text(encoding="utf-8"))
    for row in rows:
        row["split"] = "test" if row["split"] == "test" else "train"
    (folder / "ICFG-PEDES.json").write_text(json.dumps(rows), encoding="utf-8")
    (folder / "imgs").symlink_to(drawn / "imgs")
    return folder


def settings(folder: Path, *more: str) -> RunConfig:
    return load("small", [*TINY, f"data.dir={json.dumps(str(folder))}", *more])


def test_a_run_learns_without_the_people_held_out_and_is_chosen_by_them(without_val: Path) -> None:
    parts = assemble(settings(without_val, "data.holdout=0.25"))
    everybody = read_benchmark(without_val, "train")
    val = read_benchmark(without_val, "val", holdout=0.25)
    assert parts.select == val
    assert len(val.people) == round(0.25 * len(everybody.people))
    assert max(parts.pairs.labels) + 1 == len(everybody.people) - len(val.people)
    assert len(parts.pairs.labels) == len(everybody.captions) - len(val.captions)


def test_all_seeds_hold_out_the_same_people(without_val: Path) -> None:
    chosen = [
        assemble(settings(without_val, "data.holdout=0.25", f"seed={seed}")).select
        for seed in (0, 1)
    ]
    assert chosen[0] == chosen[1]


def test_a_run_tells_what_it_held_out_beside_the_data_as_they_lie_on_disk(
    without_val: Path,
) -> None:
    config = settings(without_val, "data.holdout=0.25")
    provenance = assemble(config).provenance
    assert provenance["holdout"] == 0.25
    assert provenance["data"] == fingerprint(read_splits(without_val))
    other = config.model_copy(update={"data": config.data.model_copy(update={"holdout": 0.5})})
    assert mark_of(config) != mark_of(other)  # so a resumed run cannot hold out others


def test_a_benchmark_without_val_names_the_setting_that_makes_one(without_val: Path) -> None:
    with pytest.raises(DataError, match=r"no split 'val'.*data\.holdout=0\.05$"):
        assemble(settings(without_val))


def test_a_benchmark_with_val_keeps_it(drawn: Path) -> None:
    with pytest.raises(DataError, match="has a split 'val' of its own"):
        assemble(settings(drawn, "data.holdout=0.25"))


@pytest.mark.filterwarnings("ignore:`torch.jit.script_method` is deprecated")  # torch's own
def test_blocks_are_compiled_where_the_settings_say_so(drawn: Path) -> None:
    for words, expected in (([], False), (["runtime.compile=true"], True)):
        parts = assemble(settings(drawn, *words))
        blocks = [part for part in parts.objective.modules() if isinstance(part, Block)]
        assert {part._compiled_call_impl is not None for part in blocks} == {expected}
        assert parts.config.runtime.compile is expected


def test_compiling_without_a_compiler_says_what_is_missing(
    drawn: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    with pytest.raises(ConfigError, match=r"needs a C\+\+ compiler.*no no-such-compiler"):
        assemble(settings(drawn, "runtime.compile=true"))


def test_a_run_may_start_from_weights_that_looked_at_mirror_images(
    drawn: Path, tmp_path: Path
) -> None:
    before = assemble(settings(drawn, "model.vision.mirror=true"))
    models.write_settings(tmp_path, before.config.model, before.tokenizer)
    model = before.objective.model
    models.write_weights(tmp_path, model, before.config.model, before.tokenizer, {})
    init = f"train.init={json.dumps(str(tmp_path))}"
    after = assemble(settings(drawn, init, "model.vision.mirror=false", "seed=5"))
    assert not after.config.model.vision.mirror
    looks = after.objective.model.vision
    for one, other in zip(model.vision.parameters(), looks.parameters(), strict=True):
        assert torch.equal(one, other)
    with pytest.raises(ModelError, match=r"differs from the settings in model\.vision"):
        assemble(settings(drawn, init, "model.vision.depth=2"))
