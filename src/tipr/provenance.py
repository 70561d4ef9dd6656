"""Where a run began: versions, machine, settings and data, as it wrote them into `run.json`."""

import json
from pathlib import Path
from typing import Any

from tipr.errors import ModelError

PROVENANCE = "run.json"


def provenance_of(run: Path) -> dict[str, Any]:
    """What a run wrote down when it began; `data` is the fingerprint of what it learns from.

    Raises:
        ModelError: it is missing or damaged.
    """
    path = run / PROVENANCE
    remedy = "copy the run again, whole, or begin a new one"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{path}: not readable ({error}); {remedy}") from None
    if not isinstance(found, dict) or "data" not in found:
        raise ModelError(f"{path}: not readable (it names no data); {remedy}")
    return found
