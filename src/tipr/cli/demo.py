"""The verb that shows the product: invented people, a gallery of them, sentences answered."""

import shlex
import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from tipr.errors import ConfigError

MARK = ".tipr-demo"
"""A folder that holds this file is a demo's: what is half-drawn in it may be removed."""
PEOPLE, CAMERAS, DAYS = 500, 4, 3
SEED, OTHERS = 7, 8
"""Of the people in the gallery, and of those on whom its scores are calibrated."""
PATTERN = "imgs/{camera}/{date}/{time}_*.jpg"
SENTENCES = (
    "a bald man in a purple polo shirt and beige shorts with a brown suitcase",
    "a man in a red puffer jacket and a white scarf",
    "an older man in an orange sweater camera:cam2",
    "a woman riding a white horse",
)


def demo(
    folder: Annotated[
        Path, typer.Argument(help="Where everything goes: a new folder, or a demo's.")
    ] = Path("tipr-demo"),
    serve: Annotated[bool, typer.Option("--serve", help="Open the search page on it.")] = False,
) -> None:
    """Draw 500 people, index 2,000 pictures of them with the model in the box, find some.

    Run it again to go on where it stopped; what is finished is not done twice.
    """
    _claim(folder)
    gallery = folder / "gallery"
    _drawn(folder / "people", "--people", PEOPLE, "--days", DAYS, "--seed", SEED)
    _drawn(folder / "others", "--people", PEOPLE // 4, "--seed", OTHERS, "--split", "val")
    _run("index", "box", folder / "people", gallery, "--pattern", PATTERN)
    _run("calibrate", gallery, "--data", folder / "others", "--trials", 3)
    sheet = folder / "sheet.html"
    _run("search", gallery, *SENTENCES, "-k", 7, "--html", sheet)
    _say(f"Look at {sheet}: the people who fit best, sentence by sentence. All are invented.")
    if serve:
        _run("serve", gallery)
        return
    _say("Next:")
    _say(f'  tipr search {_word(gallery)} "your own words"')
    _say(f"  tipr serve {_word(gallery)}        the search page, in a browser")
    _say("  tipr models                 models for real pictures: this one knows drawings only")


def _claim(folder: Path) -> None:
    """Mark a new folder as a demo's, before anything else is in it; leave anybody else's alone."""
    if (folder / MARK).is_file():
        return
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError(
            f"{folder}: neither empty nor a demo's (it has no {MARK}); give a new or empty folder"
        )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).touch()


def _drawn(folder: Path, *options: object) -> None:
    """Draw into the folder unless that is done; a list of pictures is written last of all."""
    if (folder / "reid_raw.json").is_file():
        return
    shutil.rmtree(folder, ignore_errors=True)
    _run("data", "draw", folder, "--cameras", CAMERAS, *options)


def _run(*words: object) -> None:
    """Run one command as if it had been typed, and show it first."""
    from tipr.cli import app

    _say(f"$ tipr {' '.join(map(_word, words))}")
    app([str(word) for word in words], standalone_mode=False)


def _word(word: object) -> str:
    return shlex.quote(str(word))


def _say(line: str) -> None:
    typer.echo(line, file=sys.stderr)
