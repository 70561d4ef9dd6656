"""What is told of a model before one chooses it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from tipr.catalogue.box import BOX, box
from tipr.model_files import CONFIG


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One model that can be named.

    Attributes:
        name: what to write where a MODEL is asked for.
        kind: "box", "hub" or "local".
        here: whether it is on this machine already.
        image_size: (height, width) in pixels.
        megabytes: of its weights, on disk or to be fetched.
        language, licence: "unknown" where nothing tells.
        R1: text-to-image rank-1 in per cent by benchmark, with the split's source in `scores`.
        scores: where those figures come from.
        note: what one should know.
    """

    name: str
    kind: str
    here: bool
    image_size: tuple[int, int]
    megabytes: float
    language: str = "unknown"
    licence: str = "unknown"
    R1: Mapping[str, float] = field(default_factory=dict)
    scores: str = ""
    note: str = ""

    @classmethod
    def of_box(cls) -> Self:
        """The model in the box, as its own `box.json` tells."""
        folder = box()
        told = json.loads((folder / "box.json").read_text(encoding="utf-8"))
        return cls(
            name=BOX,
            kind="box",
            here=True,
            image_size=size_of(settings_of(folder)),
            megabytes=megabytes(folder),
            language="English",
            licence="Apache-2.0",
            R1=told["R1"],
            scores=told["scores"],
            note="trained on drawings: do not expect it to find real people",
        )


def settings_of(folder: Path) -> dict[str, Any]:
    """The model's settings in a folder's `config.json`; KeyError and ValueError if it has none."""
    return json.loads((folder / CONFIG).read_text(encoding="utf-8"))["model"]


def size_of(settings: Mapping[str, Any]) -> tuple[int, int]:
    """(height, width) of a model's pictures."""
    return int(settings["image"]["height"]), int(settings["image"]["width"])


def megabytes(folder: Path) -> float:
    """Of all weight files below the folder."""
    kinds = {".safetensors", ".onnx", ".bin"}
    files = [path for path in folder.rglob("*") if path.suffix in kinds]
    return sum(path.stat().st_size for path in files if path.name != "last.safetensors") / 1e6
