"""Tensor files are whole or absent, and read strictly."""

import os
from pathlib import Path

import pytest
import torch
from torch import nn

from tipr.checkpoint import fingerprint, load_header, load_into, load_tensors, save_tensors
from tipr.errors import ModelError, StorageError
from tipr.files import write_whole

TENSORS = {"a": torch.arange(6.0).view(2, 3), "b": torch.ones(4, dtype=torch.int64)}


def test_tensors_and_header_come_back(tmp_path: Path) -> None:
    save_tensors(tmp_path / "x.safetensors", TENSORS, {"step": 3, "scores": {"R1": 1.5}})
    found, header = load_tensors(tmp_path / "x.safetensors")
    assert header == {"step": 3, "scores": {"R1": 1.5}}
    assert found.keys() == TENSORS.keys()
    assert all(torch.equal(found[name], TENSORS[name]) for name in TENSORS)


def test_a_failed_write_leaves_the_old_file_and_no_rubbish(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    write_whole(file, b"old")

    def full(_file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="No space left on device"):
        write_whole(file, b"new")
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("size", [0, 5, 100])
def test_a_truncated_file_is_refused_by_name(tmp_path: Path, size: int) -> None:
    file = tmp_path / "x.safetensors"
    save_tensors(file, TENSORS, {})
    file.write_bytes(file.read_bytes()[:size])
    with pytest.raises(ModelError, match=r"x\.safetensors: not a whole safetensors file"):
        load_tensors(file)


def test_loading_is_strict_about_names_and_shapes() -> None:
    layer = nn.Linear(3, 2)
    good = {"weight": torch.zeros(2, 3), "bias": torch.zeros(2)}
    load_into(layer, good, where="here")
    assert not layer.weight.any()
    for wrong, complaint in [
        ({"weight": good["weight"]}, "missing bias"),
        ({**good, "extra": torch.zeros(1)}, "unknown extra"),
        ({**good, "bias": torch.zeros(3)}, r"bias is \(3,\), expected \(2,\)"),
    ]:
        with pytest.raises(ModelError, match=f"here: .*{complaint}"):
            load_into(layer, wrong, where="here")


def test_the_fingerprint_sees_values_names_types_and_settings() -> None:
    base = fingerprint(TENSORS, "settings")
    changed = {**TENSORS, "a": TENSORS["a"] + 1e-6}
    renamed = {"c": TENSORS["a"], "b": TENSORS["b"]}
    halved = {**TENSORS, "a": TENSORS["a"].half()}
    marks = {base, fingerprint(TENSORS, "other"), *map(fingerprint, (changed, renamed, halved))}
    assert len(marks) == 5
    assert fingerprint(dict(reversed(TENSORS.items())), "settings") == base


def test_the_header_comes_alone_and_damage_is_still_seen(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    save_tensors(path, TENSORS, {"provenance": {"format": "jsonl"}})
    assert load_header(path) == load_tensors(path)[1] == {"provenance": {"format": "jsonl"}}
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(ModelError, match="not a whole safetensors file"):
        load_header(path)
    with pytest.raises(ModelError, match="no such file"):
        load_header(tmp_path / "no")
