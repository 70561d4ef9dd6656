import json
import os
from pathlib import Path

import numpy as np
import pytest

from tipr.errors import StorageError
from tipr.gallery import derived
from tipr.gallery.derived import STAMP, check, drop, read
from tipr.gallery.sinks import Memory, Sink, files

NAMES = ("ids", "vectors")
VECTORS = np.random.default_rng(0).normal(size=(1000, 16)).astype(np.float32)  # 64,000 bytes
IDS = np.arange(1000)


def fill(sink: Sink) -> None:
    for start in range(0, len(IDS), 300):
        sink.append("ids", IDS[start : start + 300])
        sink.append("vectors", VECTORS[start : start + 300])


def make(path: Path, generation: str = "one") -> None:
    with files(path) as sink:
        fill(sink)
        sink.publish(generation, "exact")


def flip(file: Path, byte: int) -> None:
    with file.open("r+b") as opened:
        opened.seek(byte)
        (old,) = opened.read(1)
        opened.seek(byte)
        opened.write(bytes([old ^ 1]))


@pytest.fixture
def large(monkeypatch):
    """Files of 40,000 bytes and more are large; they have blocks of 1,000."""
    monkeypatch.setattr(derived, "LARGE", 40_000)
    monkeypatch.setattr(derived, "BLOCK", 1000)


def test_what_was_published_is_read_back(tmp_path):
    make(tmp_path)
    found = read(tmp_path, "one", "exact", NAMES)
    np.testing.assert_array_equal(found.arrays["ids"], IDS)
    np.testing.assert_array_equal(found.arrays["vectors"], VECTORS)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        [STAMP, "index.ids", "index.vectors"]
    )
    assert check(tmp_path) == []


def test_what_is_large_is_mapped(tmp_path, large):
    make(tmp_path)
    arrays = read(tmp_path, "one", "exact", NAMES).arrays
    np.testing.assert_array_equal(arrays["vectors"], VECTORS)
    assert (arrays["vectors"].flags.owndata, arrays["vectors"].flags.writeable) == (False, False)
    assert isinstance(arrays["vectors"].base, np.memmap)
    assert arrays["ids"].flags.writeable


def test_another_content_kind_or_set_of_arrays_is_not_read(tmp_path):
    make(tmp_path)
    assert read(tmp_path, "two", "exact", NAMES) is None
    assert read(tmp_path, "one", "approximate", NAMES) is None
    assert read(tmp_path, "one", "exact", (*NAMES, "halves")) is None


def stamped(path: Path, change: dict) -> None:
    stamp = json.loads((path / STAMP).read_bytes())
    stamp["arrays"]["ids"] |= change
    (path / STAMP).write_text(json.dumps(stamp))


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (lambda g: flip(g / "index.vectors", 63_999), "index.vectors has changed in 1 of 1 blocks"),
        (lambda g: flip(g / "index.ids", 0), "index.ids has changed"),
        (lambda g: os.truncate(g / "index.ids", 7999), "index.ids has another length"),
        (lambda g: (g / "index.ids").unlink(), "index.ids is missing"),
        (lambda g: stamped(g, {"crc32": []}), "index.ids has another length"),
        (lambda g: stamped(g, {"shape": [2000]}), "index.ids has another length"),
        (lambda g: stamped(g, {"shape": ["x"]}), f"{STAMP} cannot be read"),
        (lambda g: stamped(g, {"type": "|O"}), ""),
        (lambda g: (g / STAMP).write_text("[1, 2]"), f"{STAMP} cannot be read"),
        (lambda g: (g / STAMP).write_text("not json"), f"{STAMP} cannot be read"),
        (lambda g: (g / STAMP).write_bytes(b"\xff\xfe"), f"{STAMP} cannot be read"),
    ],
    ids=["vectors", "ids", "cut", "gone", "sums", "shape", "odd", "type", "list", "text", "bytes"],
)
def test_damage_is_told_and_nothing_damaged_is_read(tmp_path, harm, told):
    make(tmp_path)
    harm(tmp_path)
    assert read(tmp_path, "one", "exact", NAMES) is None
    assert "\n".join(check(tmp_path)).startswith(told)


def test_having_no_index_is_no_fault(tmp_path):
    assert check(tmp_path) == []
    assert read(tmp_path, "one", "exact", NAMES) is None


