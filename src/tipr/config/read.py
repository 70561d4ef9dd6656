"""Settings from TOML files, presets and the command line, and back to TOML."""

import tomllib
from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from typing import Any

import tomli_w

from tipr.config.parsing import parse
from tipr.config.run import RunConfig
from tipr.config.section import Section
from tipr.errors import ConfigError

PRESETS = ("sen", "sen-b32", "sen-xl", "released", "small")


def load(source: Path | str, overrides: Iterable[str] = ()) -> RunConfig:
    """Read a TOML file, or the preset of that name, and apply `section.key=value` overrides.

    A `preset = "name"` line in the file is the ground on which its other keys stand.

    Raises:
        ConfigError: the file is missing or malformed, a key unknown or a value impossible.
    """
    name = str(source)
    table = {"preset": name} if name in PRESETS else _read_toml(Path(source))
    for text in overrides:
        _set(table, text)
    preset = table.get("preset", "")
    if preset:
        table = _merged(_preset(str(preset), name), table)
    return parse(RunConfig, table, where=name)


def load_written(path: Path) -> RunConfig:
    """Read the settings that a run wrote about itself.

    They are complete, so today's preset of that name is not laid under them: what an older tipr
    could not yet set stays at its default, which is what that run did.

    Raises:
        ConfigError: as `load`.
    """
    return parse(RunConfig, _read_toml(path), where=str(path))


def to_toml(config: Section) -> str:
    """The settings as TOML, every default written out."""
    return tomli_w.dumps(config.model_dump(mode="json"))


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(
            f"{path}: no such settings file; give a TOML file or one of the presets "
            f"{', '.join(PRESETS)}"
        ) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{path}: not readable as TOML: {error}") from None


def _preset(name: str, where: str) -> dict[str, Any]:
    if name not in PRESETS:
        raise ConfigError(f"{where}: unknown preset {name!r}; known: {', '.join(PRESETS)}")
    text = resources.files("tipr").joinpath("presets", f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _set(table: dict[str, Any], text: str) -> None:
    """Apply one `section.key=value`; the value is read as TOML, and as a string if it is none."""
    key, equals, value = text.partition("=")
    parts = key.strip().split(".")
    if not equals or not all(parts):
        raise ConfigError(f"--set {text!r}: expected section.key=value, e.g. optim.lr=1e-4")
    try:
        parsed = tomllib.loads(f"value = {value.strip()}")["value"]
    except (tomllib.TOMLDecodeError, RecursionError):
        parsed = value.strip()
    for part in parts[:-1]:
        table = table.setdefault(part, {})
        if not isinstance(table, dict):
            raise ConfigError(f"--set {text!r}: {part!r} is a value, not a section")
    table[parts[-1]] = parsed


def _merged(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """`over` laid on `under`, section by section."""
    result = dict(under)
    for key, value in over.items():
        below = result.get(key)
        if isinstance(value, dict) and isinstance(below, dict):
            result[key] = _merged(below, value)
        else:
            result[key] = value
    return result
