"""What a gallery is made of, as values: a file that was read, the people's pictures in it."""

import json
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tipr.gallery.scan import File

Box = tuple[int, int, int, int]
"""(left, top, right, bottom) in pixels of the frame; right and bottom are just outside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meta:
    """What a gallery knows of its origin.

    `model` is where the model was found, `width` its D, `image_size` (height, width) in pixels,
    `created` a UTC time in ISO 8601, `version` that of the tipr which made it.
    """

    fingerprint: str
    model: str
    width: int
    image_size: tuple[int, int]
    created: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a picture beside its pixels.

    `time_ms` is the camera's own wall clock in milliseconds since 1970-01-01 00:00 of that clock;
    a zone is not kept, so "between 17 and 19 h" means what the people on the spot would say.
    """

    camera: str | None = None
    time_ms: int | None = None
    attributes: dict[str, str] = field(default_factory=dict)

    def as_text(self) -> str:
        """Equal facts give equal text; '' when nothing is known."""
        known = {"camera": self.camera, "time_ms": self.time_ms, "attributes": self.attributes}
        told = {key: value for key, value in known.items() if value not in (None, {})}
        return json.dumps(told, sort_keys=True, ensure_ascii=False) if told else ""

    def at(self, frame_ms: int | None) -> "Facts":
        """What is known of a frame (None: of the picture itself), these being of the start."""
        if self.time_ms is None or frame_ms is None:
            return self
        return replace(self, time_ms=self.time_ms + frame_ms)

    @classmethod
    def from_text(cls, text: str) -> "Facts":
        """The facts that `as_text` wrote."""
        return cls(**json.loads(text)) if text else cls()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One person's picture, on its way into the gallery.

    `part` tells the pictures of one file apart ('' for a whole file); `box` and `frame_ms` say
    where in the frame and when in the video it is; `content` is a digest of its pixels and `look`
    a 64-bit perceptual hash (0: unknown); `thumbnail` is a JPEG for people to look at.
    """

    vector: NDArray[np.float32]
    facts: Facts = field(default_factory=Facts)
    part: str = ""
    box: Box | None = None
    frame_ms: int | None = None
    content: bytes = b""
    look: int = 0
    thumbnail: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A file that was read: what came of it, or the `reason` why nothing did.

    `facts` are those given for the file as a whole. `done_ms` is how far a video has been read,
    None once it is whole; with `more` the shots are added to those of an earlier reading.
    """

    file: File
    shots: tuple[Shot, ...] = ()
    facts: Facts = field(default_factory=Facts)
    reason: str | None = None
    done_ms: int | None = None
    more: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """A file as it was when it was read last time; `reason` None means that it is indexed."""

    file: File
    facts: str
    done_ms: int | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Item:
    """An indexed picture; `path` is that of its file, absolute. `id` is never given again."""

    id: int
    path: Path
    size: int
    mtime_ns: int
    part: str = ""
    box: Box | None = None
    frame_ms: int | None = None
    facts: Facts = field(default_factory=Facts)
    look: int = 0
    content: bytes = b""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that could not be read; it is tried again when it changes."""

    path: Path
    reason: str


def box_as_text(box: Box | None) -> str | None:
    """ "left,top,right,bottom"."""
    return None if box is None else ",".join(map(str, box))


def box_of(text: str | None) -> Box | None:
    """The box that `box_as_text` wrote.

    Raises:
        ValueError: it is none.
    """
    if text is None:
        return None
    left, top, right, bottom = map(int, text.split(","))
    return left, top, right, bottom
