"""What can be typed after `tipr`; a verb is imported when it is meant."""

from collections.abc import Iterable
from importlib import import_module

import typer

GROUPS = ("data", "gallery", "keys", "audit")
VERBS = (
    *("train", "resume", "evaluate", "encode", "index", "search", "calibrate", "explain"),
    *("convert", "demo", "models", "ablate", "report", "forget", "serve"),
    *GROUPS,
)
"""In the order of `--help`; each is defined in the file of its name, but for those of `_ROOMS`."""
_ROOMS = {"train": "learn", "resume": "learn"}


def add(verbs: Iterable[str], app: typer.Typer) -> None:
    """Register these verbs."""
    for verb in verbs:
        room = import_module(f"tipr.cli.{_ROOMS.get(verb, verb)}")
        if verb in GROUPS:
            app.add_typer(room.app, name=verb)
        else:
            app.command(verb)(getattr(room, verb))
