"""A plan of ablations: rows of settings times seeds, read from TOML and checked as a whole.

base = "../real.toml"              # a preset's name, or a settings file, seen from the plan
seeds = [0, 1, 2]

[set]                              # for every row
schedule.samples = 32000

[[row]]
name = "contrastive only"
set.sdm.weight = 0

[[row]]
name = "with SDM"
against = "contrastive only"       # what it is compared with; else the first row
seeds = [0, 1]                     # else the plan's
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import tomli_w
from pydantic import Field

from tipr.config import PRESETS, RunConfig, Section, load, parse
from tipr.errors import ConfigError

LAST_STEP_ONLY = 1_000_000_000
"""Epochs between evaluations: none but that of the last step, which every run has."""

RESERVED = {
    "seed": "the plan's `seeds` name the seeds",
    "train.evaluate_every": "an ablation scores the last step only, so that nothing is selected",
}
Seeds = Annotated[list[Annotated[int, Field(ge=0, lt=2**32, strict=True)]], Field(min_length=1)]


class _PlanTable(Section):
    base: str
    seeds: Seeds
    set: dict[str, Any] = Field(default_factory=dict)
    row: Annotated[list[dict[str, Any]], Field(min_length=1)]


class _RowTable(Section):
    name: str
    against: str = ""
    seeds: Seeds | None = None
    set: dict[str, Any] = Field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """One line of the table to be: settings, seeds, and the row that it is compared with.

    `folder` is the name made safe for a file system; `against` is "" for a row that is compared
    with none (the first).
    """

    name: str
    folder: str
    seeds: tuple[int, ...]
    against: str
    settings: RunConfig

    def config(self, seed: int) -> RunConfig:
        """The settings of one of its runs."""
        return self.settings.model_copy(update={"seed": seed})


def read_plan(path: Path, *, data: Path | None = None) -> tuple[Row, ...]:
    """Read a plan and load the settings of every row; `data` replaces `data.dir`.

    Raises:
        ConfigError: the plan or a row's settings are malformed, two rows share a name or a
            folder, or a comparison cannot be made; the row and the key are named.
    """
    plan = parse(_PlanTable, _read(path), where=str(path))
    base = plan.base if plan.base in PRESETS else path.parent / plan.base
    common = [*_overrides(plan.set, f"{path} [set]")]
    common.append(f"train.evaluate_every={LAST_STEP_ONLY}")
    if data is not None:
        common.append(f"data.dir={_toml(str(data.absolute()))}")
    rows: list[Row] = []
    for number, raw in enumerate(plan.row, start=1):
        where = f"{path}, row {raw.get('name') or number!r}"
        table = parse(_RowTable, raw, where=where)
        try:
            settings = load(base, [*common, *_overrides(table.set, where)])
        except ConfigError as error:
            raise ConfigError(f"{where}: {error}") from None
        first = rows[0].name if rows else ""
        seeds = tuple(table.seeds or plan.seeds)
        rows.append(Row(table.name, _folder(table.name), seeds, table.against or first, settings))
    _check(rows, path)
    return tuple(rows)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such plan; give a TOML file") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{path}: not readable as TOML: {error}") from None


def _overrides(table: dict[str, Any], where: str) -> Iterator[str]:
    """`section.key=value` of every value in a table of tables."""
    for key, value in _flat(table):
        if key in RESERVED:
            raise ConfigError(f"{where}: {key} cannot be set in a plan: {RESERVED[key]}")
        yield f"{key}={_toml(value)}"


def _flat(table: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def _toml(value: Any) -> str:
    return tomli_w.dumps({"value": value}).partition("=")[2].strip()


def _folder(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._+=-]+", "-", name).strip("-.")[:80]


def _check(rows: list[Row], path: Path) -> None:
    by_name = {row.name: row for row in rows}
    seen: dict[str, Row] = {}
    for row in rows:
        where = f"{path}, row {row.name!r}"
        if not row.folder:
            raise ConfigError(f"{where}: the name needs a letter or digit; it names a folder")
        twin = seen.setdefault(row.folder.casefold(), row)  # some file systems know no case
        if twin is not row:
            same = "name" if twin.name == row.name else f"folder ({row.folder})"
            raise ConfigError(f"{where}: row {twin.name!r} has the same {same}; rename one")
        if len(set(row.seeds)) < len(row.seeds):
            raise ConfigError(f"{where}: seeds {list(row.seeds)} name one seed twice")
        if row.against:
            _check_comparison(row, by_name, where)
        if _scored_on(row) != _scored_on(rows[0]):
            raise ConfigError(
                f"{where}: all rows must be scored on one split, but its data.dir, data.format, "
                f"data.holdout or train.select_on differs from that of {rows[0].name!r}"
            )


def _check_comparison(row: Row, by_name: dict[str, Row], where: str) -> None:
    if row.against == row.name or row.against not in by_name:
        others = ", ".join(repr(name) for name in by_name if name != row.name)
        raise ConfigError(f"{where}: against {row.against!r} is no other row; there are {others}")
    if not set(row.seeds) & set(by_name[row.against].seeds):
        raise ConfigError(
            f"{where}: has no seed in common with {row.against!r}, so they cannot be compared in "
            "pairs; give both at least one seed"
        )


def _scored_on(row: Row) -> tuple[str | float, ...]:
    data = row.settings.data
    return data.dir, data.format, data.holdout, row.settings.train.select_on
