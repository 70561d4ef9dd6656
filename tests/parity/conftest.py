"""The golden folder: the project's own copy, or any folder of that layout in TIPR_GOLDEN."""

import os
from pathlib import Path

GOLDEN = Path(os.environ.get("TIPR_GOLDEN", Path(__file__).parent.parent / "golden"))


def cases(pattern: str) -> list[Path]:
    """Golden files by name pattern; an empty folder is an error, never a green run."""
    found = sorted(GOLDEN.glob(pattern))
    assert found, f"{GOLDEN} holds no {pattern}"
    return found
