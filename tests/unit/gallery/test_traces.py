from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipr.gallery import traces


def slowly(content: bytes, trace: bytes) -> list[int]:
    return [at for at in range(len(content)) if content.startswith(trace, at)]


@given(
    st.binary(max_size=300),
    st.lists(st.binary(min_size=traces.KEY, max_size=20), max_size=3),
    st.integers(1, 40),
)
def test_every_place_is_found_and_no_other(tmp_path_factory, content, wanted, block):
    folder = tmp_path_factory.mktemp("files")
    content = content + b"".join(wanted) + content[:50] + b"".join(wanted[:1])
    (folder / "file").write_bytes(content)
    before, traces._BLOCK = traces._BLOCK, block
    try:
        found = traces.search(folder, wanted)
    finally:
        traces._BLOCK = before
    expected = {
        trace: [f"file, byte {at}" for at in slowly(content, trace)] for trace in set(wanted)
    }
    in_order = {
        trace: sorted(places, key=lambda place: int(place.split()[-1]))
        for trace, places in found.items()
    }
    assert in_order == {trace: places for trace, places in expected.items() if places}


def test_files_in_folders_below_are_read_too(tmp_path: Path):
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "file").write_bytes(b"--secret of mine--")
    (tmp_path / "empty").touch()
    assert traces.search(tmp_path, [b"secret of mine"]) == {
        b"secret of mine": [f"{Path('below') / 'file'}, byte 2"]
    }


def test_a_trace_that_is_too_short_is_the_callers_bug(tmp_path: Path):
    with pytest.raises(ValueError, match="needs 8 bytes"):
        traces.search(tmp_path, [b"short"])
