"""Found pictures as one HTML file to look at, which needs nothing else and nobody's network."""

import base64
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from pathlib import Path

import jinja2
from PIL import Image

from tipr.errors import DependencyError, PictureError
from tipr.files import write_whole
from tipr.gallery.records import Item, Meta
from tipr.gallery.store import Gallery
from tipr.inputs import image
from tipr.search.answer import Answer, Hit
from tipr.search.pictured import picture_of

_THUMBNAIL = (320, 800)  # width, height in pixels: twice the size of a tile, for fine screens
_QUALITY = 85


@dataclass(frozen=True, slots=True)
class Tile:
    """A hit as it is drawn; `picture` is a data address, '' where the picture is gone."""

    hit: Hit
    picture: str

    @property
    def name_parts(self) -> list[str]:
        """The file name, cut where a narrow tile may break it."""
        return re.split(r"(?<=[._-])", self.hit.path.name)

    @property
    def where(self) -> list[str]:
        """Camera, date, time, and the place in a video, as far as they are known."""
        hit = self.hit
        time = [] if hit.time is None else hit.time.strftime("%Y-%m-%d %H:%M:%S").split()
        film = [] if hit.frame_ms is None else [_clock(hit.frame_ms)]
        return [*([hit.camera] if hit.camera else []), *time, *film]


@dataclass(frozen=True, slots=True)
class Section:
    """An answer as it is drawn; `examples` are the pictures it was searched with."""

    answer: Answer
    tiles: Sequence[Tile]
    examples: Sequence[str]

    @property
    def title(self) -> str:
        """The words that were searched for; '' where there were none."""
        return " + ".join(words.text for words in self.answer.query.texts)

    @property
    def chips(self) -> list[str]:
        """What else was asked, in a few words each."""
        query = self.answer.query
        found = [f"not {words.text}" for words in query.avoid]
        if query.unlike:
            found.append(f"unlike {len(query.unlike)} marked as wrong")
        found += query.filters.said
        if query.order == "time":
            found.append("in order of time")
        if query.page > 1:
            found.append(f"page {query.page}")
        return found


def write(path: Path, answers: Iterable[Answer], gallery: Gallery) -> None:
    """Write a contact sheet of all answers, whole or not at all.

    Raises:
        StorageError: the file cannot be written.
    """
    answers = list(answers)
    ids = [number for one in answers for number in (*one.query.like, *(hit.id for hit in one))]
    page = render(
        answers,
        gallery.meta,
        datetime.now().astimezone(),
        items=gallery.items(ids),
        thumbnails=gallery.thumbnails(ids),
    )
    write_whole(path, page.encode())


def render(
    answers: Iterable[Answer],
    meta: Meta,
    now: datetime,
    *,
    items: Mapping[int, Item],
    thumbnails: Mapping[int, bytes],
) -> str:
    """The sheet as HTML; `items` are the hits and examples, and what thumbnails the gallery has of
    them, by id.

    The pictures in the sheet are made anew from the pixels, so nothing that a camera wrote into
    the file (place, time, serial number) is passed on. One that cannot be read any more is drawn
    as an empty tile.
    """
    template = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined).from_string(
        resources.files("tipr.search").joinpath("sheet.html").read_text(encoding="utf-8")
    )
    sections = [
        Section(
            answer,
            [Tile(hit, _found(items.get(hit.id), thumbnails.get(hit.id))) for hit in answer],
            [
                *(_given(picture.source) for picture in answer.query.pictures),
                *(_found(items.get(item), thumbnails.get(item)) for item in answer.query.like),
            ],
        )
        for answer in answers
    ]
    return template.render(
        sections=sections,
        fingerprint=meta.fingerprint[:12],
        model=Path(meta.model).name,
        date=now,
    )


def _found(item: Item | None, thumbnail: bytes | None) -> str:
    """The kept thumbnail; without one the picture itself, if it is still what was indexed."""
    if thumbnail is not None:
        return _given(thumbnail)
    try:
        return "" if item is None else _drawn(picture_of(item))
    except (PictureError, DependencyError):
        return ""


def _given(source: Path | bytes) -> str:
    try:
        return _drawn(image.read(source))
    except PictureError:
        return ""


def _drawn(picture: Image.Image) -> str:
    picture.thumbnail(_THUMBNAIL, Image.Resampling.LANCZOS)
    clean = Image.new("RGB", picture.size)
    clean.paste(picture)  # pixels only: no EXIF, no colour profile, no comment
    content = io.BytesIO()
    clean.save(content, "JPEG", quality=_QUALITY, optimize=True)
    return f"data:image/jpeg;base64,{base64.b64encode(content.getvalue()).decode()}"


def _clock(ms: int) -> str:
    """A place in a video."""
    hours, seconds = divmod(ms // 1000, 3600)
    return f"{hours}:{seconds // 60:02}:{seconds % 60:02}"
