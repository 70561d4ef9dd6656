"""Where a model is, as a gallery remembers it."""

from pathlib import Path


def location(model: str) -> str:
    """An absolute path, so that a later search finds the model from any folder; or its name."""
    path = Path(model)
    return str(path.resolve()) if path.exists() else model
