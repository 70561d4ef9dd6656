"""Files of torch.save give tensors, and never run code."""

import argparse
import collections
import os
from pathlib import Path, PurePosixPath

import numpy as np
import pytest
import torch

from tipr.errors import ModelError
from tipr.weights.pickled import read_pickled

STATE = {"a.weight": torch.arange(6.0).view(2, 3), "b": torch.ones(2, dtype=torch.float16)}


@pytest.mark.parametrize("key", ["model", "state_dict", "model_state_dict", None])
@pytest.mark.parametrize("new", [True, False], ids=["zip", "legacy"])
def test_a_state_is_found_where_training_scripts_put_it(tmp_path, key, new):
    state = collections.OrderedDict(STATE)
    content = state if key is None else {key: state, "epoch": 3, "optimizer": {"state": {}}}
    torch.save(content, tmp_path / "x.pth", _use_new_zipfile_serialization=new)
    found = read_pickled(tmp_path / "x.pth")
    assert found.keys() == STATE.keys()
    assert all(torch.equal(found[name], STATE[name]) for name in STATE)


def test_arguments_scores_and_paths_beside_the_weights_do_no_harm(tmp_path):
    beside = {
        "args": argparse.Namespace(lr=1e-5, names=["a"]),
        "best": np.float64(0.75),
        "path": Path("/data") / PurePosixPath("x"),
    }
    torch.save({"model": STATE, **beside}, tmp_path / "x.pth")
    assert read_pickled(tmp_path / "x.pth").keys() == STATE.keys()


class Attack:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self):
        return os.mkdir, (str(self.mark),)


@pytest.mark.parametrize("new", [True, False], ids=["zip", "legacy"])
def test_a_pickle_with_code_is_refused_in_one_line_and_not_obeyed(tmp_path, new):
    content = {"model": STATE, "extra": Attack(tmp_path / "obeyed")}
    torch.save(content, tmp_path / "x.pth", _use_new_zipfile_serialization=new)
    with pytest.raises(ModelError, match=r"x\.pth: refused, .*could run code") as caught:
        read_pickled(tmp_path / "x.pth")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "obeyed").exists()


def test_a_class_of_the_authors_is_refused_by_its_name(tmp_path):
    torch.save({"model": STATE, "args": collections.UserDict()}, tmp_path / "x.pth")
    with pytest.raises(ModelError, match=r"it asks for collections\.UserDict"):
        read_pickled(tmp_path / "x.pth")


@pytest.mark.parametrize("content", [{}, {"model": {}}, [1, 2], {"epoch": 3}])
def test_a_file_without_weights_says_what_was_expected(tmp_path, content):
    torch.save(content, tmp_path / "x.pth")
    with pytest.raises(ModelError, match=r"holds no weights by name; .*'model', 'state_dict'"):
        read_pickled(tmp_path / "x.pth")


@pytest.mark.parametrize("share", [0.3, 0.9])
@pytest.mark.parametrize("new", [True, False], ids=["zip", "legacy"])
def test_a_truncated_file_is_an_error_of_one_line(tmp_path, new, share):
    file = tmp_path / "x.pth"
    torch.save({"model": {"a": torch.randn(4000)}}, file, _use_new_zipfile_serialization=new)
    file.write_bytes(file.read_bytes()[: int(file.stat().st_size * share)])
    with pytest.raises(ModelError, match=r"x\.pth: (truncated|refused)") as caught:
        read_pickled(file)
    assert "\n" not in str(caught.value)
