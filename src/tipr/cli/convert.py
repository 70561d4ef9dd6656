"""The verb that reads other people's weights, and writes them for other engines."""

import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from tipr.cli.plain import say
from tipr.errors import ConfigError

if TYPE_CHECKING:
    from tipr.convert.card import Converted


def convert(
    source: Annotated[
        str, typer.Argument(help="A checkpoint, a model folder, or a Hugging Face name.")
    ],
    model_dir: Annotated[Path, typer.Argument(help="A new folder for the model.")],
    vocab: Annotated[
        str, typer.Option(help="CLIP's vocabulary: its .txt.gz, a tokenizer.json, or a folder.")
    ] = "",
    image_size: Annotated[
        str | None,
        typer.Option(help="HEIGHTxWIDTH; 384x128 for CLIP (378x126 for patches of 14)."),
    ] = None,
    activation: Annotated[
        Literal["quick_gelu", "gelu"] | None,
        typer.Option(help="For open_clip's files, which do not tell."),
    ] = None,
    trust: Annotated[
        bool, typer.Option("--trust", help="Read a TorchScript archive that is not OpenAI's.")
    ] = False,
    int8: Annotated[
        bool, typer.Option("--int8", help="Round matrices to 8 bits: a quarter of the bytes.")
    ] = False,
    to: Annotated[
        Literal["onnx", "openvino"] | None, typer.Option(help="Write for this engine instead.")
    ] = None,
) -> None:
    """Make a model folder from CLIP's weights, or from a checkpoint of SEN, IRRA or RDE."""
    from tipr.convert.sources import is_ours
    from tipr.convert.write import convert as make
    from tipr.convert.write import require_new

    require_new(model_dir)
    options = {"vocabulary": vocab, "activation": activation, "trust": trust, "packed": int8}
    size = None if image_size is None else _size(image_size)
    with _status() as say:
        if to is None:
            _report(model_dir, make(source, model_dir, image_size=size, say=say, **options))
            return
        from tipr.encoder.export import export

        if is_ours(Path(source)) and not (size or vocab or activation or int8):
            say(f"writing {model_dir}")
            export(Path(source), model_dir, to=to)
        else:
            with tempfile.TemporaryDirectory(prefix="tipr-") as place:
                folder = Path(place) / "model"
                made = make(source, folder, image_size=size, say=say, **options)
                say(f"writing {model_dir}")
                export(folder, model_dir, to=to)
            _report(model_dir, made)


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"([1-9]\d{0,4})x([1-9]\d{0,4})", text)
    if not match:
        raise ConfigError(f"--image-size {text!r}: expected HEIGHTxWIDTH in pixels, e.g. 384x128")
    return int(match[1]), int(match[2])


@contextmanager
def _status() -> Iterator[Callable[[str], None]]:
    """One line that says what is being done, on terminals only."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    with console.status("starting") as status:
        yield status.update


def _report(folder: Path, made: "Converted") -> None:
    image = made.config.image
    say(
        f"{folder}: {made.kind}, {made.parameters / 1e6:.1f} M parameters, pictures "
        f"{image.height}x{image.width}, {made.config.activation}"
    )
    say(f"positions: {made.positions}{_why_resized(made)}")
    for note in made.notes:
        say(note)
    if made.left_out:
        groups = Counter(name.split(".")[0] for name in made.left_out)
        names = ", ".join(f"{name} ({count})" for name, count in sorted(groups.items()))
        say(f"left out, for retrieval does not use it: {names}; all names are in README.md")


def _why_resized(made: "Converted") -> str:
    rows, columns = made.old_grid
    if (rows, columns) == made.config.grid or rows != columns:
        return ""
    side = rows * made.config.vision.patch
    return f" (--image-size {side}x{side} keeps them)"
