"""TorchScript archives are read without running what is in them."""

import io
import os
import pickle
import zipfile
from pathlib import Path

import pytest
import torch
from tests import clips

from tipr.errors import ModelError
from tipr.weights.archive import _Reader, read_archive


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clips.archive(tmp_path_factory.mktemp("archive") / "clip.pt", clips.openai_state())


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # TorchScript is old
def test_every_tensor_is_the_one_that_torch_itself_reads(made):
    expected = torch.jit.load(made, map_location="cpu").state_dict()
    found = read_archive(made)
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert found[name].dtype == value.dtype
        assert torch.equal(found[name], value), name


def rewritten(made: Path, goal: Path, pickled: bytes) -> Path:
    """The archive with another data.pkl."""
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(goal, "w") as new:
        for item in old.infolist():
            is_pickle = item.filename.endswith("/data.pkl")
            new.writestr(item.filename, pickled if is_pickle else old.read(item))
    return goal


class Attack:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self):
        return os.mkdir, (str(self.mark),)


def test_a_pickle_that_asks_for_a_function_is_refused_and_not_obeyed(made, tmp_path):
    attack = pickle.dumps(Attack(tmp_path / "obeyed"), protocol=2)
    broken = rewritten(made, tmp_path / "attack.pt", attack)
    with pytest.raises(ModelError, match=r"refused, its pickle asks for posix\.mkdir"):
        read_archive(broken)
    assert not (tmp_path / "obeyed").exists()


def test_what_a_pickle_may_ask_for_cannot_be_changed_by_it():
    rebuild = _Reader(io.BytesIO(), None, "").find_class("torch._utils", "_rebuild_tensor_v2")
    for name in ("__defaults__", "__code__", "harm"):
        with pytest.raises(AttributeError):
            setattr(rebuild, name, (1,))


def test_the_code_in_the_archive_is_never_compiled(made, tmp_path):
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(tmp_path / "x.pt", "w") as new:
        for item in old.infolist():
            is_code = item.filename.endswith(".py")
            new.writestr(item.filename, b"this is no program" if is_code else old.read(item))
    assert read_archive(tmp_path / "x.pt").keys() == read_archive(made).keys()


def test_a_tensor_beyond_its_bytes_is_an_error(made, tmp_path):
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(tmp_path / "x.pt", "w") as new:
        for item in old.infolist():
            short = item.filename.endswith("/data/0")
            new.writestr(item.filename, b"\0\0" if short else old.read(item))
    with pytest.raises(ModelError, match="not a whole TorchScript archive"):
        read_archive(tmp_path / "x.pt")


@pytest.mark.parametrize("content", [b"", b"\x80\x02", pickle.dumps({"a": 1}, protocol=2)])
def test_a_pickle_without_a_module_is_an_error(made, tmp_path, content):
    with pytest.raises(ModelError, match=r"x\.pt: .*TorchScript archive"):
        read_archive(rewritten(made, tmp_path / "x.pt", content))


def test_a_truncated_archive_is_an_error(made, tmp_path):
    content = made.read_bytes()
    (tmp_path / "x.pt").write_bytes(content[: len(content) // 2])
    with pytest.raises(ModelError, match="not a whole TorchScript archive"):
        read_archive(tmp_path / "x.pt")