def test_of_large_vectors_a_sample_is_checked_and_by_check_everything(tmp_path, large):
    make(tmp_path)
    noticed = []
    for block in range(64):
        flip(tmp_path / "index.vectors", block * 1000 + 500)
        noticed.append(read(tmp_path, "one", "exact", NAMES) is None)
        assert len(check(tmp_path)) == 1
        flip(tmp_path / "index.vectors", block * 1000 + 500)
    assert noticed[0]
    assert noticed[-1]
    assert 8 <= sum(noticed) <= 10
    make(tmp_path, "two")
    flip(tmp_path / "index.ids", 4321)  # what is not vectors is always checked
    assert read(tmp_path, "two", "exact", NAMES) is None


def test_another_content_has_another_sample(tmp_path, large):
    make(tmp_path, "one")
    block = next(
        block for block in range(64) if read_after_flip(tmp_path, "one", block) is not None
    )
    for number in range(100):
        make(tmp_path, f"{number}")
        if read_after_flip(tmp_path, f"{number}", block) is None:
            return
    pytest.fail("the same blocks are sampled for every content")


def read_after_flip(path: Path, generation: str, block: int):
    flip(path / "index.vectors", block * 1000)
    try:
        return read(path, generation, "exact", NAMES)
    finally:
        flip(path / "index.vectors", block * 1000)


def test_drop_overwrites_and_deletes_everything(tmp_path, large):
    make(tmp_path)
    old = ["index.faiss", ".index.halves.part"]  # of an older tipr, and of a killed writer
    for name in old:
        (tmp_path / name).write_bytes(VECTORS.tobytes())
    (tmp_path / "gallery.sqlite").write_bytes(b"stays")
    names = ["index.vectors", *old]
    (tmp_path / "held").mkdir()
    for name in names:
        os.link(tmp_path / name, tmp_path / "held" / name)
    drop(tmp_path)
    drop(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gallery.sqlite", "held"]
    for name in names:
        assert (tmp_path / "held" / name).read_bytes() == bytes(64_000)


def test_what_is_replaced_is_overwritten_too(tmp_path):
    make(tmp_path)
    os.link(tmp_path / "index.vectors", tmp_path / "held")
    make(tmp_path, "two")
    assert (tmp_path / "held").read_bytes() == bytes(64_000)
    assert read(tmp_path, "two", "exact", NAMES) is not None


def test_mapped_arrays_are_known_to_be_gone(tmp_path, large):
    make(tmp_path)
    found = read(tmp_path, "one", "exact", NAMES)
    assert found.still_there()
    drop(tmp_path)
    assert not found.arrays["vectors"].any()
    assert not found.still_there()
    make(tmp_path)
    assert not found.still_there()


def test_arrays_in_memory_stay_what_they_are(tmp_path):
    make(tmp_path)
    found = read(tmp_path, "one", "exact", NAMES)
    drop(tmp_path)
    assert found.still_there()
    np.testing.assert_array_equal(found.arrays["vectors"], VECTORS)


def test_files_dropped_while_they_are_read_are_not_believed(tmp_path, monkeypatch):
    make(tmp_path)
    original = derived.open_array

    def dropped(file, *rest):
        array = original(file, *rest)
        (tmp_path / STAMP).unlink(missing_ok=True)
        return array

    monkeypatch.setattr(derived, "open_array", dropped)
    assert read(tmp_path, "one", "exact", NAMES) is None


def test_an_interrupted_writer_leaves_the_old_files_and_no_draft(tmp_path):
    make(tmp_path)
    before = sorted(path.name for path in tmp_path.iterdir())

    def interrupted() -> None:
        with files(tmp_path) as sink:
            fill(sink)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert read(tmp_path, "one", "exact", NAMES) is not None


def test_a_full_disk_leaves_no_draft(tmp_path, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(derived, "publish", full)
    with pytest.raises(StorageError, match=r"cannot be written .*No space left"):
        make(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_deleted_is_named(tmp_path, monkeypatch):
    make(tmp_path)

    def refused(self, **_):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "unlink", refused)
    with pytest.raises(StorageError, match=rf"{STAMP}: cannot be deleted \(Permission denied\)"):
        drop(tmp_path)


def test_sinks_in_memory_and_in_files_hold_the_same(tmp_path):
    memory = Memory()
    fill(memory)
    with files(tmp_path) as sink:
        fill(sink)
        for name in NAMES:
            np.testing.assert_array_equal(sink.array(name), memory.array(name))
        sink.append("passing", VECTORS[:0])
        assert sink.array("passing").shape == (0, 16)
        sink.forget("passing")
        memory.forget("ids")
        sink.publish("one", "exact")
    assert memory.arrays.keys() == {"vectors"}
    assert read(tmp_path, "one", "exact", NAMES).arrays.keys() == set(NAMES)
