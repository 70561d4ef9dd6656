"""A run's own record of where it began is read whole, or refused in one line."""

from pathlib import Path

import pytest

from tipr.errors import ModelError
from tipr.provenance import provenance_of


def test_what_a_run_wrote_down_is_what_is_read(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"data": "mark", "seed": 3}')
    assert provenance_of(tmp_path) == {"data": "mark", "seed": 3}


@pytest.mark.parametrize("content", [b"{", b"[]", b"{}", b"\xff", b"[" * 100_000, None])
def test_a_damaged_record_is_one_line_that_says_what_to_do(
    content: bytes | None, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / "run.json").write_bytes(content)
    with pytest.raises(ModelError, match=r"run\.json: not readable .*; copy the run again") as told:
        provenance_of(tmp_path)
    assert "\n" not in str(told.value)
