"""The verbs of the command line: parse, call, print; nothing heavy is imported unasked."""

import os
import sys
from importlib import metadata

import typer
from rich.console import Console

from tipr.cli import (
    ablate,
    audit,
    calibrate,
    convert,
    data,
    demo,
    duplicates,
    encode,
    evaluate,
    explain,
    forget,
    gallery,
    index,
    keys,
    learn,
    mirror,
    models,
    report,
    rules,
    search,
    serve,
)
from tipr.errors import Interrupted, TiprError

app = typer.Typer(
    name="tipr",
    help="Find a person by description: text-to-image person retrieval.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(data.app, name="data")
learn.add_to(app)
evaluate.add_to(app)
encode.add_to(app)
app.command()(index.index)
app.command()(search.search)
calibrate.add_to(app)
explain.add_to(app)
convert.add_to(app)
app.command()(demo.demo)
app.command()(models.models)
app.command()(ablate.ablate)
report.add_to(app)
app.add_typer(gallery.app, name="gallery")
gallery.app.command()(duplicates.duplicates)
gallery.app.command()(mirror.mirror)
gallery.app.command()(mirror.unmirror)
gallery.app.command()(rules.rules)
app.command()(forget.forget)
app.command()(serve.serve)
app.add_typer(keys.app, name="keys")
app.add_typer(audit.app, name="audit")


@app.callback(invoke_without_command=True)
def _options(version: bool = typer.Option(False, "--version", help="Print the version.")) -> None:
    if version:
        typer.echo(f"tipr {metadata.version('tipr')}")
        raise typer.Exit


_EXTRAS = {
    "torch": "'tipr[train]' (or 'tipr[torch]' to search only)",
    **dict.fromkeys(("argon2", "fastapi", "uvicorn"), "'tipr[serve]'"),
}
"""Of packages that not every installation has, and that no verb asks for by itself."""


def main() -> None:
    """Run the command line; a mistake is one line on standard error and exit code 2."""
    try:
        sys.exit(app(standalone_mode=False) or 0)
    except typer.TyperException as error:
        message = error.format_message()
        if message:  # empty where no verb was given and the help has been shown
            _say(f"tipr: {message.rstrip('.')}; see --help")
        sys.exit(2)
    except typer.Abort:
        sys.exit(130)
    except Interrupted as stopped:
        _say(str(stopped))
        sys.exit(130)
    except TiprError as error:
        _say(f"tipr: {error}")
        sys.exit(2)
    except BrokenPipeError:
        # whoever read our output has gone; Python would complain again when it closes the pipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except ModuleNotFoundError as error:
        if error.name not in _EXTRAS:
            raise
        _say(f"tipr: this needs {error.name}: pip install {_EXTRAS[error.name]}")
        sys.exit(2)
    except (OSError, UnicodeError) as error:
        _say(f"tipr: {error}; check the path, its permissions and free space")
        sys.exit(2)


def _say(line: str) -> None:
    Console(stderr=True, soft_wrap=True, highlight=False, markup=False).print(line)
