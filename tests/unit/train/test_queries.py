"""What became of every query of a run: scored anew, written whole, read again."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from tests.tiny import TINY
from tests.unit.train.made_up import queries

from tipr.config import load
from tipr.errors import ModelError
from tipr.train import loop
from tipr.train.log import read_log
from tipr.train.queries import QUERIES, read_queries, score_queries, write_queries

FOUND = queries([1, 2, 3, 1, 11, 0], "aabbcd")


def test_outcomes_come_back_as_they_were_written(tmp_path: Path) -> None:
    write_queries(tmp_path, FOUND)
    found = read_queries(tmp_path)
    assert found.people == FOUND.people
    assert np.array_equal(found.outcomes.first_N, FOUND.outcomes.first_N)
    assert found.outcomes.first_N.dtype == np.int64
    for name in ("precision_N", "inverse_N"):
        one, other = getattr(found.outcomes, name), getattr(FOUND.outcomes, name)
        assert np.array_equal(one, other, equal_nan=True)
    assert found.outcomes.ranking() == FOUND.outcomes.ranking()


@pytest.mark.parametrize("content", [b"", b"garbage", None])
def test_damaged_outcomes_are_one_clear_error(content: bytes | None, tmp_path: Path) -> None:
    write_queries(tmp_path, FOUND)
    path = tmp_path / QUERIES
    path.write_bytes(path.read_bytes()[:200] if content is None else content)
    with pytest.raises(ModelError, match=r"queries\.npz: not readable .* remove it"):
        read_queries(tmp_path)


def test_a_run_is_scored_on_the_people_held_out_for_it(drawn: Path, tmp_path: Path) -> None:
    """A benchmark without a val: what the run itself found there is what is found again."""
    data = tmp_path / "data"
    shutil.copytree(drawn, data)
    records = json.loads((data / "reid_raw.json").read_text())
    kept = [record for record in records if record["split"] != "val"]
    (data / "reid_raw.json").write_text(json.dumps(kept))
    words = [*TINY, f"data.dir={json.dumps(str(data))}", "data.holdout=0.3", "schedule.samples=16"]
    loop.train(load("small", words), tmp_path / "run", console=Console(quiet=True))
    found = score_queries(tmp_path / "run", threads=1)
    logged = [e["scores"] for e in read_log(tmp_path / "run") if e["kind"] == "evaluate"][-1]
    assert found.outcomes.ranking().as_json() == pytest.approx(logged["text_to_image"])
    assert len(set(found.people)) == logged["people"]
    assert read_queries(tmp_path / "run").people == found.people
