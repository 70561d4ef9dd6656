"""A search by words in a small gallery starts with what it needs, and nothing else."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from tipr import load_encoder
from tipr.cli import _made_of, app, main
from tipr.cli.verbs import VERBS
from tipr.gallery.build import build
from tipr.gallery.index import load
from tipr.gallery.store import Gallery
from tipr.synthetic.dataset import draw

ASIDE = ("tipr.cli.index", "tipr.cli.gallery", "tipr.config.run", "tipr.cluster.milvus")
SLOW = ("torch", "transformers", "faiss", "PIL", "filelock", "platformdirs", "concurrent.futures")
"""Packages of which each takes longer to import than the search takes."""


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("street")
    draw(folder / "people", people=4, cameras=1, seed=5)
    build(load_encoder("box"), folder / "people" / "imgs", folder / "gallery", model="box")
    with Gallery.open(folder / "gallery") as opened:
        load(opened)  # the first search makes the index's files
    return folder / "gallery"


@pytest.mark.parametrize(
    ("verb", "needs_no"),
    [
        (("search", "GALLERY", "a red coat"), (*SLOW, *ASIDE)),
        (("search", "GALLERY", "a red coat", "--json"), (*SLOW, "rich")),
        (("gallery", "info", "GALLERY"), (*SLOW, "onnxruntime")),
        (("--version",), (*SLOW, "onnxruntime", "numpy", "rich")),
    ],
    ids=["search", "search --json", "gallery info", "--version"],
)
def test_nothing_slow_is_imported_unasked(
    verb: tuple[str, ...], needs_no: tuple[str, ...], gallery: Path
) -> None:
    words = [str(gallery) if word == "GALLERY" else word for word in verb]
    code = (
        "import sys\n"
        "from tipr.cli import main\n"
        f"sys.argv[1:] = {words!r}\n"
        "try:\n"
        "    main()\n"
        "except SystemExit as end:\n"
        "    assert not end.code, end.code\n"
        f"unasked = {set(needs_no)!r} & set(sys.modules)\n"
        "assert not unasked, unasked"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_verb_on_its_own_is_that_of_the_whole_command_line() -> None:
    whole = get_command(app).commands
    assert sorted(whole) == sorted(VERBS)
    for verb in VERBS:
        ((name, alone),) = get_command(_made_of([verb])).commands.items()
        assert name == verb
        assert [one.name for one in alone.params] == [one.name for one in whole[verb].params]


def test_a_verb_that_there_is_not_is_told_with_those_that_there_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["tipr", "serch"])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2
    assert "Did you mean 'search'" in capsys.readouterr().err
