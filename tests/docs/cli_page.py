"""`docs/cli.md`, made from what the command line says of itself."""

import re
from collections.abc import Iterator
from typing import Any

from typer.main import get_command

from tipr.cli import app

PAGE = "docs/cli.md"
KINDS = {"int": "N", "float": "NUMBER", "str": "TEXT", "path": "PATH"}
_HEAD = """# The command line

Made from `tipr --help` and kept equal to it by a test. Mistakes are answered in one line on
standard error, with exit code 2; results go to standard output, and what is said about them to
standard error. An option with `...` may be given more than once.
"""


def text() -> str:
    """The page, a section a verb, in the order of `tipr --help`."""
    return "\n".join([_HEAD, *_sections(get_command(app), "tipr")])


def _sections(group: Any, path: str) -> Iterator[str]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _sections(command, f"{path} {name}")
        else:
            yield "\n".join(_section(command, f"{path} {name}"))


def _section(command: Any, path: str) -> Iterator[str]:
    yield f"## {path}\n"
    yield f"{command.help.strip()}\n"
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    yield f"    {' '.join([path, *map(_place, arguments)])}\n"
    rows = [_row(one) for one in command.params if one.name != "help"]
    if rows:
        yield from ("| | default | |", "|---|---|---|", *rows, "")


def _place(argument: Any) -> str:
    name = argument.name.upper() + ("..." if argument.nargs == -1 else "")
    return name if argument.required else f"[{name}]"


def _row(one: Any) -> str:
    if one.param_type_name == "argument":
        name = f"`{one.name.upper()}`"
    else:
        kind = "" if one.is_flag else f" {_kind(one)}"
        name = " ".join(f"`{option}{kind}`" for option in (*one.opts, *one.secondary_opts))
    silent = one.default is None or isinstance(one.default, bool)
    default = "" if silent else f"`{one.default}`"
    return f"| {name} | {default} | {(one.help or '').replace('|', '&#124;')} |"


def _kind(option: Any) -> str:
    if choices := option.type_descriptor.choices:
        return "/".join(choices)
    kinds = re.findall(r"int|float|str|path(?!lib)", option.bare_type().lower())
    return " ".join(KINDS[kind] for kind in kinds) + ("..." if option.multiple else "")
