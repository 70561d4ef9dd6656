"""A picture or a frame to the people's pictures that are to be seen in it.

Shape legend: H and W the encoder's image size.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tipr.gallery.look import content_of, look_of, thumbnail_of
from tipr.gallery.records import Box
from tipr.inputs import image


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """One person's picture before it is encoded; the rest as in `records.Shot`."""

    pixels_HW3: NDArray[np.uint8]
    content: bytes
    look: int
    part: str = ""
    box: Box | None = None
    frame_ms: int | None = None
    thumbnail: bytes | None = None


class Detector(Protocol):
    """Anything that finds people in a picture; usable from several threads at once."""

    @property
    def identity(self) -> str:
        """Equal words promise equal answers."""
        ...

    def find(self, picture: Image.Image) -> list[Box]:
        """Where people are, the surest first, within the upright RGB picture."""
        ...


class Eye(Protocol):
    """What is seen in a picture (`frame_ms` None) or in a frame of a video."""

    @property
    def method(self) -> str:
        """How it looks, in words for people; equal words promise equal answers."""
        ...

    def __call__(self, picture: Image.Image, frame_ms: int | None = None) -> tuple[Sight, ...]: ...


@dataclass(frozen=True, slots=True)
class Whole:
    """Takes every picture for one person's, from edge to edge."""

    size: tuple[int, int]
    method: str = "whole pictures"

    def __call__(self, picture: Image.Image, frame_ms: int | None = None) -> tuple[Sight, ...]:
        """One sight, always."""
        return (
            Sight(
                pixels_HW3=image.fit(picture, self.size),
                content=content_of(picture),
                look=look_of(picture),
                frame_ms=frame_ms,
            ),
        )


@dataclass(frozen=True, slots=True)
class People:
    """Takes what a detector finds, if it is at least `smallest` pixels high."""

    size: tuple[int, int]
    detector: Detector
    smallest: int

    @property
    def method(self) -> str:
        """As in `Eye`."""
        return f"people of {self.smallest} pixels and more that {self.detector.identity} finds"

    def __call__(self, picture: Image.Image, frame_ms: int | None = None) -> tuple[Sight, ...]:
        """A sight for each person, the surest first, each with a thumbnail."""
        boxes = [box for box in self.detector.find(picture) if box[3] - box[1] >= self.smallest]
        return tuple(self._cut(picture, box, number, frame_ms) for number, box in enumerate(boxes))

    def _cut(self, frame: Image.Image, box: Box, number: int, frame_ms: int | None) -> Sight:
        person = frame.crop(box)
        return Sight(
            pixels_HW3=image.fit(person, self.size),
            content=content_of(person),
            look=look_of(person),
            part=str(number) if frame_ms is None else f"{frame_ms}/{number}",
            box=box,
            frame_ms=frame_ms,
            thumbnail=thumbnail_of(person),
        )
