"""The verbs of a gallery's upkeep: look at it, check it, mend it, copy it, change its model."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tipr.catalogue import lasting
from tipr.cli import duplicates, mirror, rules
from tipr.cli.plain import plain
from tipr.cli.progress import progress
from tipr.errors import GalleryError, Interrupted

if TYPE_CHECKING:
    from tipr.gallery.overview import Overview

SHOWN = 20
"""Lines of one kind that are printed; --json lists all."""

app = typer.Typer(help="Look after a gallery.", no_args_is_help=True)

Where = Annotated[Path, typer.Argument(help="A gallery made by 'tipr index'.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]


@app.command()
def info(gallery: Where, as_json: AsJson = False) -> None:
    """Say what a gallery holds: pictures, sources, cameras, times, model, size on the disk."""
    from tipr.gallery.overview import overview
    from tipr.gallery.store import Gallery

    with Gallery.open(gallery) as opened:
        found = overview(opened)
    if as_json:
        typer.echo(json.dumps(asdict(found), indent=1))
    else:
        _print(found)


@app.command()
def verify(gallery: Where, as_json: AsJson = False) -> None:
    """Look for damage, down to single flipped bits; exit code 1 if there is any."""
    from tipr.gallery.verify import verify as look_through

    with progress("checking") as moved:
        faults = look_through(gallery, progress=moved)
    if as_json:
        typer.echo(json.dumps([asdict(fault) for fault in faults], indent=1))
    else:
        for fault in faults[:SHOWN]:
            typer.echo(fault.what)
        _rest(len(faults))
        typer.echo(
            f"{gallery}: {len(faults):,} faults; mend it with 'tipr gallery repair {gallery}'"
            if faults
            else f"{gallery}: no fault found"
        )
    if faults:
        raise typer.Exit(1)


@app.command()
def repair(gallery: Where, as_json: AsJson = False) -> None:
    """Keep every sound row, name what is lost; also brings an older tipr's gallery up to date."""
    from tipr.gallery.repair import repair as mend

    found = mend(gallery)
    if as_json:
        typer.echo(json.dumps(asdict(found), indent=1))
        return
    for line in found.lost[:SHOWN]:
        typer.echo(line)
    _rest(len(found.lost))
    typer.echo(
        f"{gallery}: {found.pictures:,} pictures; {found.kept:,} rows kept, {len(found.lost):,} "
        f"entries lost" + ("; index the folders again to read them anew" if found.lost else "")
    )


@app.command()
def export(
    gallery: Where,
    place: Annotated[Path, typer.Argument(help="What to write: .zip, .csv, .jsonl or .npz.")],
    ids: Annotated[
        list[int] | None, typer.Option("--id", help="A picture's id; may be repeated. All if none.")
    ] = None,
) -> None:
    """Copy pictures, or what is known of them, out of a gallery; it remembers that you did."""
    from tipr.gallery.export import export as copy_out
    from tipr.gallery.store import Gallery

    with Gallery.open(gallery, write=True) as opened, progress("exporting") as moved:
        chosen = ids or opened.ids("1").tolist()
        gone = copy_out(opened, chosen, place, progress=moved)
    typer.echo(f"{place}: {len(chosen):,} pictures")
    if gone:
        typer.echo(f"{len(gone):,} of them are gone from the disk, the first has id {gone[0]}")


@app.command()
def merge(
    galleries: Annotated[list[Path], typer.Argument(help="Two or more galleries of one model.")],
    goal: Annotated[Path, typer.Option("-o", "--out", help="A new folder for the gallery.")],
) -> None:
    """Make one gallery of several; those stay as they are."""
    from tipr.gallery.merge import merge as join

    found = join(galleries, goal)
    typer.echo(f"{goal}: {found.pictures:,} pictures")
    if found.forgotten:
        typer.echo(
            f"{found.forgotten:,} files that were forgotten in one of them may come back if their "
            f"folder is indexed into this one; forget them again then, or delete the files"
        )


