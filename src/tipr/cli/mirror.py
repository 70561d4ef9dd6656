"""The verbs that keep a gallery's mirror in Milvus, and let go of it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tipr.cli.progress import progress
from tipr.errors import ClusterError

if TYPE_CHECKING:
    from tipr.cluster.address import Address

Where = Annotated[Path, typer.Argument(help="A gallery made by 'tipr index'.")]


def mirror(
    gallery: Where,
    store: Annotated[
        str | None,
        typer.Argument(help="milvus://HOST:PORT/COLLECTION; not needed where there is a mirror."),
    ] = None,
) -> None:
    """Make a Milvus collection hold what the gallery holds; from then on searches look there."""
    from tipr.cluster.address import parse

    goal = _remembered(gallery) if store is None else parse(store)
    if goal is None:
        raise ClusterError(
            f"{gallery}: has no mirror yet; say where to make one, milvus://HOST:PORT/COLLECTION"
        )
    bring_up_to_date(gallery, goal)


def unmirror(gallery: Where) -> None:
    """Delete the gallery's Milvus collection; from then on searches look in the gallery again."""
    from tipr.cluster.mirror import drop
    from tipr.gallery.store import Gallery

    known = _remembered(gallery)
    with Gallery.open(gallery, write=True) as opened:
        drop(opened)
    typer.echo(f"{gallery}: {'was not mirrored' if known is None else f'{known} is deleted'}")


def follow(gallery: Path) -> None:
    """Have a gallery's mirror follow what has changed in the gallery; nothing if it has none.

    Raises:
        ClusterError: the server is not there; says what is to be done later.
    """
    goal = _remembered(gallery)
    if goal is None:
        return
    try:
        bring_up_to_date(gallery, goal)
    except ClusterError as error:
        raise ClusterError(
            f"{gallery}: has changed, its mirror has not ({error}); nothing is searched there "
            f"until 'tipr gallery mirror {gallery}' has been run"
        ) from error


def bring_up_to_date(gallery: Path, goal: "Address") -> None:
    """Mirror the gallery, and say what was done."""
    from tipr.cluster.mirror import mirror as bring_over
    from tipr.gallery.store import Gallery

    with Gallery.open(gallery, write=True) as opened, progress("mirroring") as moved:
        done = bring_over(opened, goal, progress=moved)
    typer.echo(
        f"{goal}: {done.written:,} written, {done.erased:,} erased, {done.unchanged:,} unchanged",
        err=True,
    )


def _remembered(gallery: Path) -> "Address | None":
    from tipr.cluster.memory import remembered
    from tipr.gallery.store import Gallery

    with Gallery.open(gallery) as opened:
        known = remembered(opened)
    return None if known is None else known.address
