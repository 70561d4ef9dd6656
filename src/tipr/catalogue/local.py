"""Model folders that lie on this machine: trained here, converted or exported."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from tipr.catalogue.entry import Entry, megabytes, settings_of, size_of
from tipr.model_files import CONFIG, EXPORT, WEIGHTS

DEPTH = 3
"""How many folders deep models are looked for: runs of an ablation lie that deep."""


def found_in(places: Iterable[Path], *, besides: Iterable[Path] = ()) -> list[Entry]:
    """An entry for every model folder below the places, by name; `besides` are left out."""
    left_out = {path.resolve() for path in besides}
    folders = {folder for place in places for folder in _models(place, DEPTH)}
    return [_entry(folder) for folder in sorted(folders) if folder.resolve() not in left_out]


def header_of(folder: Path) -> dict[str, Any]:
    """What the weights, or the export, say of themselves; {} where they say nothing.

    `checkpoint.load_header` says the same of weights, but imports torch, which takes a second and
    which an installation that only searches lacks: a list of models must do without.
    """
    try:
        if (folder / EXPORT).is_file():
            return json.loads((folder / EXPORT).read_text(encoding="utf-8"))
        with safe_open(folder / WEIGHTS, framework="np") as file:
            return json.loads((file.metadata() or {}).get("tipr", "{}"))
    except (OSError, ValueError, SafetensorError):
        return {}


def _models(folder: Path, depth: int) -> Iterator[Path]:
    """Folders with settings and weights; nothing inside one is looked at."""
    try:
        if (folder / CONFIG).is_file() and any((folder / n).is_file() for n in (WEIGHTS, EXPORT)):
            if _is_ours(folder):
                yield folder
        elif depth:
            for child in folder.iterdir():
                if child.is_dir() and not child.name.startswith(".") and not child.is_symlink():
                    yield from _models(child, depth - 1)
    except PermissionError:
        return  # whoever may not look into a folder has no models there


def _is_ours(folder: Path) -> bool:
    """Others write a `config.json` too."""
    try:
        size_of(settings_of(folder))
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return True


def _entry(folder: Path) -> Entry:
    header = header_of(folder)
    scores = header.get("scores", {}).get("text_to_image", {})
    source = header.get("source", {}).get("kind", "")
    data = header.get("provenance", {}).get("format", "")
    return Entry(
        name=str(folder),
        kind="local",
        here=True,
        image_size=size_of(settings_of(folder)),
        megabytes=megabytes(folder),
        R1={data or "val": scores["R1"]} if "R1" in scores else {},
        scores="on its own val" if scores else "",
        note=source or (f"trained on {data}" if data else ""),
    )
