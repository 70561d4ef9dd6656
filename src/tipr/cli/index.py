"""The verb that makes a gallery, or brings it up to date."""

import json
from contextlib import ExitStack
from dataclasses import asdict
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tipr.catalogue import lasting
from tipr.cli import mirror
from tipr.cli.plain import say
from tipr.cli.progress import progress
from tipr.errors import ConfigError, Interrupted

if TYPE_CHECKING:
    from tipr.cluster.address import Address
    from tipr.cluster.ray_build import Cluster
    from tipr.gallery.build import BuildReport
    from tipr.gallery.reading import Search

_SHOWN = 20  # skipped pictures that are listed; --json tells all
_EVERY, _SMALLEST = 1.0, 32


def index(
    model: Annotated[str, typer.Argument(help="A run, checkpoint or model folder.")],
    source: Annotated[
        Path,
        typer.Argument(help="The folder with the pictures, or a list: .csv, .jsonl, .parquet."),
    ],
    gallery: Annotated[Path, typer.Argument(help="The gallery to make or bring up to date.")],
    split: Annotated[
        str | None, typer.Option(help="SOURCE is a benchmark's folder; index this split of it.")
    ] = None,
    pattern: Annotated[
        str | None,
        typer.Option(help="Read camera, time, attributes from paths: '{camera}/{date}/{time}_*'."),
    ] = None,
    detect: Annotated[
        Path | None,
        typer.Option(help="An ONNX detector: find the people in full frames and videos."),
    ] = None,
    every: Annotated[
        float | None,
        typer.Option(min=0.001, help=f"Seconds between a video's frames.  [default: {_EVERY:g}]"),
    ] = None,
    smallest: Annotated[
        int | None,
        typer.Option(min=1, help=f"Least height of a person in pixels.  [default: {_SMALLEST}]"),
    ] = None,
    retry: Annotated[
        bool, typer.Option("--retry", help="Try what could not be read again.")
    ] = False,
    batch: Annotated[int, typer.Option(min=1, help="Pictures encoded at once.")] = 64,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, mps.")] = "auto",
    precision: Annotated[str, typer.Option(help="auto, float32 or bfloat16.")] = "auto",
    ray: Annotated[
        str | None, typer.Option(help="Read and encode on a Ray cluster, HOST:PORT of its head.")
    ] = None,
    store: Annotated[
        str | None, typer.Option(help="Mirror it in Milvus: milvus://HOST:PORT/COLLECTION.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Make a gallery from pictures, frames or videos, or bring it up to date with what changed."""
    from tipr.gallery.pattern import Pattern
    from tipr.gallery.place import is_gallery, require_free
    from tipr.gallery.source import root_of

    root_of(source)  # what can be said at once is said before a model is loaded
    read_paths = None if pattern is None else Pattern(pattern)
    if not is_gallery(gallery):
        require_free(gallery)
    find = _search(detect, every, smallest)
    with ExitStack() as opened:
        cluster, goal = _joined(ray, opened), _address(store)
        from tipr.encoder import load_encoder
        from tipr.gallery.build import build

        encoder = load_encoder(model, device=device, precision=precision, bulk=True)
        work = None
        if cluster is not None:
            from tipr.cluster.ray_build import Recipe
            from tipr.gallery.reading import How

            how = How.of(encoder.image_size, find, batch)
            recipe = Recipe(
                model=lasting(model),
                device=device,
                precision=precision,
                eye=how.eye,
                at_once=how.people,
            )
            work = cluster.work(recipe, encoder.fingerprint)
        moved = opened.enter_context(progress("indexing"))
        unreadable = count(1)
        try:
            report = build(
                encoder,
                source,
                gallery,
                model=lasting(model),
                split=split,
                pattern=read_paths,
                find=find,
                batch=batch,
                retry=retry,
                progress=moved,
                skip=lambda *_: moved.say(f"indexing, {next(unreadable):,} unreadable"),
                work=work,
            )
        except KeyboardInterrupt:
            raise Interrupted(
                f"{gallery}: stopped; finished batches are kept, the same command goes on from here"
            ) from None
    if as_json:
        typer.echo(_as_json(report))
    else:
        _print(gallery, report)
    if goal is None:
        mirror.follow(gallery)
    else:
        mirror.bring_up_to_date(gallery, goal)


def _search(detect: Path | None, every: float | None, smallest: int | None) -> "Search | None":
    if detect is None:
        for name, value in (("--every", every), ("--smallest", smallest)):
            if value is not None:
                raise ConfigError(f"{name} is for a detector's finds; give one with --detect")
        return None
    from tipr.gallery.detect import load
    from tipr.gallery.reading import Search

    return Search(
        detector=load(detect),
        every=_EVERY if every is None else every,
        smallest=_SMALLEST if smallest is None else smallest,
    )


def _joined(ray: str | None, opened: ExitStack) -> "Cluster | None":
    if ray is None:
        return None
    from tipr.cluster.ray_build import joined

    return opened.enter_context(joined(ray))


def _address(store: str | None) -> "Address | None":
    if store is None:
        return None
    from tipr.cluster.address import parse

    return parse(store)


def _print(gallery: Path, report: "BuildReport") -> None:
    _say(
        f"{gallery}: {report.added:,} added, {report.changed:,} changed, {report.removed:,} "
        f"removed, {report.unchanged:,} unchanged in {report.seconds:.1f} s; "
        f"{report.people:,} new pictures of people"
    )
    for number, what in (
        (report.told, "kept their pictures and got another camera, time or attributes"),
        (report.unmatched, "paths do not fit the pattern and were indexed without it"),
        (report.videos, "videos were left out; find people in them with --detect"),
        (report.kept_out, "were erased on purpose before and stay out"),
    ):
        if number:
            _say(f"{number:,} {what}")
    if report.skipped:
        _say(f"{len(report.skipped):,} skipped; a file is tried again when it changes, or --retry:")
        for path, reason in report.skipped[:_SHOWN]:
            _say(f"  {path}: {reason}")
    if len(report.skipped) > _SHOWN:
        _say(f"  and {len(report.skipped) - _SHOWN:,} more; run again with --json to see all")


def _say(line: str) -> None:
    # A file's name may hold anything, also what moves a terminal's cursor.
    shown = "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in line)
    say(shown)


def _as_json(report: "BuildReport") -> str:
    told = asdict(report)
    told["skipped"] = [{"path": str(path), "reason": reason} for path, reason in report.skipped]
    told["seconds"] = round(report.seconds, 3)
    return json.dumps(told, indent=1)
