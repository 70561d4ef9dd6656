"""When a run on disk is, and is not, the one that the plan describes."""

import json
from pathlib import Path

import pytest

from tipr.config import RunConfig, load, to_toml
from tipr.errors import TrainingError
from tipr.train.agree import require_agreement

# what a run decides when it starts, and what may change without changing results
BEGAN = [
    "runtime.device=cpu",
    "runtime.precision=bfloat16",
    "runtime.threads=3",
    "model.text.vocabulary=1257",
    "data.dir=/elsewhere",
    "data.workers=2",
    "train.save_every_s=7",
]


def run(folder: Path, *overrides: str) -> Path:
    (folder / "run.toml").write_text(to_toml(load("small", [*BEGAN, *overrides])))
    (folder / "run.json").write_text('{"data": "mark"}')
    return folder


def planned(*overrides: str) -> RunConfig:
    return load("small", overrides)


def test_what_a_run_decides_for_itself_is_no_disagreement(tmp_path: Path) -> None:
    require_agreement(run(tmp_path), planned(), data="mark")
    require_agreement(run(tmp_path), planned("runtime.precision=bfloat16"), data="mark")
    require_agreement(
        run(tmp_path, f"train.init={json.dumps(str(Path.cwd() / 'm'))}"),
        planned("train.init=m"),
        data="mark",
    )


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("restoration.ratio=0.3", r"restoration\.ratio = 0\.7, the plan now says 0\.3"),
        ("seed=4", r"seed = 0, the plan now says 4"),
        ("runtime.precision=float32", r"runtime\.precision = 'bfloat16', .* 'float32'"),
        ("runtime.device=cuda", r"runtime\.device = 'cpu', the plan now says 'cuda'"),
        ("train.init=/m", r"train\.init = '', the plan now says '/m'"),
        ("augment.erase_area=[0.1,0.2]", r"augment\.erase_area = \[0\.02, 0\.4\]"),
        ("data.format=jsonl", r"data\.format = 'auto'"),
    ],
)
def test_any_other_difference_is_named_with_both_values(
    override: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(TrainingError, match=said) as caught:
        require_agreement(run(tmp_path), planned(override), data="mark")
    assert str(tmp_path) in str(caught.value)


def test_other_data_is_a_disagreement(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="began on other data than"):
        require_agreement(run(tmp_path), planned(), data="another mark")
