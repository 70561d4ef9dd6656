"""What happens as lines of JSON: times, names, numbers, and never what was searched for."""

import json
import logging
import sys
from datetime import UTC, datetime

LOGGER = logging.getLogger("tipr.service")


class AsJson(logging.Formatter):
    """One object a line; what was given as `extra={"told": {...}}` becomes its keys."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        made = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"time": made, "level": record.levelname.lower(), "event": record.getMessage()}
        line |= getattr(record, "told", {})
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def to_standard_error() -> None:
    """Send the service's lines, and those of its server, to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(AsJson())
    for name in (LOGGER.name, "uvicorn"):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
        logger.setLevel(logging.INFO)


def say(event: str, *, level: int = logging.INFO, **told: object) -> None:
    """Write a line; from within `except`, with the traceback if the level is an error's."""
    fault = level >= logging.ERROR and sys.exc_info()[0] is not None
    LOGGER.log(level, event, extra={"told": told}, exc_info=fault)
