"""Feature files come back as they were written, and other tools' files are read strictly."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tipr.errors import DataError, StorageError
from tipr.vectors import Features, read, write


def units(count: int, width: int = 6, seed: int = 0) -> np.ndarray:
    rows = np.random.default_rng(seed).normal(size=(count, width))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def save(path: Path, **arrays: Any) -> Path:
    np.savez(path, **arrays)
    return path


def test_what_is_written_comes_back_bit_for_bit(tmp_path: Path) -> None:
    sent = Features(
        vectors_ND=units(3),
        ids=("a man", "una señora 👩", ""),
        people=("7", "7", "anna"),
        model="ab" * 32,
        image_size=(384, 128),
    )
    write(tmp_path / "out.npz", sent)
    got = read(tmp_path / "out.npz")
    assert np.array_equal(got.vectors_ND, sent.vectors_ND)
    assert (got.ids, got.people, got.model) == (sent.ids, sent.people, sent.model)
    assert (got.image_size, got.note) == ((384, 128), "")


def test_numpy_alone_reads_the_file_without_pickle(tmp_path: Path) -> None:
    write(tmp_path / "any.name", Features(vectors_ND=units(2), ids=("x", "y")))
    with np.load(tmp_path / "any.name", allow_pickle=False) as arrays:
        assert set(arrays) == {"vectors", "ids"}
        assert arrays["vectors"].dtype == np.float32
        assert arrays["ids"].tolist() == ["x", "y"]


def test_vectors_of_any_length_and_float_type_are_brought_to_length_one(tmp_path: Path) -> None:
    for kind, scale in ((np.float16, 1), (np.float16, 9), (np.float32, 9), (np.float64, 1e-6)):
        got = read(save(tmp_path / "f.npz", vectors=(units(4) * scale).astype(kind)))
        assert got.vectors_ND.dtype == np.float32
        assert np.linalg.norm(got.vectors_ND, axis=1) == pytest.approx(np.ones(4), abs=1e-6)
        assert np.allclose(got.vectors_ND, units(4), atol=2e-3)
        assert ("brought to length one" in got.note) == (scale != 1), (kind, scale)


def test_ids_and_people_may_be_numbers_or_bytes(tmp_path: Path) -> None:
    path = save(tmp_path / "f.npz", vectors=units(2), ids=np.array([b"a", b"b"]), people=[3, 12])
    assert (read(path).ids, read(path).people) == (("a", "b"), ("3", "12"))


def broken(row: int, value: float) -> np.ndarray:
    vectors = units(5)
    vectors[row] = value
    return vectors


@pytest.mark.parametrize(
    ("arrays", "complaint"),
    [
        ({"features": units(2)}, "no array 'vectors'.*it holds features"),
        ({"vectors": units(2)[0]}, r"found float32 \(6,\)"),
        ({"vectors": np.zeros((0, 6), np.float32)}, r"found float32 \(0, 6\)"),
        ({"vectors": np.ones((2, 6), np.int64)}, "must be floating-point"),
        ({"vectors": broken(3, np.nan)}, r"1 of 5 vectors are not finite \(first: row 3\)"),
        ({"vectors": broken(2, np.inf)}, r"1 of 5 vectors are not finite \(first: row 2\)"),
        ({"vectors": np.full((2, 2), 1e300)}, "2 of 2 vectors are not finite"),
        ({"vectors": broken(1, 0.0)}, r"1 of 5 vectors are zero \(first: row 1\)"),
        ({"vectors": units(2), "ids": ["one"]}, "'ids' must be 2 texts"),
        ({"vectors": units(2), "people": [0.5, 1.5]}, "'people' must be 2 texts.*float64"),
        ({"vectors": units(2), "ids": np.array(["a", None])}, "not of objects"),
    ],
)
def test_files_of_another_kind_are_one_clear_line(
    tmp_path: Path, arrays: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(DataError, match=complaint) as caught:
        read(save(tmp_path / "f.npz", **arrays))
    assert "\n" not in str(caught.value)
    assert "f.npz" in str(caught.value)


def test_what_is_no_npz_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such feature file"):
        read(tmp_path / "no.npz")
    with pytest.raises(DataError, match="not a whole"):
        read(tmp_path)
    np.save(tmp_path / "bare.npy", units(2))
    with pytest.raises(DataError, match="one bare array"):
        read(tmp_path / "bare.npy")
    whole = save(tmp_path / "f.npz", vectors=units(50)).read_bytes()
    damaged = bytearray(whole)
    damaged[400] ^= 255
    empty = tmp_path / "empty.zip"
    with zipfile.ZipFile(empty, "w"):
        pass
    for content in (b"", b"text", whole[:-30], bytes(damaged)):
        (tmp_path / "f.npz").write_bytes(content)
        with pytest.raises(DataError, match="not a whole"):
            read(tmp_path / "f.npz")
    with pytest.raises(DataError, match="it holds nothing"):
        read(empty)


def test_a_place_that_cannot_be_written_is_a_storage_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        write(tmp_path, Features(vectors_ND=units(1)))
    with pytest.raises(StorageError):
        write(tmp_path / "no" / "f.npz", Features(vectors_ND=units(1)))
    assert list(tmp_path.iterdir()) == []