@app.command()
def switch(
    gallery: Where,
    model: Annotated[str, typer.Argument(help="A run, checkpoint or model folder.")],
    drop_missing: Annotated[
        bool, typer.Option("--drop-missing", help="Erase pictures whose file is gone or changed.")
    ] = False,
    batch: Annotated[int, typer.Option(min=1, help="Pictures encoded at once.")] = 64,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, mps.")] = "auto",
    precision: Annotated[str, typer.Option(help="auto, float32 or bfloat16.")] = "auto",
) -> None:
    """Encode every picture with another model, then search with that; exit code 2 if it cannot."""
    from tipr.gallery.place import is_gallery

    if not is_gallery(gallery):  # said before a model is loaded
        raise GalleryError(f"{gallery}: no gallery in this folder; make one with 'tipr index'")
    from tipr.encoder import load_encoder
    from tipr.gallery.rebuild import rebuild

    encoder = load_encoder(model, device=device, precision=precision, bulk=True)
    with progress("encoding") as moved:
        try:
            found = rebuild(
                encoder,
                gallery,
                model=lasting(model),
                batch=batch,
                drop_missing=drop_missing,
                progress=moved,
            )
        except KeyboardInterrupt:
            raise Interrupted(
                f"{gallery}: stopped; it is still searched with the old model, and the same "
                f"command goes on from here"
            ) from None
    for one in found.missing[:SHOWN]:
        typer.echo(f"picture {one.id} ({one.path}): {one.reason}")
    if len(found.missing) > SHOWN:
        typer.echo(f"and {len(found.missing) - SHOWN:,} more")
    if not found.switched:
        raise GalleryError(
            f"{gallery}: {len(found.missing):,} pictures cannot be read again, so it is still "
            f"searched with the old model; bring them back, or erase them with --drop-missing"
        )
    erased = f", {len(found.missing):,} erased" if found.dropped else ""
    typer.echo(
        f"{gallery}: {found.encoded + found.kept:,} pictures are searched with {model} now"
        f"{erased} ({found.seconds:.1f} s)"
    )


app.command()(duplicates.duplicates)
app.command()(mirror.mirror)
app.command()(mirror.unmirror)
app.command()(rules.rules)


def _rest(count: int) -> None:
    if count > SHOWN:
        typer.echo(f"and {count - SHOWN:,} more; --json lists all")


def _print(found: "Overview") -> None:
    from tipr.gallery.wallclock import as_text

    console = plain()
    meta = found.meta
    console.print(
        f"{found.pictures:,} pictures, {found.bytes_on_disk / 1e6:,.1f} MB; made {meta.created} "
        f"by tipr {meta.version}"
    )
    console.print(
        f"model {meta.model} (fingerprint {meta.fingerprint[:12]}, {meta.width} numbers a picture, "
        f"{meta.image_size[0]}x{meta.image_size[1]} pixels), "
        f"{'calibrated' if found.calibrated else 'not calibrated: scores are no probabilities'}"
    )
    if found.next_model:
        location, count = found.next_model
        console.print(f"being changed over to {location}: {count:,} pictures encoded so far")
    for root, files, pictures, skipped in found.sources:
        console.print(
            f"source {root}: {pictures:,} pictures in {files:,} files, {skipped:,} unreadable"
        )
    named = [(name, count) for name, count in found.cameras if name is not None]
    for name, count in named[:SHOWN]:
        console.print(f"camera {name}: {count:,}")
    if len(named) > SHOWN:
        console.print(f"and {len(named) - SHOWN:,} more cameras; --json lists all")
    if found.first_ms is not None and found.last_ms is not None:
        console.print(
            f"times {as_text(found.first_ms)} to {as_text(found.last_ms)} "
            f"({found.timed:,} pictures have one)"
        )
    for key, count in found.attributes[:SHOWN]:
        console.print(f"attribute {key}: {count:,}")
    for count, what in (
        (found.twins, "exact duplicates"),
        (found.feedback, "feedback marks"),
        (found.searches, "saved searches"),
        (found.exports, "exports"),
    ):
        if count:
            console.print(f"{count:,} {what}")
