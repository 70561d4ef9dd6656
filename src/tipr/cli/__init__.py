"""The command line: parse, call, print; nothing heavy is imported unasked.

`app` is all of it, for tests and documents; `main` builds only what was typed, for every verb takes
its time to import and to describe.
"""

import os
import sys
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

import typer

from tipr import __version__
from tipr.cli.plain import say
from tipr.cli.verbs import VERBS, add
from tipr.errors import Interrupted, TiprError

if TYPE_CHECKING:
    app: typer.Typer


def __getattr__(name: str) -> Any:
    if name != "app":
        raise AttributeError(f"module 'tipr.cli' has no attribute {name!r}")
    return _whole()


@cache
def _whole() -> typer.Typer:
    return _made_of(VERBS)


def _made_of(verbs: Iterable[str]) -> typer.Typer:
    made = typer.Typer(
        name="tipr",
        help="Find a person by description: text-to-image person retrieval.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    made.callback(invoke_without_command=True)(_options)
    add(verbs, made)
    return made


def _options(version: bool = typer.Option(False, "--version", help="Print the version.")) -> None:
    if version:
        typer.echo(f"tipr {__version__}")
        raise typer.Exit


_EXTRAS = {
    "torch": "'tipr[train]' (or 'tipr[torch]' to search only)",
    **dict.fromkeys(("argon2", "fastapi", "uvicorn"), "'tipr[serve]'"),
}
"""Of packages that not every installation has, and that no verb asks for by itself."""


def main() -> None:
    """Run the command line; a mistake is one line on standard error and exit code 2."""
    meant = [word for word in sys.argv[1:2] if word in VERBS]
    try:
        sys.exit(_made_of(meant or VERBS)(standalone_mode=False) or 0)
    except typer.TyperException as error:
        message = error.format_message()
        if message:  # empty where no verb was given and the help has been shown
            say(f"tipr: {message.rstrip('.')}; see --help")
        sys.exit(2)
    except typer.Abort:
        sys.exit(130)
    except Interrupted as stopped:
        say(str(stopped))
        sys.exit(130)
    except TiprError as error:
        say(f"tipr: {error}")
        sys.exit(2)
    except BrokenPipeError:
        # whoever read our output has gone; Python would complain again when it closes the pipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except ModuleNotFoundError as error:
        if error.name not in _EXTRAS:
            raise
        say(f"tipr: this needs {error.name}: pip install {_EXTRAS[error.name]}")
        sys.exit(2)
    except (OSError, UnicodeError) as error:
        say(f"tipr: {error}; check the path, its permissions and free space")
        sys.exit(2)
