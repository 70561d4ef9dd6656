"""Typed dates and times of day to milliseconds of a camera's own clock.

A camera's wall clock has no zone here (`tipr.gallery.records.Facts`), so neither has what is typed.
"""

import re
from dataclasses import dataclass
from typing import Literal

from tipr.errors import QueryError
from tipr.gallery.wallclock import DAY_MS, of_text

_DAY = r"\d{4}-\d{2}-\d{2}"
_MOMENT = re.compile(rf"{_DAY}(?P<clock>[T ]\d{{2}}:\d{{2}}(:\d{{2}})?)?")
_CLOCK = re.compile(r"(\d{1,2})(?::([0-5]\d))?")


@dataclass(frozen=True, slots=True)
class Hours:
    """A time of day in milliseconds after midnight, both ends included.

    `first_ms` > `last_ms` passes midnight: from 22 to 6 h.
    """

    first_ms: int
    last_ms: int

    def __str__(self) -> str:
        return f"{_clock(self.first_ms)}-{_clock(self.last_ms)}"


def bound(text: str, end: Literal["first", "last"]) -> int:
    """The first or the last millisecond that a date or a moment stands for.

    A date stands for its whole day, a moment for itself.

    Raises:
        QueryError: it is neither.
    """
    found = _MOMENT.fullmatch(text.strip())
    try:
        if found:
            first = of_text(found[0])
            return first if found["clock"] or end == "first" else first + DAY_MS - 1
    except ValueError:
        pass  # of the right form, but no such day or hour
    raise QueryError(
        f"{text!r} is no date; expected YYYY-MM-DD or YYYY-MM-DDTHH:MM, e.g. 2026-05-01 or "
        f"2026-05-01T17:30"
    )


def hours(text: str) -> Hours:
    """A time of day typed as "17:00-19:30", or "22-6" across midnight.

    Raises:
        QueryError: it is none, or of no length.
    """
    ends = [_CLOCK.fullmatch(part.strip()) for part in text.split("-")]
    minutes = [int(end[1]) * 60 + int(end[2] or 0) for end in ends if end]
    match minutes:
        case [first, last] if len(ends) == 2 and first != last and first < 1440 and last <= 1440:
            return Hours(first * 60_000, last * 60_000)
    raise QueryError(
        f"{text!r} is no time of day; expected FROM-TO, e.g. 17:00-19:30, or 22-6 across midnight"
    )


def _clock(ms: int) -> str:
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}"
