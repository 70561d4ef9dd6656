"""A gallery in a few figures."""

from datetime import datetime

from tipr.gallery.overview import Overview
from tipr.gallery.wallclock import DAY_MS, as_text
from tipr.service.page.clock import short_day


def glance(found: Overview) -> list[tuple[str, str]]:
    """(value, what it counts), as far as there is something to count."""
    cameras = sum(camera is not None for camera, _ in found.cameras)
    told = [(f"{found.pictures:,}", "pictures")]
    if cameras:
        told.append((f"{cameras:,}", "camera" if cameras == 1 else "cameras"))
    if found.first_ms is not None and found.last_ms is not None:
        told.append((_span(found.first_ms, found.last_ms), "by the cameras' clocks"))
    return told


def _span(first_ms: int, last_ms: int) -> str:
    """ "19 Nov" or "19 Nov - 2 Dec", with the year of the last."""
    first, last = (datetime.fromisoformat(as_text(ms)) for ms in (first_ms, last_ms))
    start = "" if first_ms // DAY_MS == last_ms // DAY_MS else f"{short_day(first)} \u2013 "
    return f"{start}{short_day(last)} {last.year}"
