"""How good a model is, as far as its own folder says so."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tipr.catalogue.box import box
from tipr.catalogue.entry import Entry
from tipr.catalogue.local import header_of

_MEANS = {
    "R1": "found first",
    "R5": "among the first 5",
    "R10": "among the first 10",
    "mAP": "mean average precision",
    "mINP": "mean inverse negative penalty",
}


@dataclass(frozen=True, slots=True)
class Group:
    """How many people of one look are found first, in per cent, between `low` and `high`."""

    look: str
    people: int
    R1: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Scores:
    """`figures` are pairs of a value and what it counts; `source` says what it was measured on."""

    figures: tuple[tuple[str, str], ...]
    source: str
    groups: tuple[Group, ...] = ()


def scores_of(folder: Path) -> Scores | None:
    """What the folder of a model says; None where it says nothing."""
    return _of_box(folder) if folder.resolve() == box().resolve() else _of_run(header_of(folder))


def _of_box(folder: Path) -> Scores:
    told = json.loads((folder / "box.json").read_text(encoding="utf-8"))
    entry = Entry.of_box()
    figures = tuple(
        (_percent(value), f"found first, of {name}") for name, value in entry.R1.items()
    )
    groups = (
        Group(f"{of}: {name}", one["people"], one["R1"], one["low"], one["high"])
        for of, names in told["groups"].items()
        for name, one in names.items()
    )
    return Scores(figures, entry.scores, tuple(sorted(groups, key=lambda one: one.R1)))


def _of_run(header: Mapping[str, Any]) -> Scores | None:
    """As `tipr train` writes them beside the weights."""
    found = header.get("scores", {}).get("text_to_image", {})
    figures = tuple(
        (_percent(found[name]), means) for name, means in _MEANS.items() if name in found
    )
    data = header.get("provenance", {}).get("format", "")
    split = header.get("split", "val")
    return Scores(figures, f"{data} {split}, while training".strip()) if figures else None


def _percent(value: float) -> str:
    return f"{value:.1f} %"
