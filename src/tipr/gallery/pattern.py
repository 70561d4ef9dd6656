"""Camera, time and attributes read from a picture's path, by a pattern the user writes.

`{camera}/{date}/{time}_*.jpg`: a name in braces is one part of a file's or folder's name, and so is
`*`, or `{}`, of which nothing is kept; `**` is anything, whole folders too. `{date}` and `{time}`
match the usual spellings only.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from tipr.errors import ConfigError
from tipr.gallery import wallclock
from tipr.gallery.records import Facts

_SHAPE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|\*+|[{}]|[^{}*]+")
_NAME = re.compile(r"[^\W\d][\w-]*")

_DATES = tuple(
    re.compile(rf"([0-9]{{4}}){gap}([0-9]{{2}}){gap}([0-9]{{2}})") for gap in ("-", "_", r"\.", "")
)
_CLOCKS = (
    *(
        re.compile(rf"([0-9]{{2}}){gap}([0-9]{{2}}){gap}([0-9]{{2}})(?:[.,]([0-9]{{1,6}}))?")
        for gap in ("-", "_", r"\.", ":", "")
    ),
    *(re.compile(rf"([0-9]{{2}}){gap}([0-9]{{2}})") for gap in ("-", "_", r"\.", ":", "")),
)
_BETWEEN = ("T", "t", " ", "_", "-", "")


@dataclass(frozen=True, slots=True)
class _Part:
    """`text` as it stands, or a field: "open" (one part of a name), "deep", "date", "clock",
    "moment" (date and clock in one); `name` is '' where nothing is kept."""

    kind: str
    name: str = ""
    text: str = ""


class Pattern:
    """A pattern for whole paths, relative to the indexed folder, with forward slashes."""

    def __init__(self, text: str) -> None:
        """Read a pattern.

        Raises:
            ConfigError: it is empty, a brace is open, a name is no name or stands there twice, or
                two fields touch so that nothing tells where the first ends.
        """
        self.text = text
        self._parts = _parts(text)

    def facts(self, path: str) -> Facts | None:
        """What the path tells; None if the pattern does not fit.

        A field takes as little as possible; a date alone means its midnight.
        """
        found = _Match(self._parts, path).run()
        if found is None:
            return None
        told = {part.name: value for part, value in found if part.name}
        camera = told.pop("camera", None)
        date, clock = told.pop("date", None), told.pop("time", None)
        if date is not None and clock is not None:
            date = f"{date}T{clock}"
        moment = date or clock  # a {time} without a {date} holds its date itself
        return Facts(
            camera=camera,
            time_ms=None if moment is None else wallclock.of_text(moment),
            attributes=told,
        )


def _parts(text: str) -> tuple[_Part, ...]:
    found: list[_Part] = []
    for piece in _SHAPE.finditer(text + ("**" if text.endswith("/") else "")):
        found.append(_part(text, piece.group(), piece.group(1)))
    names = [part.name for part in found if part.name]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise _wrong(text, f"{{{twice}}} stands there twice")
    if not found:
        raise _wrong(text, "it is empty")
    if "date" not in names:
        found = [_Part("moment", "time") if part.kind == "clock" else part for part in found]
    for left, right in pairwise(found):
        if {left.kind, right.kind} <= {"open", "deep"}:
            raise _wrong(text, "two fields touch; put something between them")
    return tuple(found)


def _part(text: str, piece: str, name: str | None) -> _Part:
    if piece in ("{{", "}}"):
        return _Part("text", text=piece[0])
    if piece in ("{", "}"):
        raise _wrong(
            text, f"a single {piece!r}; write {{name}}, or {piece * 2} for the sign itself"
        )
    if piece.startswith("*"):
        if len(piece) > 2:
            raise _wrong(text, "'*' is one part of a name, '**' is anything")
        return _Part("open" if piece == "*" else "deep")
    if name is None:
        return _Part("text", text=piece)
    if name and not _NAME.fullmatch(name):
        raise _wrong(text, f"{{{name}}} is no name; take letters, digits, - and _")
    return _Part({"date": "date", "time": "clock"}.get(name, "open"), name)


def _wrong(text: str, what: str) -> ConfigError:
    return ConfigError(
        f"--pattern {text!r}: {what}; expected something like '{{camera}}/{{date}}/{{time}}_*.jpg'"
    )


class _Match:
    """One path against a pattern. What has failed once is not tried again, so that the work is
    bounded by parts times length squared, whatever somebody called a file."""

    def __init__(self, parts: tuple[_Part, ...], path: str) -> None:
        self._parts = parts
        self._path = path
        self._dead: set[tuple[int, int]] = set()

    def run(self, part: int = 0, start: int = 0) -> list[tuple[_Part, str]] | None:
        """The parts from `part` on with what they are in the path from `start` on."""
        if part == len(self._parts):
            return [] if start == len(self._path) else None
        if (part, start) in self._dead:
            return None
        here = self._parts[part]
        for end, value in self._ends(here, start):
            rest = self.run(part + 1, end)
            if rest is not None:
                return [(here, value), *rest]
        self._dead.add((part, start))
        return None

    def _ends(self, part: _Part, start: int) -> Iterator[tuple[int, str]]:
        """Where a part that begins at `start` may end, with its value."""
        path = self._path
        match part.kind:
            case "text":
                if path.startswith(part.text, start):
                    yield start + len(part.text), part.text
            case "open" | "deep":
                last = path.find("/", start) if part.kind == "open" else -1
                last = len(path) if last < 0 else last
                for end in range(start + bool(part.name), last + 1):
                    yield end, path[start:end]
            case "date":
                yield from _dates(path, start)
            case "clock":
                yield from _clocks(path, start)
            case _:
                for middle, date in _dates(path, start):
                    for gap in _BETWEEN:
                        if path.startswith(gap, middle):
                            for end, clock in _clocks(path, middle + len(gap)):
                                yield end, f"{date}T{clock}"


def _dates(path: str, start: int) -> Iterator[tuple[int, str]]:
    for spelling in _DATES:
        if found := spelling.match(path, start):
            yield from _real(found.end(), "-".join(found.groups()))


def _clocks(path: str, start: int) -> Iterator[tuple[int, str]]:
    for spelling in _CLOCKS:
        if found := spelling.match(path, start):
            hour, minute, *rest = found.groups()
            clock = f"{hour}:{minute}:{rest[0] if rest else '00'}"
            if rest and rest[1]:
                for _, whole in _real(found.end(), f"1970-01-01T{clock}.{rest[1]}"):
                    yield found.end(), whole[11:]
                end = found.start(4) - 1
            else:
                end = found.end()
            for _, whole in _real(end, f"1970-01-01T{clock}"):
                yield end, whole[11:]


def _real(end: int, text: str) -> Iterator[tuple[int, str]]:
    """The text, if there is such a day and such an hour."""
    try:
        wallclock.of_text(text)
    except ValueError:
        return
    yield end, text
