"""Found pictures as one HTML file to look at, which needs nothing else and nobody's network."""

import base64
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from pathlib import Path

import jinja2
from PIL import Image

from tipr.errors import PictureError
from tipr.files import write_whole
from tipr.gallery.records import Meta
from tipr.gallery.store import Gallery
from tipr.inputs import image
from tipr.search.query import Hit

_THUMBNAIL = (320, 800)  # width, height in pixels: twice the size of a tile, for fine screens
_QUALITY = 85

Answer = tuple[str, Sequence[Hit]]
"""A sentence with its hits, best first."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A hit as it is drawn; `picture` is a data address, '' where the picture is gone."""

    hit: Hit
    picture: str

    @property
    def name_parts(self) -> list[str]:
        """The file name, cut where a narrow tile may break it."""
        return re.split(r"(?<=[._-])", self.hit.path.name)


def write(path: Path, answers: Iterable[Answer], gallery: Gallery) -> None:
    """Write a contact sheet of all answers, whole or not at all.

    Raises:
        StorageError: the file cannot be written.
    """
    page = render(answers, gallery.meta, len(gallery), datetime.now().astimezone())
    write_whole(path, page.encode())


def render(answers: Iterable[Answer], meta: Meta, count: int, now: datetime) -> str:
    """The sheet as HTML; `count` is the number of pictures that were searched.

    The pictures in it are made anew from the pixels, so nothing that a camera wrote into the
    file (place, time, serial number) is passed on. One that cannot be read any more is drawn
    as an empty tile.
    """
    template = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined).from_string(
        resources.files("tipr.search").joinpath("sheet.html").read_text(encoding="utf-8")
    )
    sections = [
        (sentence, [Tile(hit, _picture(hit.path)) for hit in hits]) for sentence, hits in answers
    ]
    return template.render(
        sections=sections,
        count=count,
        fingerprint=meta.fingerprint[:12],
        model=Path(meta.model).name,
        date=now,
    )


def _picture(path: Path) -> str:
    try:
        picture = image.read(path)
    except PictureError:
        return ""
    picture.thumbnail(_THUMBNAIL, Image.Resampling.LANCZOS)
    clean = Image.new("RGB", picture.size)
    clean.paste(picture)  # pixels only: no EXIF, no colour profile, no comment
    content = io.BytesIO()
    clean.save(content, "JPEG", quality=_QUALITY, optimize=True)
    return f"data:image/jpeg;base64,{base64.b64encode(content.getvalue()).decode()}"
