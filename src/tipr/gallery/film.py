"""A video to upright frames with their times, by PyAV; nothing but the file itself is opened."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING, Any, Self

from PIL import Image

from tipr.errors import DependencyError, PictureError
from tipr.inputs.image import MAX_PIXELS

if TYPE_CHECKING:
    import av

# A playlist under a video's name would have other files, or other machines, opened.
_KINDS = "mov,mp4,matroska,webm,avi,mpegts,mpeg"
_LONGEST_MS = 10**11  # three years; a later time stamp is broken
_MISSING_MS = 2000  # a last frame may stand still for so long
_TURNS = {
    90: Image.Transpose.ROTATE_90,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_270,
}


class Film:
    """An open video; close it, or use it as a context manager.

    `time_ms` is that of the last frame which was reached, since the first one. `fault` tells what
    was found broken on the way, '' if nothing; what can be read behind it is read.
    """

    def __init__(self, path: Path) -> None:
        """Open the first video stream of a file.

        Raises:
            DependencyError: PyAV is not installed.
            PictureError: it is no video.
        """
        self._path = path
        self._av = _library(path)
        self._first_fault, self._faults = "", 0
        self.time_ms = 0
        try:
            self._container = self._av.open(
                str(path),
                container_options={"format_whitelist": _KINDS, "protocol_whitelist": "file"},
                metadata_errors="replace",
            )
        except Exception as error:  # what a broken file makes of it cannot be listed
            raise PictureError(f"{path}: cannot be read as a video: {_line(error)}") from None
        streams = self._container.streams.video
        if not streams or streams[0].codec_context is None:
            self.close()
            what = "its coding is not known" if streams else "it holds no moving picture"
            raise PictureError(f"{path}: cannot be read as a video: {what}")
        self._stream: av.VideoStream = streams[0]
        # With several threads a damaged frame looks different from run to run.
        self._stream.codec_context.thread_count = 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; doing it twice does no harm."""
        self._container.close()

    @property
    def fault(self) -> str:
        """What was found broken so far, on one line."""
        more = f", and in {self._faults - 1:,} places more" if self._faults > 1 else ""
        return self._first_fault + more

    @property
    def length_ms(self) -> int | None:
        """How long the picture moves, as the file says; None where it does not."""
        stream = self._stream
        if stream.duration is not None and stream.time_base is not None:
            return int(stream.duration * stream.time_base * 1000)
        # The whole file is as long as its longest stream, which may be the sound.
        if self._container.duration is not None and len(self._container.streams) == 1:
            return self._container.duration * 1000 // self._av.time_base
        return None

    def frames(self, wanted: Callable[[int], bool]) -> Iterator[tuple[int, Image.Image]]:
        """(time in ms since the first frame, RGB picture) of the frames for whose time `wanted`.

        It is asked of every frame in the order in which they are shown, once; damaged frames are
        left out.

        Raises:
            PictureError: a frame is too large, or of an unknown kind.
        """
        first: int | None = None
        for frame in self._decoded():
            if frame.is_corrupt:
                if first is not None:  # before it, the file may only have been cut there
                    self._note(f"a damaged frame at {clock(self.time_ms)}")
                continue
            if frame.pts is None or frame.time_base is None:
                continue
            first = frame.pts if first is None else first
            time_ms = int((frame.pts - first) * frame.time_base * 1000)
            if not 0 <= time_ms <= _LONGEST_MS:
                continue
            self.time_ms = time_ms
            if wanted(time_ms):
                yield time_ms, self._picture(frame)
        if first is None:
            self._note("not one frame can be read")
        elif (length := self.length_ms) and length - self.time_ms > max(_MISSING_MS, length // 10):
            self._note(f"ends at {clock(self.time_ms)}, though it is {clock(length)} long")

    def _note(self, fault: str) -> None:
        self._first_fault = self._first_fault or fault
        self._faults += 1

    def _decoded(self) -> Iterator[Any]:
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets, None)
            except Exception as error:  # as in __init__
                self._note(f"ends broken at {clock(self.time_ms)}: {_line(error)}")
                return
            if packet is None:
                return
            try:
                frames = packet.decode()
            except Exception as error:  # as in __init__
                self._note(f"broken at {clock(self.time_ms)}: {_line(error)}")
                continue
            yield from frames

    def _picture(self, frame: Any) -> Image.Image:
        """The frame as it is to be shown: cameras held upright say by how much to turn it."""
        size = f"{frame.width} x {frame.height}"
        if frame.width * frame.height > MAX_PIXELS:
            raise PictureError(
                f"{self._path}: frames of {size} pixels are too large; at most "
                f"{MAX_PIXELS // 1_000_000} million pixels are read"
            )
        try:
            picture = frame.to_image()
        except Exception as error:  # as in __init__
            raise PictureError(
                f"{self._path}: frames of {size} pixels cannot be shown: {_line(error)}"
            ) from None
        turn = _TURNS.get(round(frame.rotation / 90) * 90 % 360)
        return picture if turn is None else picture.transpose(turn)


def every(step_ms: int, after_ms: int | None = None) -> Callable[[int], bool]:
    """Wants the first frame of each step; only those behind `after_ms`, if it is given."""
    due = 0 if after_ms is None else (after_ms // step_ms + 1) * step_ms

    def wanted(time_ms: int) -> bool:
        nonlocal due
        if time_ms < due:
            return False
        due = (time_ms // step_ms + 1) * step_ms
        return True

    return wanted


def clock(time_ms: int) -> str:
    """ "1:02:03", from milliseconds."""
    seconds = time_ms // 1000
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _library(path: Path) -> ModuleType:
    try:
        import av
    except ImportError:
        raise DependencyError(f"{path}: videos need PyAV: pip install 'tipr[video]'") from None
    return av


def _line(error: Exception) -> str:
    # The whole text of FFmpeg's own errors holds the path, which the reader knows.
    text = getattr(error, "strerror", None) or str(error)
    return " ".join(text.split()) or type(error).__name__
