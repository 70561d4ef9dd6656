"""Files are told apart by what is in them, not by their names."""

import json
import struct
import zipfile

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from tests import clips

from tipr.errors import ModelError
from tipr.weights.kind import kind_of


def test_each_kind_is_known_whatever_its_name(tmp_path):
    torch.save({"a": torch.ones(2)}, tmp_path / "1.pt")
    torch.save({"a": torch.ones(2)}, tmp_path / "2.pt", _use_new_zipfile_serialization=False)
    save_file({"a": torch.ones(2)}, tmp_path / "3.pt")
    clips.archive(tmp_path / "4.pt", clips.openai_state())
    found = [kind_of(tmp_path / f"{number}.pt") for number in (1, 2, 3, 4)]
    assert found == ["pickle", "pickle", "safetensors", "torchscript"]


@pytest.mark.parametrize("first", [0x80, ord("P"), ord("<")])
def test_a_header_whose_length_begins_like_another_kind_is_still_safetensors(tmp_path, first):
    header = json.dumps({"__metadata__": {"x": ""}}).encode()
    length = first + 0x4B00  # "PK", too
    content = struct.pack("<Q", length) + header.ljust(length)
    (tmp_path / "x").write_bytes(content)
    with safe_open(tmp_path / "x", framework="pt") as file:
        assert file.metadata() == {"x": ""}
    assert kind_of(tmp_path / "x") == "safetensors"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"is empty"),
        (b"\n<!DOCTYPE html><html>", r"a web page, not weights"),
        (b"version https://git-lfs.github.com/spec/v1\n", r"pointer of a Git LFS file"),
        (b"GGUF and more", r"not a file of weights; expected safetensors"),
        (b"PK\x03\x04 cut off", r"truncated \(the end"),
    ],
)
def test_what_holds_no_weights_is_named(tmp_path, content, message):
    (tmp_path / "x.pt").write_bytes(content)
    with pytest.raises(ModelError, match=message):
        kind_of(tmp_path / "x.pt")


def test_a_missing_file_and_a_foreign_zip_are_errors(tmp_path):
    with pytest.raises(ModelError, match="no such file"):
        kind_of(tmp_path / "gone.pt")
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("best.pth", b"x")
    with pytest.raises(ModelError, match="not one of torch; unpack it first"):
        kind_of(tmp_path / "x.zip")
