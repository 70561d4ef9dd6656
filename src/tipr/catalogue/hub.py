"""CLIP's models on the Hugging Face hub: fetched and converted once, then read from a cache.

`TIPR_MODELS` names the cache's folder; else it is the user's own for caches on this system.

What only fetching needs is imported when it fetches: every verb that takes a MODEL comes by here.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from tipr.catalogue.entry import Entry
from tipr.errors import StorageError

SIZE = (384, 128)


@dataclass(frozen=True, slots=True)
class Published:
    """What is known of a model on the hub without fetching it."""

    megabytes: float
    image_size: tuple[int, int] = SIZE


PUBLISHED = {
    "openai/clip-vit-base-patch32": Published(605),
    "openai/clip-vit-base-patch16": Published(599),
    "openai/clip-vit-large-patch14": Published(1711, (378, 126)),
}
"""Names and the sizes of their weight files; pictures as `tipr convert` makes them by default."""

ZERO_SHOT = {"CUHK-PEDES": 12.65, "ICFG-PEDES": 6.67, "RSTPReid": 13.45}
"""CLIP before any fine-tuning, as published with MLLM4Text-ReID (CVPR 2024), for ViT-B/16."""


def cache() -> Path:
    """The folder of converted models."""
    if given := os.environ.get("TIPR_MODELS"):
        return Path(given)
    import platformdirs

    return Path(platformdirs.user_cache_dir("tipr")) / "models"


def place_of(name: str) -> Path:
    """Where a model of the hub lies once it is converted."""
    return cache() / name.replace("/", "--")


def converted(name: str) -> Path:
    """The model's folder on this machine; fetches and converts it on first use.

    The hub's library shows the progress and checks what it fetched; the sha256 of the weights is
    kept in the folder's README.md. Two processes that ask at once do the work once.

    Raises:
        ModelError: it cannot be fetched; the message says what to copy where.
        StorageError: the cache cannot be written.
    """
    folder = place_of(name)
    if folder.is_dir():
        return folder
    import filelock

    from tipr.convert.write import convert

    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"{folder.parent}: cannot be made ({error.strerror}); set TIPR_MODELS to another folder"
        ) from None
    with filelock.FileLock(folder.with_name(f"{folder.name}.lock")):
        if not folder.is_dir():
            convert(name, folder, image_size=PUBLISHED[name].image_size)
    return folder


def entries() -> list[Entry]:
    """What the hub has for us."""
    return [
        Entry(
            name=name,
            kind="hub",
            here=place_of(name).is_dir(),
            image_size=known.image_size,
            megabytes=known.megabytes,
            language="English",
            licence="MIT",
            R1=ZERO_SHOT if name.endswith("patch16") else {},
            scores="zero-shot, published" if name.endswith("patch16") else "",
            note="zero-shot: fine-tune it on a benchmark for real use",
        )
        for name, known in PUBLISHED.items()
    ]
