"""Camera times as text and back: milliseconds of a wall clock without a zone."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1)
DAY_MS = 86_400_000


def as_text(time_ms: int) -> str:
    """ISO 8601 to the second, "2026-05-01T08:15:02"; milliseconds only where there are any."""
    moment = _EPOCH + timedelta(milliseconds=time_ms)
    return moment.isoformat(timespec="milliseconds" if time_ms % 1000 else "seconds")


def of_text(text: str) -> int:
    """The time that an ISO 8601 date or date and time shows; a zone in it is left out.

    Raises:
        ValueError: it is no such text.
    """
    moment = datetime.fromisoformat(text).replace(tzinfo=None)
    return round((moment - _EPOCH) / timedelta(milliseconds=1))


def now_utc() -> str:
    """The present UTC time in ISO 8601, for records of what was done when."""
    return datetime.now(UTC).isoformat(timespec="seconds")
