"""The verb that searches a gallery: words, pictures, examples and filters to ranked hits."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from tipr.cli.plain import say
from tipr.errors import ConfigError, ModelError, PictureError

if TYPE_CHECKING:
    from tipr.gallery.store import Gallery
    from tipr.search.filters import Filters
    from tipr.search.tokens import Typed

Part = TypeVar("Part")
_WEIGHTED = re.compile(r"(.+)\^(\d+(?:\.\d+)?|\.\d+)", re.DOTALL)


def search(
    gallery: Annotated[Path, typer.Argument(help="A gallery made by 'tipr index'.")],
    sentences: Annotated[
        list[str] | None,
        typer.Argument(
            help="Descriptions, each in quotes and searched for by itself; filters may stand among "
            "the words: camera:gate2 before:2026-05-01."
        ),
    ] = None,
    k: Annotated[int, typer.Option("-k", help="How many hits to show for each.")] = 10,
    page: Annotated[int, typer.Option(help="Which of the pages of k hits to show.")] = 1,
    also: Annotated[
        list[str] | None, typer.Option(help="More words to mix in, WORDS or WORDS^WEIGHT.")
    ] = None,
    picture: Annotated[
        list[str] | None, typer.Option(help="A picture to mix in, FILE or FILE^WEIGHT.")
    ] = None,
    avoid: Annotated[
        list[str] | None, typer.Option(help="What should not be seen, WORDS or WORDS^WEIGHT.")
    ] = None,
    like: Annotated[
        list[int] | None, typer.Option(help="Id of a hit that shows the person.")
    ] = None,
    unlike: Annotated[list[int] | None, typer.Option(help="Id of a hit that does not.")] = None,
    camera: Annotated[list[str] | None, typer.Option(help="Only of this camera.")] = None,
    source: Annotated[
        list[str] | None, typer.Option(help="Only of this indexed folder, or a folder below one.")
    ] = None,
    after: Annotated[
        str | None, typer.Option(help="From this date or time on: 2026-05-01, 2026-05-01T17:30.")
    ] = None,
    before: Annotated[
        str | None, typer.Option(help="Until this date, its whole day included, or this time.")
    ] = None,
    on: Annotated[str | None, typer.Option(help="On this date.")] = None,
    between: Annotated[
        str | None, typer.Option(help="Time of day: 17:00-19:30, or 22-6 across midnight.")
    ] = None,
    where: Annotated[
        list[str] | None, typer.Option(help="Only with this attribute, KEY=VALUE.")
    ] = None,
    sort: Annotated[
        str, typer.Option(help="match, or time: the relevant hits, oldest first.")
    ] = "match",
    group: Annotated[
        bool, typer.Option(help="Near-duplicates and tracks past one camera as one hit.")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
    details: Annotated[
        bool, typer.Option(help="With --json: also what was searched, and how.")
    ] = False,
    html: Annotated[
        Path | None, typer.Option(help="Also write a contact sheet to this file.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="The model, if it is not where it was when indexing.")
    ] = None,
    here: Annotated[
        bool, typer.Option("--here", help="Not in the gallery's mirror, if it has one.")
    ] = False,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, mps.")] = "auto",
    precision: Annotated[str, typer.Option(help="auto, float32 or bfloat16.")] = "auto",
) -> None:
    """Find the pictures that fit a description best. A hit is a lead, not an identification.

    Several values of one filter are alternatives, different filters must all hold.
    """
    from tipr.cli import hits
    from tipr.cluster.memory import remembered
    from tipr.gallery.store import Gallery
    from tipr.search.group import Grouping
    from tipr.search.query import require_pictures, search_many
    from tipr.search.stored import vectors_of
    from tipr.search.terms import Avoided, Picture, Query, Words, check

    if details and not as_json:
        raise ConfigError("--details goes with --json: give it too")
    for sentence in sentences or ():
        check(sentence, k)
    texts, avoided = _weighted(also, Words), _weighted(avoid, Avoided)
    pictures = _weighted(picture, lambda name, *weight: Picture(_file(name), *weight))

    with Gallery.open(gallery) as opened:
        require_pictures(opened)
        filters = _filters(opened, camera, source, after, before, on, between, where)
        queries: list[Query] = []
        for typed in _typed(opened, sentences):
            queries.append(
                Query(
                    texts=(*((Words(typed.words),) if typed.words else ()), *texts),
                    avoid=(*typed.avoid, *avoided),
                    pictures=pictures,
                    like=tuple(like or ()),
                    unlike=tuple(unlike or ()),
                    filters=typed.filters | filters,
                    k=k,
                    page=page,
                    order=sort,  # pyright: ignore[reportArgumentType] - Query looks at it
                    grouping=Grouping() if group else None,
                    notes=typed.notes,
                )
            )
        vectors_of(opened, [*(like or ()), *(unlike or ())])  # else told after loading a model
        location = model or _still_there(opened.meta.model, gallery)
        from tipr.encoder import load_encoder

        encoder = load_encoder(location, device=device, precision=precision)
        if not here and remembered(opened) is not None:
            from tipr.cluster.find import search_many
        answers = search_many(opened, encoder, queries)
        if html is not None:
            from tipr.search.sheet import write

            write(html, answers, opened)
    hits.tell(answers, as_json=as_json)
    if as_json:
        typer.echo(hits.as_json(answers, details=details))
    else:
        hits.show(answers)
    if html is not None:
        say(f"contact sheet: {html}")


def _typed(opened: "Gallery", sentences: list[str] | None) -> "list[Typed]":
    """What each sentence says; one that says nothing where the query is made of other parts."""
    from tipr.search.tokens import Typed, read

    return [read(opened, sentence) for sentence in sentences or ()] or [Typed(words="")]


def _filters(
    opened: "Gallery",
    cameras: list[str] | None,
    sources: list[str] | None,
    after: str | None,
    before: str | None,
    on: str | None,
    between: str | None,
    where: list[str] | None,
) -> "Filters":
    from tipr.search.filters import ALL
    from tipr.search.tokens import KEYS, attribute

    given = [
        *(("camera", value) for value in cameras or ()),
        *(("source", _folder(value)) for value in sources or ()),
        *(("after", after), ("before", before), ("on", on), ("hours", between)),
    ]
    found = ALL
    for key, value in given:
        if value is not None:
            found |= KEYS[key](value)
    for pair in where or ():
        found |= attribute(opened, pair)
    return found


def _weighted(given: list[str] | None, make: Callable[..., Part]) -> tuple[Part, ...]:
    """Parts from what was given, with a weight where it ends in ^NUMBER."""
    parts: list[Part] = []
    for text in given or ():
        match = _WEIGHTED.fullmatch(text)
        parts.append(make(match[1], float(match[2])) if match else make(text))
    return tuple(parts)


def _file(name: str) -> Path:
    path = Path(name)
    if not path.is_file():
        raise PictureError(f"{path}: no such picture")
    return path


def _folder(name: str) -> str:
    """A folder that is there by its real path, as galleries know it; else the name of a source."""
    path = Path(name)
    return str(path.resolve()) if path.exists() else name


def _still_there(model: str, gallery: Path) -> str:
    path = Path(model)
    if path.is_absolute() and not path.exists():
        raise ModelError(
            f"{gallery}: the model it was built with is no longer at {model}; "
            f"say where it is with --model"
        )
    return model
