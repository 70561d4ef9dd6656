"""A run's parts follow from its settings and data: here, who is held out as val."""

import json
from pathlib import Path

import pytest
from tests.tiny import TINY

from tipr.config import RunConfig, load
from tipr.data.benchmarks import fingerprint, read_benchmark, read_splits
from tipr.errors import DataError
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
