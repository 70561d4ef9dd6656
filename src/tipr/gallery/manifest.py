"""What a detector of the user's expects and answers: the small file beside its ONNX graph."""

import json
import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from tipr.config import Section, parse
from tipr.errors import ConfigError

Size = Annotated[int, Field(ge=1, le=8192)]
Share = Annotated[float, Field(ge=0, le=1)]
Colour = tuple[float, float, float]


class Manifest(Section):
    """The settings of one detector.

    Pixels go in as (value / `divide` - `mean`) / `std`, a channel at a time in the order of
    `colour`; whole numbers as they are where the graph takes uint8. `fit` "stretch" fills the
    input, "corner" and "centre" keep the picture's shape and fill what is left with `pad`.

    `style` says how people come out:

    - "detr" (DETR, RT-DETR, D-FINE as Hugging Face exports them): `boxes` (1, Q, 4) hold middle
      and size in shares of the input, `scores` (1, Q, C) raw class scores for `activation`.
    - "yolox": `boxes` (1, Q, 5 + C) hold offsets and sizes in `strides`, how sure a cell is that
      there is something, and how sure of each class; they need `nms`.
    - "boxes" (RT-DETR and D-FINE as their authors export them, and whatever ends in an NMS):
      `boxes` ([1,] Q, 4) hold corners in `units`, `scores` ([1,] Q), `classes` ([1,] Q).
    """

    style: Literal["detr", "yolox", "boxes"]
    height: Size
    width: Size
    threshold: Share
    person: Annotated[int, Field(ge=0)] = 0
    nms: Share | None = None
    layout: Literal["NCHW", "NHWC"] = "NCHW"
    colour: Literal["rgb", "bgr"] = "rgb"
    fit: Literal["stretch", "corner", "centre"] = "stretch"
    pad: Annotated[int, Field(ge=0, le=255)] = 114
    divide: Annotated[float, Field(gt=0)] = 255.0
    mean: Colour = (0.0, 0.0, 0.0)
    std: tuple[Annotated[float, Field(gt=0)], ...] = Field(
        (1.0, 1.0, 1.0), min_length=3, max_length=3
    )
    activation: Literal["sigmoid", "softmax", "none"] = "sigmoid"
    strides: tuple[Size, ...] = (8, 16, 32)
    units: Literal["input", "frame", "share"] = "input"
    picture: str = ""
    frame_size: str = ""
    boxes: str = "boxes"
    scores: str = "scores"
    classes: str = ""


def beside(model: Path) -> Path:
    """The manifest of an ONNX file: the same name ending in .toml, or else in .json.

    Raises:
        ConfigError: there is none.
    """
    for suffix in (".toml", ".json"):
        if (found := model.with_suffix(suffix)).is_file():
            return found
    raise ConfigError(
        f"{model}: no {model.stem}.toml or {model.stem}.json beside it, which would say what this "
        f"detector expects and answers; docs/gallery.md shows some to copy"
    )


def read(file: Path) -> Manifest:
    """A manifest in TOML or JSON.

    Raises:
        ConfigError: it cannot be read, or says something impossible.
    """
    try:
        text = file.read_text(encoding="utf-8")
        table = tomllib.loads(text) if file.suffix == ".toml" else json.loads(text)
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(f"{file}: cannot be read: {' '.join(str(error).split())}") from None
    if not isinstance(table, dict):
        raise ConfigError(f"{file}: expected an object, found {type(table).__name__}")
    return parse(Manifest, table, where=str(file))
