"""The verbs that find people: index a folder, search it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tipr.cli.progress import progress
from tipr.errors import Interrupted, ModelError

if TYPE_CHECKING:
    from tipr.gallery.build import BuildReport
    from tipr.search.query import Hit

_SHOWN = 20  # skipped pictures that are listed; --json tells all

Device = Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, mps.")]
Precision = Annotated[str, typer.Option(help="auto, float32 or bfloat16.")]


def add_to(app: typer.Typer) -> None:
    """Register the verbs."""
    app.command("index")(index)
    app.command("search")(search)


def index(
    model: Annotated[str, typer.Argument(help="A run, checkpoint or model folder.")],
    folder: Annotated[Path, typer.Argument(help="The folder with the pictures.")],
    gallery: Annotated[Path, typer.Argument(help="The gallery to make or bring up to date.")],
    split: Annotated[
        str | None, typer.Option(help="FOLDER is a benchmark's; index this split of it.")
    ] = None,
    batch: Annotated[int, typer.Option(min=1, help="Pictures encoded at once.")] = 64,
    device: Device = "auto",
    precision: Precision = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Make a gallery from a folder of pictures, or bring it up to date with what has changed."""
    from tipr.gallery.place import is_gallery, require_free
    from tipr.gallery.scan import folder_of

    folder_of(folder)  # what can be said at once is said before a model is loaded
    if not is_gallery(gallery):
        require_free(gallery)
    from tipr.encoder import load_encoder
    from tipr.gallery.build import build

    encoder = load_encoder(model, device=device, precision=precision)
    with progress("indexing") as moved:
        try:
            report = build(
                encoder,
                folder,
                gallery,
                model=_location(model),
                split=split,
                batch=batch,
                progress=moved,
            )
        except KeyboardInterrupt:
            raise Interrupted(
                f"{gallery}: stopped; finished batches are kept, the same command goes on from here"
            ) from None
    if as_json:
        typer.echo(_report_as_json(report))
    else:
        _print_report(Console(stderr=True), gallery, report)


def search(
    gallery: Annotated[Path, typer.Argument(help="A gallery made by 'tipr index'.")],
    sentences: Annotated[list[str], typer.Argument(help="Descriptions, each in quotes.")],
    k: Annotated[int, typer.Option("-k", help="How many pictures to show for each.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
    html: Annotated[
        Path | None, typer.Option(help="Also write a contact sheet to this file.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="The model, if it is not where it was when indexing.")
    ] = None,
    device: Device = "auto",
    precision: Precision = "auto",
) -> None:
    """Find the pictures that fit a description best. A hit is a lead, not an identification."""
    from tipr.gallery.store import Gallery
    from tipr.search.query import check, cut_off, require_pictures, search_many

    for sentence in sentences:
        check(sentence, k)
    with Gallery.open(gallery) as opened:
        require_pictures(opened)
        location = model or _still_there(opened.meta.model, gallery)
        from tipr.encoder import load_encoder

        encoder = load_encoder(location, device=device, precision=precision)
        answers = list(zip(sentences, search_many(opened, encoder, sentences, k), strict=True))
        notes = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)
        for sentence in sentences:
            if note := cut_off(encoder, sentence):
                notes.print(f"tipr: {note}")
        if html is not None:
            from tipr.search.sheet import write

            write(html, answers, opened)
    if as_json:
        typer.echo(_answers_as_json(answers))
    else:
        _print_answers(answers)
    if html is not None:
        notes.print(f"contact sheet: {html}")


def _location(model: str) -> str:
    """An absolute path, so that a later search finds the model from any folder; or its name."""
    path = Path(model)
    return str(path.resolve()) if path.exists() else model


def _still_there(model: str, gallery: Path) -> str:
    path = Path(model)
    if path.is_absolute() and not path.exists():
        raise ModelError(
            f"{gallery}: the model it was built with is no longer at {model}; "
            f"say where it is with --model"
        )
    return model


def _print_report(console: Console, gallery: Path, report: "BuildReport") -> None:
    def say(line: str) -> None:
        console.print(line, soft_wrap=True, highlight=False, markup=False)

    say(
        f"{gallery}: {report.added:,} added, {report.changed:,} changed, {report.removed:,} "
        f"removed, {report.unchanged:,} unchanged in {report.seconds:.1f} s"
    )
    if report.skipped:
        say(f"{len(report.skipped):,} skipped; a file is tried again when it changes:")
        for path, reason in report.skipped[:_SHOWN]:
            say(f"  {path}: {reason}")
    if len(report.skipped) > _SHOWN:
        say(f"  and {len(report.skipped) - _SHOWN:,} more; run again with --json to see all")


def _report_as_json(report: "BuildReport") -> str:
    counts = {name: getattr(report, name) for name in ("added", "changed", "removed", "unchanged")}
    skipped = [{"path": str(path), "reason": reason} for path, reason in report.skipped]
    return json.dumps({**counts, "skipped": skipped, "seconds": round(report.seconds, 3)}, indent=1)


def _print_answers(answers: list[tuple[str, list["Hit"]]]) -> None:
    console = Console()
    if not console.is_terminal:
        console.width = 10_000  # whoever reads through a pipe wants one line for each hit
    for sentence, hits in answers:
        if len(answers) > 1:
            console.print(sentence, style="bold", highlight=False, markup=False)
        table = Table("rank", "score", "picture", box=None, pad_edge=False, header_style="dim")
        for hit in hits:
            table.add_row(str(hit.rank), f"{hit.score:.3f}", Text(str(hit.path), overflow="fold"))
        console.print(table)


def _answers_as_json(answers: list[tuple[str, list["Hit"]]]) -> str:
    """A list of hits for one sentence, a list of {"query", "hits"} for several."""

    def plain(hits: list["Hit"]) -> list[dict[str, object]]:
        return [
            {"rank": hit.rank, "score": hit.score, "path": str(hit.path), "id": hit.id}
            for hit in hits
        ]

    if len(answers) == 1:
        return json.dumps(plain(answers[0][1]), indent=1)
    return json.dumps([{"query": query, "hits": plain(hits)} for query, hits in answers], indent=1)
