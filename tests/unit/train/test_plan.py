"""A plan is read as a whole and checked before anything is trained."""

from pathlib import Path

import pytest
from tests.conftest import ROOT

from tipr.errors import ConfigError
from tipr.train.plan import LAST_STEP_ONLY, Row, read_plan

PLANS = sorted((ROOT / "configs" / "ablations").glob("*.toml"))

GOOD = """
base = "small"
seeds = [0, 1]

[set]
schedule.samples = 320
augment.erase_area = [0.1, 0.2]

[[row]]
name = "all"

[[row]]
name = "no SDM / half"
set.sdm.weight = 0
set.schedule.samples = 160

[[row]]
name = "wrong words"
against = "no SDM / half"
seeds = [1]
set.restoration.words = "wrong"
set.restoration.residual = false
"""


def plan(tmp_path: Path, text: str = GOOD) -> tuple[Row, ...]:
    (tmp_path / "plan.toml").write_text(text)
    return read_plan(tmp_path / "plan.toml", data=tmp_path)


def test_rows_lay_their_own_settings_on_the_common_ones(tmp_path: Path) -> None:
    first, second, third = plan(tmp_path)
    assert (first.settings.schedule.samples, second.settings.schedule.samples) == (320, 160)
    assert (first.settings.sdm.weight, second.settings.sdm.weight) == (0.2, 0.0)
    assert third.settings.restoration.words == "wrong"
    assert third.settings.restoration.residual is False
    assert all(row.settings.augment.erase_area == (0.1, 0.2) for row in (first, second, third))
    assert all(row.settings.data.dir == str(tmp_path) for row in (first, second, third))


def test_seeds_comparisons_and_folders_have_their_defaults(tmp_path: Path) -> None:
    rows = plan(tmp_path)
    assert [row.seeds for row in rows] == [(0, 1), (0, 1), (1,)]
    assert [row.against for row in rows] == ["", "all", "no SDM / half"]
    assert [row.folder for row in rows] == ["all", "no-SDM-half", "wrong-words"]
    assert rows[1].config(1).seed == 1


def test_only_the_last_step_is_evaluated(tmp_path: Path) -> None:
    assert all(row.settings.train.evaluate_every == LAST_STEP_ONLY for row in plan(tmp_path))


def test_a_base_file_is_seen_from_the_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "plans").mkdir()
    (tmp_path / "base.toml").write_text('preset = "small"\n[sampler]\nbatch = 6\n')
    monkeypatch.chdir("/")
    rows = plan(tmp_path / "plans", GOOD.replace('"small"', '"../base.toml"'))
    assert {row.settings.sampler.batch for row in rows} == {6}


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("set.sdm.weight", "set.sdm.wieght", r"row 'no SDM / half'.*\[sdm\]: unknown 'wieght'"),
        ("set.sdm.weight = 0", "set.sdm.weight = -1", r"row 'no SDM / half'.*sdm\.weight.*-1"),
        ("schedule.samples = 320", "schedule.sample = 3", r"unknown 'sample'"),
        ("against =", "agianst =", r"row 'wrong words'.*unknown 'agianst'; known here: against"),
        ("[set]", "[sets]", r"plan\.toml: top level: unknown 'sets'; known here: base"),
        ('name = "wrong words"', "", r"row 3: name: Field required"),
        ('name = "wrong words"', 'name = "all"', r"row 'all': row 'all' has the same name"),
        ('"wrong words"', '"NO sdm? half"', r"'no SDM / half' has the same folder \(NO-sdm-half"),
        ('name = "wrong words"', 'name = "..."', r"needs a letter or digit"),
        ('base = "small"', "", r"base: Field required"),
        ('base = "small"', 'base = "none.toml"', r"none\.toml: no such settings file"),
        ("seeds = [0, 1]", "seeds = []", r"seeds: .*at least 1 item"),
        ("seeds = [0, 1]", "seeds = [0, 0]", r"seeds \[0, 0\] name one seed twice"),
        ("seeds = [0, 1]", "seeds = [0.5]", r"seeds\.0: .*0\.5"),
        ("seeds = [1]", "seeds = [7]", r"'wrong words': has no seed in common with 'no SDM"),
        ('against = "no SDM / half"', 'against = "no"', r"against 'no' is no other row; there are"),
        ('against = "no SDM / half"', 'against = "wrong words"', r"is no other row"),
        ("set.sdm.weight", "set.seed", r"row 'no SDM.*: seed cannot be set.*`seeds`"),
        ("schedule.samples = 320", "train.evaluate_every = 2", r"evaluate_every cannot be set"),
        ("set.sdm.weight = 0", 'set.data.format = "jsonl"', r"'no SDM.*scored on one split"),
        ("set.sdm.weight = 0", "set.data.holdout = 0.1", r"'no SDM.*scored on one split"),
        ("[set]", "[set", r"plan\.toml: not readable as TOML"),
    ],
)
def test_a_mistake_is_one_line_that_names_row_and_key(
    old: str, new: str, complaint: str, tmp_path: Path
) -> None:
    assert old in GOOD
    with pytest.raises(ConfigError, match=complaint) as caught:
        plan(tmp_path, GOOD.replace(old, new, 1))
    assert "\n" not in str(caught.value)


def test_a_plan_without_rows_and_one_that_is_not_there_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="row: Field required"):
        plan(tmp_path, GOOD.partition("[[row]]")[0])
    with pytest.raises(ConfigError, match=r"none\.toml: no such plan"):
        read_plan(tmp_path / "none.toml")


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.name)
def test_every_plan_of_the_project_loads_and_no_two_rows_are_the_same(path: Path) -> None:
    rows = read_plan(path)
    settings = [row.settings.model_dump_json() for row in rows]
    assert len(set(settings)) == len(rows) > 1


def test_the_project_has_its_plans() -> None:
    assert {"method", "restoration"} <= {path.stem for path in PLANS}
