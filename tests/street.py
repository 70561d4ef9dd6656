"""Drawn people in a street, as a gallery: two cameras give single pictures, one whole frames."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from tests.colours import ColourEncoder
from tipr.gallery.look import content_of, look_of, thumbnail_of
from tipr.gallery.records import Box, Facts, Reading, Shot
from tipr.gallery.scan import File
from tipr.gallery.store import Gallery
from tipr.gallery.wallclock import of_text
from tipr.inputs import image
from tipr.search.calibration import Calibration, Origin
from tipr.synthetic.dataset import draw

NAMES = {"cam1": "north gate", "cam2": "station", "cam3": "car park"}
FRAMED = "station"
SHOWN = ("who", "upper", "upper_colour", "lower_colour")
TALL = 340  # of somebody in a frame, in pixels


def build(folder: Path, people: int = 10) -> Path:
    """Draw people, index them, calibrate; the gallery's folder, called "street"."""
    drawn, encoder = folder / "drawn", ColourEncoder()
    draw(drawn, people=people, cameras=3, seed=5, split="test")
    lines = [json.loads(line) for line in (drawn / "attributes.jsonl").read_text().splitlines()]
    with Gallery.create(
        folder / "street",
        fingerprint=encoder.fingerprint,
        model="colours",
        width=encoder.width,
        image_size=encoder.image_size,
    ) as gallery:
        whole = [one for one in lines if NAMES[one["camera"]] != FRAMED]
        gallery.add(drawn / "imgs", [_single(drawn / "imgs", one, encoder) for one in whole])
        framed = [one for one in lines if NAMES[one["camera"]] == FRAMED]
        (folder / "frames").mkdir()
        gallery.add(folder / "frames", list(_frames(folder / "frames", drawn, framed, encoder)))
        gallery.set_calibration(_calibration().to_json())
    return folder / "street"


def _single(folder: Path, told: dict[str, str], encoder: ColourEncoder) -> Reading:
    path = folder / told["file_path"]
    shot = _shot(image.read(path), told, encoder)
    return Reading(file=_file(folder, path), shots=(shot,))


def _frames(
    folder: Path, drawn: Path, lines: Sequence[dict[str, str]], encoder: ColourEncoder
) -> Iterator[Reading]:
    """Three people in each frame, cut out of it again."""
    for number in range(0, len(lines), 3):
        some, path = lines[number : number + 3], folder / f"{number:03}.png"
        frame, boxes = _painted([image.read(drawn / "imgs" / one["file_path"]) for one in some])
        frame.save(path)
        shots = tuple(
            _shot(frame.crop(box), {**some[0], **told, "time": some[0]["time"]}, encoder, box)
            for box, told in zip(boxes, some, strict=True)
        )
        yield Reading(file=_file(folder, path), shots=shots)


def _painted(people: Sequence[Image.Image]) -> tuple[Image.Image, list[Box]]:
    rows = np.linspace((150, 165, 175), (96, 92, 88), 540)[:, None].repeat(960, 1)
    frame, boxes = Image.fromarray(rows.astype(np.uint8)), []
    for place, person in enumerate(people):
        wide = round(TALL * person.width / person.height)
        left, top = 120 + 290 * place, 130 + 24 * place
        frame.paste(person.resize((wide, TALL), Image.Resampling.LANCZOS), (left, top))
        boxes.append((left, top, left + wide, top + TALL))
    return frame, boxes


def _shot(
    picture: Image.Image, told: dict[str, str], encoder: ColourEncoder, box: Box | None = None
) -> Shot:
    return Shot(
        vector=encoder.encode_images(image.fit(picture, encoder.image_size)[None])[0],
        facts=Facts(
            camera=NAMES[told["camera"]],
            time_ms=of_text(told["time"]),
            attributes={key: told[key] for key in SHOWN if key in told},
        ),
        part="" if box is None else ",".join(map(str, box)),
        box=box,
        content=content_of(picture),
        look=look_of(picture),
        thumbnail=None if box is None else thumbnail_of(picture),
    )


def _file(folder: Path, path: Path) -> File:
    found = path.stat()
    return File(path.relative_to(folder).as_posix(), found.st_size, found.st_mtime_ns)


def _calibration() -> Calibration:
    """Clear colours are strong, half-right ones possible; what nobody wears is told."""
    origin = Origin(
        model=ColourEncoder.fingerprint,
        data="d" * 64,
        benchmark="drawn",
        split="test",
        captions=1,
        pictures=1,
        people=8,
    )
    return Calibration(
        scale=8.0, slope=9.0, against=1.0, intercept=0.8, threshold=0.05, miss=0.1, origin=origin
    )
