"""The verb that writes unit vectors for other tools: of sentences, pictures, or a benchmark."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tipr.cli.plain import say
from tipr.cli.progress import progress
from tipr.errors import ConfigError, DataError, Interrupted, ModelError, PictureError, StorageError

if TYPE_CHECKING:
    from tipr.encoder.protocol import Encoder, Vectors
    from tipr.vectors import Features

_SHOWN = 20  # skipped pictures that are listed


def encode(
    model: Annotated[str, typer.Argument(help="A run, a model or an exported directory.")],
    out: Annotated[
        Path, typer.Option("-o", "--out", help="The .npz to write; with --data a folder for two.")
    ],
    captions: Annotated[
        Path | None,
        typer.Option(help='Text with a sentence a line, or .jsonl of {"id", "caption"}.'),
    ] = None,
    pictures: Annotated[
        Path | None, typer.Option(help="A folder; its pictures go in the order of their paths.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option("--data", help="A benchmark's folder: images.npz, captions.npz.")
    ] = None,
    split: Annotated[str | None, typer.Option(help="Of --data: val (if not said) or test.")] = None,
    format_: Annotated[
        str, typer.Option("--format", help="The benchmark's format; auto looks at its files.")
    ] = "auto",
    skip: Annotated[
        bool, typer.Option("--skip-broken", help="Leave out and list pictures no one can read.")
    ] = False,
    batch: Annotated[int, typer.Option(min=1, help="Pictures encoded at once.")] = 64,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, mps.")] = "auto",
    precision: Annotated[str, typer.Option(help="auto, float32 or bfloat16.")] = "auto",
) -> None:
    """Write unit vectors and their ids as .npz, for numpy and 'tipr evaluate --features'."""
    if sum(source is not None for source in (captions, pictures, data)) != 1:
        raise ConfigError("encode takes exactly one of --captions, --pictures and --data")
    if data is None and (split is not None or format_ != "auto"):
        raise ConfigError("--split and --format say which part of --data: give --data too")
    if skip and pictures is None:
        raise ConfigError("--skip-broken goes with --pictures only")
    _require_place(out, folder=data is not None)
    options = {"device": device, "precision": precision}
    with _all_or_nothing(out):
        if captions is not None:
            _captions(model, captions, out, batch, options)
        elif pictures is not None:
            _pictures(model, pictures, out, batch, options, skip=skip)
        elif data is not None:
            _benchmark(model, data, out, batch, options, split or "val", format_)


def _captions(model: str, file: Path, out: Path, batch: int, options: dict[str, Any]) -> None:
    from tipr.data.sentences import read_sentences

    sentences = read_sentences(file)
    from tipr.encoder import load_encoder
    from tipr.encoder.bulk import encode_sentences

    encoder = load_encoder(model, **options, bulk=True)
    texts = [sentence.text for sentence in sentences]
    with progress("encoding") as moved:
        vectors_ND = encode_sentences(encoder, texts, batch=batch, progress=moved)
    ids = [sentence.id for sentence in sentences]
    _write(out, _features(encoder, vectors_ND, ids))
    cut = [
        (number, end) for number, text in enumerate(texts, 1) if (end := encoder.cut_words(text))
    ]
    if cut:
        say(
            f"tipr: {len(cut)} of {len(texts)} sentences are longer than the model reads; of line "
            f"{cut[0][0]} it did not read {cut[0][1][:200]!r}"
        )


def _pictures(
    model: str, folder: Path, out: Path, batch: int, options: dict[str, Any], *, skip: bool
) -> None:
    from tipr.gallery.scan import folder_of, scan
    from tipr.inputs import image

    root = folder_of(folder)
    ids = [file.path for file in scan(root, image.SUFFIXES)]
    from tipr.encoder import load_encoder
    from tipr.encoder.bulk import encode_pictures

    encoder = load_encoder(model, **options, bulk=True)
    broken: dict[int, PictureError] = {}
    with progress("encoding") as moved:
        try:
            vectors_ND = encode_pictures(
                encoder,
                [root / name for name in ids],
                batch=batch,
                progress=moved,
                skip=broken.__setitem__ if skip else None,
            )
        except PictureError as error:
            raise PictureError(
                f"{error}. Nothing was written; --skip-broken leaves such pictures out"
            ) from None
    if len(broken) == len(ids):
        raise DataError(f"{folder}: none of its {len(ids)} pictures can be read: {broken[0]}")
    kept = [name for number, name in enumerate(ids) if number not in broken]
    _write(out, _features(encoder, vectors_ND, kept))
    if broken:
        say(f"tipr: {len(broken)} of {len(ids)} pictures cannot be read and have no row:")
        for error in list(broken.values())[:_SHOWN]:
            say(f"  {error}")
    if len(broken) > _SHOWN:
        say(f"  and {len(broken) - _SHOWN} more")


def _benchmark(
    model: str,
    folder: Path,
    out: Path,
    batch: int,
    options: dict[str, Any],
    split: str,
    format_: str,
) -> None:
    from tipr.data.benchmarks import fingerprint, pick, read_splits
    from tipr.data.holdout import held_out_by
    from tipr.data.layout import locate
    from tipr.encoder import load_encoder, provenance

    root = locate(folder, format_).folder
    splits = read_splits(folder, format=format_)
    holdout = held_out_by(provenance(model), fingerprint(splits))
    records = pick(splits, split, folder=folder, holdout=holdout)
    from tipr.evaluate import people_of, vectors_of

    encoder = load_encoder(model, **options, bulk=True)
    with progress("encoding") as moved:
        images_ND, captions_MD = vectors_of(encoder, records, batch=batch, progress=moved)
    image_people, caption_people = people_of(records)
    paths = [Path(os.path.relpath(one.path, root)).as_posix() for one in records.pictures]
    texts = [caption.text for caption in records.captions]
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{out}: cannot be made: {error.strerror or error}") from None
    _write(out / "images.npz", _features(encoder, images_ND, paths, image_people))
    _write(out / "captions.npz", _features(encoder, captions_MD, texts, caption_people))


@contextmanager
def _all_or_nothing(out: Path) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted(f"{out}: stopped; nothing was written") from None


def _require_place(out: Path, *, folder: bool) -> None:
    """Say before anything is encoded that `out` cannot be written."""
    if folder:
        if out.exists() and not out.is_dir():
            raise StorageError(f"{out}: this is a file; with --data, -o names a folder for two")
    elif out.is_dir():
        raise StorageError(f"{out}: this is a folder; give the name of a file, e.g. {out}/out.npz")
    elif not out.parent.is_dir():
        raise StorageError(f"{out}: there is no folder {out.parent}; make it first")


def _features(
    encoder: "Encoder", vectors_ND: "Vectors", ids: list[str], people: list[str] | None = None
) -> "Features":
    import numpy as np

    from tipr.vectors import Features

    if not np.isfinite(vectors_ND).all():
        raise ModelError(
            "the model gives vectors that are not finite; take another model or --precision float32"
        )
    return Features(
        vectors_ND=vectors_ND,
        ids=tuple(ids),
        people=None if people is None else tuple(people),
        model=encoder.fingerprint,
        image_size=encoder.image_size,
    )


def _write(path: Path, features: "Features") -> None:
    from tipr.vectors import write

    write(path, features)
    count, width = features.vectors_ND.shape
    typer.echo(f"{path}: {count} vectors of {width} numbers")
