"""When a picture was taken, in the words of a tile; of a camera's wall clock, without a zone."""

from datetime import datetime, timedelta

_STEPS = (
    (timedelta(hours=1), timedelta(minutes=1), "min"),
    (timedelta(days=1), timedelta(hours=1), "h"),
    (timedelta(days=21), timedelta(days=1), "d"),
    (timedelta(days=70), timedelta(weeks=1), "wk"),
    (timedelta(days=730), timedelta(days=30.44), "mo"),
)
"""Up to this long ago, counted in these, which are called so."""


def ago(time: datetime, now: datetime) -> str:
    """How long ago, rounded down; '' for what the camera says is yet to come."""
    passed = now - time
    if passed < timedelta(minutes=-1):
        return ""
    if passed < timedelta(minutes=1):
        return "just now"
    for until, unit, name in _STEPS:
        if passed < until:
            return f"{passed // unit} {name} ago"
    return f"{passed // timedelta(days=365.25)} y ago"


def day(time: datetime) -> str:
    """ "Fri, 1 May 2026"."""
    return f"{time:%a}, {time.day} {time:%b %Y}"


def short_day(time: datetime) -> str:
    """ "1 May"."""
    return f"{time.day} {time:%b}"


def place_in_film(ms: int) -> str:
    """Hours, minutes and seconds since a video's start."""
    minutes, seconds = divmod(ms // 1000, 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
