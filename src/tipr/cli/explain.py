"""The verb that says why: the words of a sentence over a picture that was found."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tipr.cli.plain import plain, say
from tipr.errors import GalleryError, ModelError, StorageError

if TYPE_CHECKING:
    from tipr.encoder.protocol import Explainer
    from tipr.gallery.store import Gallery
    from tipr.search.explain import Explanation


def explain(
    gallery: Annotated[Path, typer.Argument(help="A gallery made by 'tipr index'.")],
    item: Annotated[int, typer.Argument(help="The picture's id, as 'tipr search --json' says.")],
    sentence: Annotated[str, typer.Argument(help="The description, in quotes.")],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Draw the words over the picture (.png or .jpg)."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
    model: Annotated[
        str | None, typer.Option(help="The model, if it is not where it was when indexing.")
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, mps.")] = "auto",
    precision: Annotated[str, typer.Option(help="auto, float32 or bfloat16.")] = "auto",
) -> None:
    """Say which words of a description match a picture, where, and which match nothing."""
    from tipr.gallery.store import Gallery
    from tipr.inputs import image
    from tipr.search import language
    from tipr.search.explain import explain as laid_over
    from tipr.search.explain import require_explainer
    from tipr.search.panels import require_kind, write
    from tipr.search.pictured import picture_of
    from tipr.search.query import check, cut_off

    check(sentence)
    if output is not None:
        require_kind(output)
        if not output.absolute().parent.is_dir():
            raise StorageError(f"{output}: there is no folder {output.parent}; make it first")
    with Gallery.open(gallery) as opened:
        found = opened.items([item]).get(item)
        if found is None:
            raise GalleryError(
                f"{gallery}: no picture has the id {item}; 'tipr search {gallery} ... --json' "
                "tells the ids"
            )
        photograph = picture_of(found)
        location = model or opened.meta.model
        if Path(location).is_absolute() and not Path(location).exists():
            raise ModelError(
                f"{gallery}: the model it was built with is no longer at {location}; say where it "
                "is with --model"
            )
        from tipr.encoder import load_encoder

        encoder = require_explainer(
            load_encoder(location, device=device, precision=precision, explains=True), location
        )
        opened.require_model(encoder.fingerprint)
        pixels = image.fit(photograph, encoder.image_size)
        made = laid_over(encoder, pixels, sentence, spread=_spread(opened, encoder, sentence))
    for note in (language.note(sentence), cut_off(encoder, sentence)):
        if note:
            say(f"tipr: {note}")
    if output is not None:
        write(output, made, photograph)
    if as_json:
        told = {"id": item, "path": str(found.path), **made.as_json()}
        typer.echo(json.dumps(told, indent=1))
    else:
        _print(made)
    if output is not None:
        say(f"overlay: {output}")


def _spread(gallery: "Gallery", encoder: "Explainer", sentence: str) -> float:
    """The standard deviation of the sentence's scores, from an even sample of the gallery."""
    from tipr.search.calibration import sample

    _, vectors_ND = gallery.vectors()
    scores = vectors_ND[sample(len(vectors_ND))] @ encoder.encode_text([sentence])[0]
    return float(scores.std())


def _print(made: "Explanation") -> None:
    from rich.table import Table

    table = Table("word", box=None, pad_edge=False, header_style="dim")
    table.add_column("adds", justify="right", no_wrap=True)
    table.add_column("")
    for word in made.content:
        note = "matched nothing" if word.matched is False else ""
        table.add_row(word.text, f"{word.adds:+.4f}", note)
    console = plain()
    console.print(f"cosine {made.score:+.4f}")
    console.print(table)
    if made.nothing:
        console.print(f"matched nothing: {', '.join(made.nothing)}")
