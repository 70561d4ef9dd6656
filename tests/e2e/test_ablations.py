"""`tipr ablate` as a user calls it: a real plan of two rows and two seeds, then once more."""

import csv
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import tomli_w
from tests.tiny import TINY

from tipr.cli import main
from tipr.train.log import read_log

ROWS = """
[[row]]
name = "contrastive only"
set.sdm.weight = 0
set.cmt.weight = 0
set.identity.weight = 0
set.restoration.weight = 0

[[row]]
name = "all"
"""


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    common = {"base": "small", "seeds": [0, 1], "set": tomllib.loads("\n".join(TINY))}
    common["set"]["schedule"]["samples"] = 32
    path = tmp_path / "plan.toml"
    path.write_text(tomli_w.dumps(common) + ROWS)
    return path


Call = Callable[[list[str]], tuple[int, str, str]]


@pytest.fixture
def call(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """Call the command line in this process: exit code, standard output, standard error."""

    def answer(words: list[str]) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["tipr", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), *capfd.readouterr()

    return answer


def test_a_plan_becomes_a_table_and_a_second_call_trains_nothing(
    plan: Path, drawn: Path, tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    words = ["ablate", str(plan), str(out), "--data", str(drawn), "--jobs", "2"]
    code, said, told = call(words)
    assert code == 0, told
    assert [line[:5] for line in told.splitlines()] == ["[1/4]", "[2/4]", "[3/4]", "[4/4]"]
    assert said == (out / "table.md").read_text()
    assert f"tipr ablate {plan} {out} --data {drawn} --jobs 2" in said
    assert (out / "plot.svg").read_bytes().rstrip().endswith(b"</svg>")
    with (out / "table.csv").open() as file:
        first, second = csv.DictReader(file)
    assert (first["runs"], second["against"], second["samples"]) == ("2", "contrastive only", "32")
    for row in (first, second):
        assert float(row["R1_mean"]) == pytest.approx(logged(out, row["row"], "R1"), abs=1e-3)
        assert float(row["mAP_mean"]) == pytest.approx(logged(out, row["row"], "mAP"), abs=1e-3)

    monkeypatch.setattr("tipr.train.children.TIPR", ["false"])  # whatever is called now fails
    (out / "plot.svg").unlink()
    code, again, told = call([*words, "--no-plot"])
    assert (code, told) == (0, "")
    assert again.replace(" --no-plot", "") == said
    assert not (out / "plot.svg").exists()


def logged(out: Path, row: str, metric: str) -> float:
    """The mean over seeds of what the runs themselves found at their last step."""
    found = []
    for run in (out / row.replace(" ", "-")).glob("seed-*/"):
        scores = [event["scores"] for event in read_log(run) if event["kind"] == "evaluate"]
        assert len(scores) == 1  # nothing to select from
        found.append(scores[0]["text_to_image"][metric])
    assert len(found) == 2
    return sum(found) / 2


def test_a_failed_run_is_in_the_table_and_in_the_exit_code(
    plan: Path, drawn: Path, tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = [sys.executable, "-S", "-c", "import sys; sys.exit('tipr: no power')"]
    monkeypatch.setattr("tipr.train.children.TIPR", program)
    code, said, told = call(["ablate", str(plan), str(tmp_path / "out"), "--data", str(drawn)])
    assert code == 2
    assert "| all | 0 | failed |" in said
    assert "- all, seed 1: failed: no power" in said
    assert "[4/4] all, seed 1: failed: no power" in told


def test_a_wrong_plan_and_missing_matplotlib_are_one_line_and_train_nothing(
    plan: Path, drawn: Path, tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["ablate", str(plan), str(tmp_path / "out"), "--data", str(drawn)]
    monkeypatch.setattr("tipr.train.plot.find_spec", lambda _name: None)
    remedy = "pip install 'tipr[report]', or give --no-plot"
    assert call(words) == (2, "", f"tipr: the plot needs matplotlib: {remedy}\n")
    plan.write_text(plan.read_text().replace("cmt.weight = 0", "cmt.wait = 0"))
    code, said, told = call(words)
    assert (code, said, len(told.splitlines())) == (2, "", 1)
    assert told.startswith(f"tipr: {plan}, row 'contrastive only': small: [cmt]: unknown 'wait'")
    assert not (tmp_path / "out").exists()
