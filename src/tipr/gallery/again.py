"""The pixels of pictures that are in a gallery already, from the files they came from."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from math import inf
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tipr.cores import cores
from tipr.errors import PictureError
from tipr.gallery.film import Film
from tipr.gallery.records import Item
from tipr.gallery.scan import stat_of
from tipr.inputs import image

Fitted = NDArray[np.uint8] | str
"""One picture's pixels (H, W, 3), or why they are not to be had."""


class Again:
    """Reads items once more; close it, or use it as a context manager.

    A video stays open between two calls: whoever asks for the people in it in the order of their
    ids, which is that of their frames, has it read once.
    """

    def __init__(self, size: tuple[int, int]) -> None:
        """`size` is the (height, width) to which pictures are fitted."""
        self._size = size
        self._pool = ThreadPoolExecutor(cores(), thread_name_prefix="tipr-read")
        self._reel: _Reel | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._leave()

    def read(self, items: Sequence[Item]) -> list[Fitted]:
        """The pixels of each item, in their order.

        Raises:
            DependencyError: one is from a video, and PyAV is not installed.
        """
        files = [
            list(some) for _, some in groupby(items, lambda one: (one.path, one.frame_ms is None))
        ]
        stills = [
            self._pool.submit(_of_picture, some, self._size) if some[0].frame_ms is None else None
            for some in files
        ]
        return [
            fitted
            for some, still in zip(files, stills, strict=True)
            for fitted in (self._of_video(some) if still is None else still.result())
        ]

    def _of_video(self, items: list[Item]) -> list[Fitted]:
        path = items[0].path
        if reason := changed(items[0]):
            return [reason] * len(items)
        found: list[Fitted] = []
        try:
            for item in items:
                frame = self._reel_at(path, item.frame_ms or 0).frame(item.frame_ms or 0)
                found.append(
                    "the video has no such frame"
                    if frame is None
                    else _cut(frame, item, self._size)
                )
        except PictureError as error:
            self._leave()
            found += [_reason(error, path)] * (len(items) - len(found))
        return found

    def _reel_at(self, path: Path, time_ms: int) -> "_Reel":
        """The open video; opened anew if another one is, or if it was asked for later frames."""
        if self._reel is None or self._reel.path != path or self._reel.asked_ms > time_ms:
            self._leave()
            self._reel = _Reel(path)
        return self._reel

    def _leave(self) -> None:
        if self._reel is not None:
            self._reel.close()
            self._reel = None


class _Reel:
    """A video that is only wound on."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.asked_ms = 0
        self._time_ms: float = -1
        self._picture: Image.Image | None = None
        self._film = Film(path)
        self._frames = self._film.frames(lambda time_ms: time_ms >= self.asked_ms)

    def frame(self, time_ms: int) -> Image.Image | None:
        """The frame of exactly this time, None if there is none."""
        self.asked_ms = time_ms
        if self._time_ms < time_ms:
            self._time_ms, self._picture = next(self._frames, (inf, None))
        return self._picture if self._time_ms == time_ms else None

    def close(self) -> None:
        self._film.close()


def changed(item: Item) -> str:
    """Why this is not the file that was indexed; '' if it is."""
    found = stat_of(item.path)
    if found is None:
        return "the file is gone"
    if (found.st_size, found.st_mtime_ns) != (item.size, item.mtime_ns):
        return "the file has changed since it was indexed; index its folder first"
    return ""


def _of_picture(items: list[Item], size: tuple[int, int]) -> list[Fitted]:
    """All that was found in one picture."""
    path = items[0].path
    reason = changed(items[0])
    if not reason:
        try:
            picture = image.read(path)
            found: list[Fitted] = [_cut(picture, item, size) for item in items]
        except PictureError as error:
            reason = _reason(error, path)
        else:
            reason = changed(items[0])
            if not reason:
                return found
    return [reason] * len(items)


def _cut(picture: Image.Image, item: Item, size: tuple[int, int]) -> NDArray[np.uint8]:
    return image.fit(picture if item.box is None else picture.crop(item.box), size)


def _reason(error: PictureError, path: Path) -> str:
    return str(error).removeprefix(f"{path}: ")
