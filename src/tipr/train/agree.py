"""Does a run on disk agree with the settings that a plan gives it now?"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tipr.catalogue import lasting
from tipr.config import RunConfig, load
from tipr.errors import TrainingError
from tipr.provenance import provenance_of
from tipr.train.folder import SETTINGS
from tipr.train.state import NEUTRAL

DECIDED = {"runtime.device": "auto", "runtime.precision": "auto"}
"""Settings that a run decides when it starts, where the plan leaves them to it."""

COUNTED = {"runtime.threads", "model.text.vocabulary"}
"""Settings that a run always fills in: they follow from the machine and the training captions."""


def require_agreement(run: Path, config: RunConfig, *, data: str) -> None:
    """Refuse a run that began with other settings, or on data with another fingerprint.

    Raises:
        TrainingError: the first setting that differs is named, with both values.
        ConfigError: the run's own settings cannot be read.
        ModelError: its `run.json` cannot.
    """
    began = dict(_flat(load(run / SETTINGS).model_dump(mode="json")))
    for name, wanted in _flat(config.model_dump(mode="json")):
        found = began[name]
        if found != wanted and wanted != DECIDED.get(name):
            raise TrainingError(
                f"{run}: this run began with {name} = {found!r}, the plan now says {wanted!r}; "
                "remove its folder to train it anew, or give the plan another folder"
            )
    if provenance_of(run)["data"] != data:
        raise TrainingError(
            f"{run}: this run began on other data than {config.data.dir} (the fingerprint "
            "differs); remove its folder to train it anew, or give the plan another folder"
        )


def _flat(table: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every setting that changes results, by its full name."""
    for key, value in table.items():
        name = prefix + key
        if isinstance(value, dict):
            yield from _flat(value, f"{name}.")
        elif name == "train.init":
            # where a run starts from matters here, though not for going on with it
            yield name, lasting(value)
        elif name not in COUNTED and key not in NEUTRAL.get(prefix.rstrip("."), ()):
            yield name, value
