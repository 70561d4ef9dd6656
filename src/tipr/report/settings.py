"""Settings side by side: a run against its preset, runs against one another."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from tipr.config import RunConfig, Section, load


class Difference(NamedTuple):
    """A setting by its full name, and its values as they would stand in TOML."""

    name: str
    values: tuple[str, ...]


def against_preset(config: RunConfig) -> list[Difference]:
    """What the run changes: (preset's value, run's value); without a preset, against defaults."""
    ground = load(config.preset) if config.preset else RunConfig()
    return between([ground, config])


def between(configs: Sequence[Section]) -> list[Difference]:
    """The settings in which not all agree, in the order of the settings file."""
    tables = [dict(_flat(config.model_dump(mode="json"))) for config in configs]
    rows = [Difference(name, tuple(_text(t[name]) for t in tables)) for name in tables[0]]
    return [row for row in rows if len(set(row.values)) > 1]


def _flat(table: dict[str, Any], above: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, value in table.items():
        if isinstance(value, dict):
            found += _flat(value, f"{above}{name}.")
        else:
            found.append((f"{above}{name}", value))
    return found


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ", ".join(_text(one) for one in value)
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(value) if value != "" else "(empty)"
